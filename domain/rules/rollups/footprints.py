"""What does a user's footprint become when they do something, or come to stand elsewhere?

Days are sums, and only the latest are kept: so neither order nor batches of interactions matter to them. Sessions are
counted on the day they begin on, by what new instants change about the sessions that the history remembers; it says
itself when it cannot place an instant, and then everything is folded from scratch.

What users do is mostly about their latest days: the earlier ones are left unread until something is about them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from domain.model.catalogues import HOLDOUT_SALT
from domain.model.footprints import NO_DAYS, NO_FOOTPRINT, ActiveDay, Footprint, Move, Standing
from domain.model.interactions import InteractionKind
from domain.rules.buckets import bucket
from domain.rules.folding.sessions import SESSION_GAP_US, session_end, session_start, with_instants
from domain.rules.instants import DAY_US, microseconds
from domain.rules.profiles import MICROS_PER_VALUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from domain.model.catalogues import Catalogue
    from domain.model.interactions import Interaction
    from domain.model.profiles import Profile, SessionSpan
    from domain.model.users import UserId

COUNTED_DAYS = 400
"""Active days that count: at least as many days of the calendar, which is the longest period that can be asked for."""

UNCATALOGUED_NAMES = 50
"""So many names of features one user can add where no catalogue says which there are; the rest counts as `OTHER`."""

OTHER = ""
MOVES_PER_SEGMENT = 40
_MILLION = 1_000_000


@dataclass(slots=True)
class _Added:
    """What interactions add to one day."""

    interactions: int = 0
    conversions: int = 0
    value_micros: int = 0
    sessions: int = 0
    uses: dict[str, int] = field(default_factory=dict)


def fold_footprint(
    footprint: Footprint,
    interactions: Iterable[Interaction],
    sessions: tuple[SessionSpan, ...],
    limit: int = COUNTED_DAYS,
) -> Footprint:
    """The footprint with further interactions of the same user; `sessions`: those in the history before them.

    Days that are new have no standing yet: `settled` gives them one.
    """
    added: dict[int, _Added] = {}
    instants: list[int] = []
    for interaction in interactions:
        us = microseconds(interaction.occurred_at)
        instants.append(us)
        _add(added.setdefault(us // DAY_US, _Added()), interaction)
    if not instants:
        return footprint
    instants.sort()
    for day, change in _sessions_begun(sessions, instants):
        added.setdefault(day, _Added()).sessions += change
    return _kept(_reached(footprint, min(added)), added, limit)


def _reached(footprint: Footprint, first: int) -> Footprint:
    """With everything from this day on at hand."""
    return whole(footprint) if footprint.earlier.count and first < footprint.days[0].day else footprint


def _kept(footprint: Footprint, added: dict[int, _Added], limit: int) -> Footprint:
    days = _with(footprint.days, added)
    if footprint.earlier.count + len(days) <= limit:
        return replace(footprint, days=days)
    return replace(footprint, days=(*footprint.earlier.days, *days)[-limit:], earlier=NO_DAYS)


def whole(footprint: Footprint) -> Footprint:
    """The same with all its days at hand."""
    if not footprint.earlier.count:
        return footprint
    return replace(footprint, days=(*footprint.earlier.days, *footprint.days), earlier=NO_DAYS)


def alike(one: Footprint, other: Footprint) -> tuple[Footprint, Footprint]:
    """Both with the same earlier days, or none: so what they differ in is in their days."""
    return (one, other) if one.earlier is other.earlier else (whole(one), whole(other))


def footprint_from_scratch(
    known: Footprint, interactions: Iterable[Interaction], limit: int = COUNTED_DAYS
) -> Footprint:
    """The footprint of a user who did nothing but this; what is known of where they stood on which day stays."""
    anew = fold_footprint(replace(known, days=(), earlier=NO_DAYS), interactions, (), limit)
    stood = {day.day: day.standing for day in whole(known).days}
    return replace(anew, days=tuple(day._replace(standing=stood.get(day.day)) for day in anew.days))


def settled(before: Footprint, after: Footprint, profile: Profile, catalogue: Catalogue, today: int) -> Footprint:
    """`after` with the standing of new days, and where the user of this profile belongs now.

    `before` is what was stored; `after` itself comes back where nothing is to be added.
    """
    segments = tuple(sorted([m.segment for m in profile.memberships if m.counts]))
    insights = profile.allowed_insights
    risk = insights.churn.risk if insights is not None and insights.churn is not None else None
    known, changed = alike(before, after)
    settled_after = Footprint(
        days=_settled_days(
            known, changed, _Names(known, catalogue), partial(_standing, profile.user_id, segments, catalogue)
        ),
        is_known=profile.is_known,
        segments=segments,
        moves=_moved(before, segments, today),
        churn_micros=None if risk is None else round(risk * _MILLION),
        earlier=changed.earlier,
    )
    return before if settled_after == before else settled_after


def _add(added: _Added, interaction: Interaction) -> None:
    added.interactions += 1
    if interaction.value is not None:
        added.value_micros += round(interaction.value * MICROS_PER_VALUE)
    if interaction.kind is InteractionKind.CONVERSION:
        added.conversions += 1
    elif interaction.kind is InteractionKind.FEATURE_USE and interaction.target:
        added.uses[interaction.target] = added.uses.get(interaction.target, 0) + 1


def _sessions_begun(sessions: tuple[SessionSpan, ...], instants: Sequence[int]) -> Iterator[tuple[int, int]]:
    """On which days more or fewer sessions begin than before: only those that the instants reach are looked at."""
    first = bisect_left(sessions, instants[0] - SESSION_GAP_US, key=session_end)
    beyond = bisect_right(sessions, instants[-1] + SESSION_GAP_US, key=session_start)
    for session in sessions[first:beyond]:
        yield session.start_us // DAY_US, -1
    for session in with_instants(sessions[first:beyond], instants):
        yield session.start_us // DAY_US, 1


def _with(days: tuple[ActiveDay, ...], added: dict[int, _Added]) -> tuple[ActiveDay, ...]:
    """Days before the first that changes stay the very same. Of days no longer kept, nothing but sessions comes."""
    kept = bisect_left(days, min(added), key=_day)
    known = {day.day: day for day in days[kept:]}
    for day, more in added.items():
        if day in known or more.interactions:
            known[day] = _sum(known.get(day) or ActiveDay(day), more)
    return (*days[:kept], *(known[day] for day in sorted(known)))


def _day(day: ActiveDay) -> int:
    return day.day


def _sum(day: ActiveDay, more: _Added) -> ActiveDay:
    uses = day.uses
    if more.uses:
        counted = dict(day.uses)
        for name, count in more.uses.items():
            counted[name] = counted.get(name, 0) + count
        uses = tuple(sorted(counted.items()))
    return ActiveDay(
        day.day,
        day.interactions + more.interactions,
        day.conversions + more.conversions,
        day.value_micros + more.value_micros,
        day.sessions + more.sessions,
        uses,
        day.standing,
    )


def _settled_days(
    before: Footprint, after: Footprint, names: _Names, standing: Callable[[], Standing]
) -> tuple[ActiveDay, ...]:
    unchanged = in_common(before.days, after.days)
    if unchanged == len(after.days):
        return after.days
    days = list(after.days[:unchanged])
    for each in after.days[unchanged:]:
        day = names.limited(each)
        days.append(day if day.standing else ActiveDay(*day[:-1], standing()))
    return tuple(days)


class _Names:
    """Which names of features count as themselves: those of the catalogue, and without one the first so many."""

    def __init__(self, before: Footprint, catalogue: Catalogue) -> None:
        self._before = before
        self._catalogue = catalogue

    def limited(self, day: ActiveDay) -> ActiveDay:
        earlier = self._before.earlier.names
        if all(name in earlier or self._counts(name) for name, _ in day.uses):
            return day
        uses: dict[str, int] = {}
        for name, count in day.uses:
            counted_as = name if self._counts(name) else OTHER
            uses[counted_as] = uses.get(counted_as, 0) + count
        return day._replace(uses=tuple(sorted(uses.items())))

    def _counts(self, name: str) -> bool:
        if name == OTHER or name in self._known or name in self._offered:
            return True
        if self._offered or len(self._known) >= UNCATALOGUED_NAMES:
            return False
        self._known.add(name)
        return True

    @cached_property
    def _known(self) -> set[str]:
        return {*self._before.earlier.names, *(name for day in self._before.days for name, _ in day.uses)}

    @cached_property
    def _offered(self) -> frozenset[str]:
        return frozenset(feature.key for feature in self._catalogue.features)


def in_common(before: tuple[object, ...], after: tuple[object, ...]) -> int:
    """How many, from the first on, are the same."""
    if after[: len(before)] == before:
        return len(before)
    return next(
        (place for place, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
        min(len(before), len(after)),
    )


def _standing(user_id: UserId, segments: tuple[str, ...], catalogue: Catalogue) -> Standing:
    holdout = catalogue.holdout
    return Standing(segments, bucket(HOLDOUT_SALT, user_id) < holdout if holdout else None)


def _moved(before: Footprint, segments: tuple[str, ...], today: int) -> tuple[Move, ...]:
    """What happens and is undone on one day never happened."""
    if before.segments == segments:
        return before.moves
    moves = before.moves
    joined, left = set(segments).difference(before.segments), set(before.segments).difference(segments)
    for segment, change in (*((one, 1) for one in sorted(joined)), *((one, -1) for one in sorted(left))):
        undone = Move(today, segment, -change)
        moves = tuple(m for m in moves if m != undone) if undone in moves else (*moves, Move(today, segment, change))
        moves = _bounded(moves, segment)
    return moves


def _bounded(moves: tuple[Move, ...], segment: str) -> tuple[Move, ...]:
    """Without the first joining and leaving of a segment once there are too many of it."""
    own = [place for place, move in enumerate(moves) if move.segment == segment]
    if len(own) <= MOVES_PER_SEGMENT:
        return moves
    return tuple(move for place, move in enumerate(moves) if place not in own[:2])


def counted(footprint: Footprint | None) -> Footprint:
    """What of it is in the sums: nothing of whose footprint is not known."""
    return NO_FOOTPRINT if footprint is None else footprint
