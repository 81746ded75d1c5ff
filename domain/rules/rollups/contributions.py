"""What does one user's footprint add to the sums over all users?

A pure function of the footprint: so the difference that a fold makes can be appended, what is to be forgotten taken
back, and everything summed afresh with the equal result.

How many different users were active between two days cannot be added up from days. But each active day knows how long
before the user's previous one lay: of a period, exactly the first active day of each user has its previous one before
the period. So days are counted by that gap, and of a day that is `n` days into the period those with a gap of more
than `n` count. Gaps lie in blocks of `GAPS_PER_BLOCK`: `number` is the block, the first place its total, the others
one gap each. Nothing is asked about longer periods than `LONGEST_GAP_DAYS`: gaps of that many days and more, and no
previous day at all, are the same.

A fold is about many users who did something on the same day and stand in the same segments. So what they add is added
up by day and standing first, and only then among the segments: most of the work is done once for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from domain.model.footprints import NO_FOOTPRINT, Standing
from domain.model.rollups import EVERYBODY, GAPS_PER_BLOCK, LONGEST_GAP_DAYS, RollUpKey
from domain.rules.rollups.footprints import alike, in_common

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from domain.model.footprints import ActiveDay, Footprint
    from domain.model.rollups import Sums

Place: TypeAlias = tuple[str, str]
"""A segment, and a part of the programme."""

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
    return footprint_totals([footprint])


def footprint_totals(footprints: Iterable[Footprint]) -> dict[RollUpKey, Sums]:
    """The sums of them all."""
    return changes((NO_FOOTPRINT, footprint) for footprint in footprints)


def changes(users: Iterable[tuple[Footprint, Footprint]]) -> dict[RollUpKey, Sums]:
    """What users add who had one footprint each and have another."""
    tally = _Tally()
    for before, after in users:
        if before is not after:
            tally.add(before, after)
    return tally.sums()


_NOWHERE = Standing()


class _Tally:
    """Differences by what users have in common."""

    def __init__(self) -> None:
        self._days: dict[tuple[int, Standing], list[int]] = defaultdict(lambda: [0] * 6)
        self._uses: dict[tuple[int, Standing, str], int] = defaultdict(int)
        self._gaps: dict[tuple[str, int, Standing, int], int] = defaultdict(int)
        self._gaps_at: dict[tuple[str, int, Place, int], int] = defaultdict(int)
        self._present: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * 3)
        self._moves: dict[tuple[int, str], int] = defaultdict(int)

    def add(self, before: Footprint, after: Footprint) -> None:
        """Only days from the first that differs on are looked at: the days before are the same to both."""
        before, after = alike(before, after)
        same = in_common(before.days, after.days)
        was, is_ = before.days[same:], after.days[same:]
        for day in was:
            self._add_day(day, -1)
        for day in is_:
            self._add_day(day, 1)
        # A day of which more is known than before lies as far behind the previous one as ever.
        if [day[:1] + day[-1:] for day in was] != [day[:1] + day[-1:] for day in is_]:
            self._add_gaps(ACTIVE, before, same, -1)
            self._add_gaps(ACTIVE, after, same, 1)
        # Who converted has a previous day of their own: the last one on which they did.
        if any(day.conversions for day in (*was, *is_)):
            self._add_gaps(CONVERTED, before, same, -1)
            self._add_gaps(CONVERTED, after, same, 1)
        self._add_present(before, after)

    def _add_day(self, day: ActiveDay, sign: int) -> None:
        standing = day.standing or _NOWHERE
        sums = self._days[day.day, standing]
        sums[0] += sign
        sums[1] += sign * day.interactions
        sums[2] += sign * day.conversions
        sums[3] += sign * day.value_micros
        sums[4] += sign * day.sessions
        sums[5] += sign * (day.conversions > 0)
        for feature, uses in day.uses:
            self._uses[day.day, standing, feature] += sign * uses

    def _add_gaps(self, measure: str, footprint: Footprint, start: int, sign: int) -> None:
        for at in range(start, len(footprint.days)):
            if _counts(measure, footprint.days[at]):
                self._add_gap(measure, footprint, at, sign)

    def _add_gap(self, measure: str, footprint: Footprint, at: int, sign: int) -> None:
        day = footprint.days[at]
        previous = (one for one in _before(footprint, at) if _counts(measure, one))
        latest, standing = next(previous, None), day.standing or _NOWHERE
        if latest is None or latest.standing == day.standing:
            self._gaps[measure, day.day, standing, _gap_before(day, latest)] += sign
            return
        wanted = set(_places(standing))
        while wanted and latest is not None:
            for place in wanted.intersection(_places(latest.standing or _NOWHERE)):
                wanted.remove(place)
                self._gaps_at[measure, day.day, place, _gap_before(day, latest)] += sign
            latest = next(previous, None)
        for place in wanted:
            self._gaps_at[measure, day.day, place, LONGEST_GAP_DAYS] += sign

    def _add_present(self, before: Footprint, after: Footprint) -> None:
        for footprint, sign in ((before, -1), (after, 1)):
            if footprint.is_known:
                risk = footprint.churn_micros
                sums = self._present[footprint.segments]
                sums[0] += sign
                sums[1] += sign * (risk is not None)
                sums[2] += sign * (risk or 0)
        was, is_ = (one.moves if one.is_known else () for one in (before, after))
        same = in_common(was, is_)
        for moves, sign in ((was, -1), (is_, 1)):
            for move in moves[same:]:
                self._moves[move.day, move.segment] += sign * move.change

    def sums(self) -> dict[RollUpKey, Sums]:
        totals: dict[RollUpKey, list[int]] = {}
        for key, added in chain(self._activity(), self._users(), self._standings()):
            known = totals.get(key)
            if known is None:
                totals[key] = added
            else:
                known.extend([0] * (len(added) - len(known)))
                for place, amount in enumerate(added):
                    known[place] += amount
        return {key: tuple(sums) for key, sums in totals.items() if any(sums)}

    def _activity(self) -> Iterator[tuple[RollUpKey, list[int]]]:
        for (day, standing), sums in self._days.items():
            for segment in _segments(standing):
                yield RollUpKey(ACTIVITY, day, segment), sums[:]
        for (day, standing, feature), uses in self._uses.items():
            for segment in _segments(standing):
                yield RollUpKey(USES, day, segment, "", feature), [uses]

    def _users(self) -> Iterator[tuple[RollUpKey, list[int]]]:
        for (measure, day, standing, gap), users in self._gaps.items():
            for place in _places(standing):
                yield _users_by_gap(measure, day, place, gap, users)
        for (measure, day, place, gap), users in self._gaps_at.items():
            yield _users_by_gap(measure, day, place, gap, users)

    def _standings(self) -> Iterator[tuple[RollUpKey, list[int]]]:
        for segments, sums in self._present.items():
            for segment in (EVERYBODY, *segments):
                yield RollUpKey(MEMBERS, NOW, segment), sums[:]
        for (day, segment), change in self._moves.items():
            yield RollUpKey(MOVES, day, segment), [change]


def _counts(measure: str, day: ActiveDay) -> bool:
    return measure == ACTIVE or day.conversions > 0


def _before(footprint: Footprint, at: int) -> Iterator[ActiveDay]:
    """The days before one of the footprint's, latest first; the earlier ones are only read if they have to be."""
    for before in range(at - 1, -1, -1):
        yield footprint.days[before]
    if footprint.earlier.count:
        yield from reversed(footprint.earlier.days)


def _gap_before(day: ActiveDay, previous: ActiveDay | None) -> int:
    """From 0 on: one less than the days that lie between."""
    return LONGEST_GAP_DAYS if previous is None else min(day.day - previous.day - 1, LONGEST_GAP_DAYS)


def _users_by_gap(measure: str, day: int, place: Place, gap: int, users: int) -> tuple[RollUpKey, list[int]]:
    block, within = divmod(gap, GAPS_PER_BLOCK)
    segment, subject = place
    return RollUpKey(measure, day, segment, subject, number=block), [users, *[0] * within, users]


def _segments(standing: Standing) -> tuple[str, ...]:
    return (EVERYBODY, *standing.segments)


def _places(standing: Standing) -> Iterator[Place]:
    """The segments and parts of the programme among whose users the user counts on that day."""
    for segment in _segments(standing):
        yield segment, IN_ALL
    if standing.held_out is not None:
        yield EVERYBODY, HELD_OUT if standing.held_out else PERSONALIZED
