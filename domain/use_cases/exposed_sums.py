"""How the sums over exposed users are read back: of any number of rules, in one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

from domain.model.experiments import NO_RUN, GoalMeasure
from domain.rules.instants import DAY_US, microseconds
from domain.rules.outcomes.contributions import (
    EVERYBODY,
    EXPOSED,
    ExposureSums,
    GoalSums,
    subject_of,
)
from domain.statistics.samples import MICRO, Sample
from domain.use_cases.outcomes import EXPERIMENT_MEASURE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from domain.model.experiments import Goal
    from domain.model.rules import Rule
    from domain.ports.rollups import RollUpKey, Sums
    from domain.ports.units_of_work import UnitOfWork

ALL_DAYS = range(200_000)
LATEST_DAYS = 90
"""Segments are read day by day for so long only: what is older counts for less than an eighth to a bandit."""


@dataclass(frozen=True, slots=True)
class RunSums:
    """Of one run of one rule, by variation ("" for who is held out) and number."""

    sums: Mapping[tuple[str, int], Sums] = field(default_factory=dict)

    def exposed(self, variation: str) -> ExposureSums:
        return ExposureSums(*self.sums.get((variation, EXPOSED), ()))

    def goal(self, variation: str, number: int) -> GoalSums:
        return GoalSums(*self.sums.get((variation, number), ()))

    def sample(self, variation: str, number: int, goal: Goal) -> Sample:
        return sample_of(self.goal(variation, number), goal)

    @property
    def variations(self) -> frozenset[str]:
        return frozenset(variation for variation, _ in self.sums)


def sample_of(sums: GoalSums, goal: Goal) -> Sample:
    """In the units of the goal: values were summed in millionths."""
    sample = Sample(sums.users, sums.reached, sums.y, sums.y_squares, sums.x, sums.x_squares, sums.products)
    return sample.scaled(MICRO, MICRO) if goal.measure is GoalMeasure.VALUE_MEAN else sample


async def read_runs(
    work: UnitOfWork, subjects: Collection[str], days: range = ALL_DAYS, segment: str = EVERYBODY
) -> Mapping[str, RunSums]:
    """By subject, as `subject_of` names them, over all the days; what nobody was exposed to is empty."""
    found = await work.rollups.read_whole(EXPERIMENT_MEASURE, days, segments=[segment], subjects=subjects)
    return _by_subject(subjects, found)


async def read_days(
    work: UnitOfWork, subjects: Collection[str], days: range = ALL_DAYS
) -> Mapping[int, Mapping[str, RunSums]]:
    """The same for everybody and day by day, of those days on which anybody was exposed."""
    found = await work.rollups.read(EXPERIMENT_MEASURE, days, segments=[EVERYBODY], subjects=subjects)
    return {day: _by_subject(subjects, some) for day, some in _by_day(found)}


async def read_segments(work: UnitOfWork, subjects: Collection[str]) -> Mapping[str, Mapping[str, RunSums]]:
    """By segment at exposure, `EVERYBODY` included."""
    return _by_segment(subjects, await work.rollups.read_whole(EXPERIMENT_MEASURE, ALL_DAYS, subjects=subjects))


async def read_segment_days(
    work: UnitOfWork, subjects: Collection[str], days: range
) -> list[Mapping[str, Mapping[str, RunSums]]]:
    """The same of each of these days on which anybody was exposed."""
    found = await work.rollups.read(EXPERIMENT_MEASURE, days, subjects=subjects)
    return [_by_segment(subjects, some) for _, some in _by_day(found)]


def latest_days(now: datetime) -> range:
    today = microseconds(now) // DAY_US
    return range(today + 1 - LATEST_DAYS, today + 1)


def together(runs: Iterable[RunSums]) -> RunSums:
    """Of different users: what was met on one day and on another."""
    totals: dict[tuple[str, int], Sums] = {}
    for run in runs:
        for key, sums in run.sums.items():
            totals[key] = tuple(map(sum, zip_longest(totals.get(key, ()), sums, fillvalue=0)))
    return RunSums(totals)


def latest_run(rule: Rule) -> int:
    return NO_RUN if rule.run is None else rule.run.number


def subjects_of(rules: Iterable[Rule]) -> list[str]:
    """All that the rules were ever met as."""
    return [subject_of(rule.id, run) for rule in rules for run in range(NO_RUN, latest_run(rule) + 1)]


def run_subject(rule: Rule) -> str:
    return subject_of(rule.id, latest_run(rule))


def _by_day(found: Mapping[RollUpKey, Sums]) -> list[tuple[int, dict[RollUpKey, Sums]]]:
    by_day: dict[int, dict[RollUpKey, Sums]] = {}
    for key, sums in found.items():
        by_day.setdefault(key.day, {})[key] = sums
    return sorted(by_day.items(), key=lambda each: each[0])


def _by_segment(subjects: Collection[str], found: Mapping[RollUpKey, Sums]) -> dict[str, Mapping[str, RunSums]]:
    by_segment: dict[str, dict[RollUpKey, Sums]] = {}
    for key, sums in found.items():
        by_segment.setdefault(key.segment, {})[key] = sums
    return {segment: _by_subject(subjects, some) for segment, some in by_segment.items()}


def _by_subject(subjects: Iterable[str], found: Mapping[RollUpKey, Sums]) -> dict[str, RunSums]:
    collected: dict[str, dict[tuple[str, int], Sums]] = {subject: {} for subject in subjects}
    for key, sums in found.items():
        collected[key.subject][key.variation, key.number] = sums
    return {subject: RunSums(sums) for subject, sums in collected.items()}
