"""How often do verdicts find a difference where there is none?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.simulation.tastes import BASE_RATE
from domain.statistics.absences import Absence
from domain.statistics.differences import absolute_difference
from domain.statistics.estimates import estimate_of
from domain.statistics.questions import REFERENCE_USERS, Outcome
from domain.statistics.samples import Sample
from domain.statistics.sequences import sequential_interval

if TYPE_CHECKING:
    from domain.statistics.differences import Difference

ALPHA = 0.05
LEAST_CONVERSIONS = 10
"""Of each variation, before anything is said at all."""


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Shares of experiments without any effect in which a difference was found.

    `at_the_end`: by the usual interval, looked at once. `any_day`: by the same, looked at every day, stopping where it
    excludes 0. `any_day_sequential`: by the interval that may be looked at any time.
    """

    experiments: int
    at_the_end: float
    any_day: float
    any_day_sequential: float


def false_alarms(users: int, days: int, seed: int, experiments: int) -> FalseAlarms:
    """Two variations that do the same, half of the users each, a few more every day."""
    found = [_found(users // 2, days, np.random.default_rng((seed, 2_000_003, each))) for each in range(experiments)]
    at_the_end, any_day, sequential = np.mean(found, axis=0)
    return FalseAlarms(experiments, float(at_the_end), float(any_day), float(sequential))


def _found(users: int, days: int, random: np.random.Generator) -> tuple[bool, bool, bool]:
    arrived = np.arange(1, days + 1) * users // days
    new = np.diff(arrived, prepend=0)
    converted = np.cumsum(random.binomial(new, BASE_RATE, (2, days)), axis=1)
    fixed, sequential = [], []
    for day, count in enumerate(arrived):
        difference = _difference(int(count), int(converted[0, day]), int(converted[1, day]))
        fixed.append(difference is not None and _excludes_zero(difference.interval(ALPHA)))
        sequential.append(
            difference is not None and _excludes_zero(sequential_interval(difference, ALPHA, REFERENCE_USERS))
        )
    return fixed[-1], any(fixed), any(sequential)


def _difference(users: int, *conversions: int) -> Difference | None:
    if min(conversions) < LEAST_CONVERSIONS:
        return None
    control, variation = (estimate_of(Sample.of_rate(users, converted), Outcome.RATE) for converted in conversions)
    if isinstance(control, Absence) or isinstance(variation, Absence):
        return None
    return absolute_difference(control, variation)


def _excludes_zero(interval: tuple[float, float]) -> bool:
    return interval[0] > 0 or interval[1] < 0
