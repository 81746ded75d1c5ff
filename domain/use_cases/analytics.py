"""How it is read what all users, and those of segments, did in a period: from sums over users, never from a log.

The number of statements does not grow with that of segments.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from domain.model.analytics import (
    Activity,
    Attendance,
    DayFigures,
    FeatureShare,
    Membership,
    Programme,
    ProgrammeLift,
    Reach,
)
from domain.model.rollups import EVERYBODY
from domain.rules.instants import EPOCH
from domain.rules.rollups.contributions import (
    ACTIVE,
    ACTIVITY,
    CONVERTED,
    HELD_OUT,
    IN_ALL,
    MEMBERS,
    MOVES,
    NOW,
    PERSONALIZED,
    USES,
)
from domain.rules.rollups.footprints import OTHER
from domain.statistics.absences import Absence
from domain.statistics.comparisons import compare
from domain.statistics.differences import absolute_difference
from domain.statistics.estimates import Estimate, rate_variance
from domain.statistics.questions import LEAST_REACHED, Design, Outcome, Question
from domain.statistics.samples import Sample
from domain.statistics.sequences import sequential_interval
from domain.use_cases.served_configs import SERVED, served_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from domain.model.analytics import Served
    from domain.model.rule_performance import Period
    from domain.ports.units_of_work import UnitsOfWork

ActivityByDay: TypeAlias = "Mapping[str, Mapping[int, Activity]]"
"""By segment, then by day."""

_FIRST_DAY = EPOCH.toordinal()
TOP_FEATURES = 10
CONVERSION = Question(Outcome.RATE, name="conversion")
DESIGN = Design()
NO_HOLDOUT = "nobody active in this period was held out: the catalogue's holdout says how many users are to be"


@dataclass(frozen=True, slots=True)
class ReadAnalytics:
    """Of the segments asked for; one that is missing in an answer has nothing to tell."""

    begin: UnitsOfWork

    async def activity(self, period: Period, segments: Collection[str]) -> ActivityByDay:
        async with self.begin() as work:
            found = await work.rollups.read(ACTIVITY, _days(period), segments=segments, subjects=[IN_ALL])
        by_segment: dict[str, dict[int, Activity]] = {}
        for key, sums in found.items():
            by_segment.setdefault(key.segment, {})[key.day] = Activity(*sums)
        return by_segment

    async def totals(self, period: Period, segments: Collection[str]) -> Mapping[str, Activity]:
        """Added up over the days: from far fewer sums than day by day."""
        async with self.begin() as work:
            found = await work.rollups.read_whole(ACTIVITY, _days(period), segments=segments, subjects=[IN_ALL])
        return {key.segment: Activity(*sums) for key, sums in found.items()}

    async def reaches(self, period: Period, segments: Collection[str]) -> Mapping[str, Reach]:
        return {segment: reach for (segment, _), reach in (await self._reaches(period, segments, [IN_ALL])).items()}

    async def programme(self, period: Period) -> Programme:
        """Of everybody, as long as there was a holdout."""
        found = await self._reaches(period, [EVERYBODY], [PERSONALIZED, HELD_OUT])
        return Programme(*(found.get((EVERYBODY, part), Reach()) for part in (PERSONALIZED, HELD_OUT)))

    async def members(self, segments: Collection[str]) -> Mapping[str, Membership]:
        async with self.begin() as work:
            found = await work.rollups.read(MEMBERS, range(NOW, NOW + 1), segments=segments, subjects=[IN_ALL])
        return {key.segment: Membership(*sums) for key, sums in found.items()}

    async def sizes(self, period: Period, segments: Collection[str]) -> Mapping[str, Mapping[int, int]]:
        """How many users were in each segment at the end of each day."""
        days = _days(period)
        async with self.begin() as work:
            before = await work.rollups.read_whole(MOVES, range(days.start), segments=segments, subjects=[IN_ALL])
            within = await work.rollups.read(MOVES, days, segments=segments, subjects=[IN_ALL])
        sizes = {key.segment: sums[0] for key, sums in before.items()}
        moved = {(key.segment, key.day): sums[0] for key, sums in within.items()}
        return {segment: _running(segment, sizes.get(segment, 0), days, moved) for segment in segments}

    async def uses(self, period: Period, segments: Collection[str]) -> Mapping[str, tuple[FeatureShare, ...]]:
        """The features used most, most used first."""
        async with self.begin() as work:
            found = await work.rollups.read_whole(USES, _days(period), segments=segments, subjects=[IN_ALL])
        by_segment: dict[str, dict[str, int]] = {}
        for key, sums in found.items():
            by_segment.setdefault(key.segment, {})[key.variation] = sums[0]
        return {segment: _shares(uses) for segment, uses in by_segment.items()}

    async def served(self, period: Period) -> Served:
        async with self.begin() as work:
            found = await work.rollups.read(SERVED, _days(period), segments=[EVERYBODY], subjects=[IN_ALL])
        return served_of(list(found.values()))

    async def _reaches(
        self, period: Period, segments: Collection[str], subjects: Collection[str]
    ) -> Mapping[tuple[str, str], Reach]:
        async with self.begin() as work:
            active = await work.rollups.distinct(ACTIVE, _days(period), segments, subjects)
            converted = await work.rollups.distinct(CONVERTED, _days(period), segments, subjects)
        return {place: Reach(users, converted.get(place, 0)) for place, users in active.items()}


def series(period: Period, by_day: Mapping[int, Activity], sizes: Mapping[int, int] | None = None) -> list[DayFigures]:
    """Every day of the period, oldest first."""
    nothing, known_sizes = Activity(), sizes or {}
    return [
        DayFigures(date.fromordinal(_FIRST_DAY + day), by_day.get(day, nothing), known_sizes.get(day, 0))
        for day in _days(period)
    ]


def is_underperforming(segment: Attendance, everybody: Attendance, period: Period) -> bool:
    """Do users convert less often on the days on which they come while in the segment, beyond chance?

    Days are compared, not users: whoever leaves the segment and converts later would otherwise count for the rest
    without ever having counted as one of them. The days of one user are not independent: each side is judged as if all
    of a user's days told the same, that is by its users. The interval holds whenever it is looked at, and its variance
    is that of no difference. Nobody was assigned to the segment by chance: it does not say that the segment is why.
    """
    rest = _rest(segment, everybody, period)
    if segment.rate >= rest.rate or not _are_enough(segment, rest, everybody.rate):
        return False
    spread = rate_variance(everybody.rate)
    control, variation = (Estimate(one.users, one.rate, spread, one.rate) for one in (rest, segment))
    difference = absolute_difference(control, variation)
    _, high = sequential_interval(difference, DESIGN.alpha, DESIGN.reference_users)
    return high < 0


def _rest(segment: Attendance, everybody: Attendance, period: Period) -> Attendance:
    """All that was done outside of the segment. By at least so many users: some did things both inside and outside."""
    days = everybody.days - segment.days
    fewest = max(everybody.users - segment.users, math.ceil(days / (period.end - period.first)))
    return Attendance(fewest, days, everybody.converting_days - segment.converting_days)


def _are_enough(segment: Attendance, rest: Attendance, rate: float) -> bool:
    """As many users, and as many expected to convert or not, as the approximation by a normal needs."""
    fewest = min(segment.users, rest.users)
    return fewest >= DESIGN.least_users and fewest * min(rate, 1 - rate) >= LEAST_REACHED


def programme_lift(programme: Programme) -> ProgrammeLift:
    """How many more of the personalized users converted than of those held out, relative to the latter."""
    if not programme.held_out.active:
        return ProgrammeLift(absent=NO_HOLDOUT)
    held_out, personalized = Sample.of_rate(*programme.held_out), Sample.of_rate(*programme.personalized)
    found = compare(held_out, personalized, CONVERSION, DESIGN)
    if isinstance(found, Absence):
        return ProgrammeLift(absent=found.reason)
    return ProgrammeLift(found.lift, found.absent)


def _days(period: Period) -> range:
    return range(period.first, period.end)


def _running(segment: str, size: int, days: range, moved: Mapping[tuple[str, int], int]) -> dict[int, int]:
    sizes: dict[int, int] = {}
    for day in days:
        size += moved.get((segment, day), 0)
        sizes[day] = size
    return sizes


def _shares(uses: Mapping[str, int]) -> tuple[FeatureShare, ...]:
    """What counts together as other features is a part of all uses, but no feature."""
    everything = sum(uses.values())
    named = sorted((-count, name) for name, count in uses.items() if name != OTHER)
    return tuple(FeatureShare(name, -count / everything) for count, name in named[:TOP_FEATURES])
