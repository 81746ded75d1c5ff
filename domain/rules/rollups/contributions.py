"""What does one user's footprint add to the sums over all users?

A pure function of the footprint: so the difference that a fold makes can be appended, what is to be forgotten taken
back, and everything summed afresh with the equal result.

How many different users were active between two days cannot be added up from days. But each active day knows how long
before the user's previous one lay: of a period, exactly the first active day of each user has its previous one before
the period. So days are counted by that gap, and of a day that is `n` days into the period those with a gap of more
than `n` count. Gaps lie in blocks of `GAPS_PER_BLOCK`: `number` is the block, the first place its total, the others
one gap each. Nothing is asked about longer periods than `LONGEST_GAP_DAYS`: gaps of that many days and more, and no
previous day at all, are the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from domain.model.footprints import NO_FOOTPRINT
from domain.model.rollups import EVERYBODY, GAPS_PER_BLOCK, LONGEST_GAP_DAYS, RollUpKey
from domain.rules.rollups.footprints import in_common

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from domain.model.footprints import ActiveDay, Footprint
    from domain.model.rollups import Sums

Totals: TypeAlias = "dict[RollUpKey, list[int]]"

ACTIVITY = "activity"
"""Per day and segment: users, interactions, conversions, value in millionths, sessions begun, users who converted."""

USES = "uses"
"""Per day, segment and feature (the variation: so days of a segment lie together): how often it was used."""

ACTIVE, CONVERTED = "active", "converted"
"""Per day, segment and `PROGRAMME` (the subject): users who were active, or converted, by gap."""

MEMBERS = "members"
"""Now (the day is `NOW`), per segment: users, users whose risk is known, the sum of their risks in millionths."""

MOVES = "moves"
"""Per day and segment: by how many users it grew."""

MEASURES = (ACTIVITY, USES, ACTIVE, CONVERTED, MEMBERS, MOVES)

NOW = 0
IN_ALL, PERSONALIZED, HELD_OUT = "", "personalized", "held_out"


def contributions(footprint: Footprint) -> Mapping[RollUpKey, Sums]:
    """What the footprint adds to the sums."""
    return changes(NO_FOOTPRINT, footprint)


def changes(before: Footprint, after: Footprint) -> Mapping[RollUpKey, Sums]:
    """What a user adds who had one footprint and has another."""
    totals: Totals = {}
    add_changes(totals, before, after)
    return {key: tuple(sums) for key, sums in totals.items() if any(sums)}


def add_changes(totals: Totals, before: Footprint, after: Footprint) -> None:
    """Only days from the first that differs on are looked at: the days before are the same to both."""
    if before is after:
        return
    same = in_common(before.days, after.days)
    is_same_now = replace(before, days=()) == replace(after, days=())
    for footprint, sign in ((before, -1), (after, 1)):
        _add_days(totals, footprint.days, same, sign)
        if not is_same_now:
            for key, sums in _present(footprint):
                _add(totals, key, sums, sign)


def _add_days(totals: Totals, days: Sequence[ActiveDay], start: int, sign: int) -> None:
    for day in days[start:]:
        for segment in _segments(day):
            converted = int(day.conversions > 0)
            sums = (1, day.interactions, day.conversions, day.value_micros, day.sessions, converted)
            _add(totals, RollUpKey(ACTIVITY, day.day, segment), sums, sign)
            for feature, uses in day.uses:
                _add(totals, RollUpKey(USES, day.day, segment, variation=feature), (uses,), sign)
    _add_gaps(totals, ACTIVE, days, start, sign)
    # Who converted has a previous day of their own: the last one on which they did.
    if any(day.conversions > 0 for day in days[start:]):
        converting = sum(day.conversions > 0 for day in days[:start])
        _add_gaps(totals, CONVERTED, [day for day in days if day.conversions > 0], converting, sign)


def _add_gaps(totals: Totals, measure: str, days: Sequence[ActiveDay], start: int, sign: int) -> None:
    latest = _latest(days, start)
    for day in days[start:]:
        for place in _places(day):
            block, gap = divmod(_gap_before(day.day, latest.get(place)), GAPS_PER_BLOCK)
            segment, subject = place
            sums = totals.setdefault(RollUpKey(measure, day.day, segment, subject, number=block), [])
            sums.extend([0] * (gap + 2 - len(sums)))
            sums[0] += sign
            sums[gap + 1] += sign
            latest[place] = day.day


def _latest(days: Sequence[ActiveDay], start: int) -> dict[tuple[str, str], int]:
    """The last day before a place in the list, for everything that the days from there on count in."""
    wanted = {place for day in days[start:] for place in _places(day)}
    latest: dict[tuple[str, str], int] = {}
    for day in reversed(days[:start]):
        if not wanted:
            break
        for place in _places(day):
            if place in wanted:
                wanted.remove(place)
                latest[place] = day.day
    return latest


def _gap_before(day: int, previous: int | None) -> int:
    """From 0 on: one less than the days that lie between."""
    return LONGEST_GAP_DAYS if previous is None else min(day - previous - 1, LONGEST_GAP_DAYS)


def _segments(day: ActiveDay) -> tuple[str, ...]:
    return (EVERYBODY,) if day.standing is None else (EVERYBODY, *day.standing.segments)


def _places(day: ActiveDay) -> Iterator[tuple[str, str]]:
    """The segments and parts of the programme among whose users the user counts on that day."""
    for segment in _segments(day):
        yield segment, IN_ALL
    if day.standing is not None and day.standing.held_out is not None:
        yield EVERYBODY, HELD_OUT if day.standing.held_out else PERSONALIZED


def _present(footprint: Footprint) -> Iterator[tuple[RollUpKey, Sums]]:
    if not footprint.is_known:
        return
    risk = footprint.churn_micros
    sums = (1,) if risk is None else (1, 1, risk)
    for segment in (EVERYBODY, *footprint.segments):
        yield RollUpKey(MEMBERS, NOW, segment), sums
    for move in footprint.moves:
        yield RollUpKey(MOVES, move.day, move.segment), (move.change,)


def _add(totals: Totals, key: RollUpKey, sums: Iterable[int], sign: int) -> None:
    known = totals.setdefault(key, [])
    for place, amount in enumerate(sums):
        if place == len(known):
            known.append(0)
        known[place] += sign * amount


def footprint_totals(footprints: Iterable[Footprint]) -> dict[RollUpKey, Sums]:
    """The sums of them all."""
    totals: Totals = {}
    for footprint in footprints:
        add_changes(totals, NO_FOOTPRINT, footprint)
    return {key: tuple(sums) for key, sums in totals.items() if any(sums)}
