"""What has a variation brought so far, and how much does what is long ago still say in a world that changes?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.statistics.bandits.beliefs import MeanBelief, RateBelief

if TYPE_CHECKING:
    from domain.statistics.samples import Number, Sample

_PRIOR_USERS = 1.0
"""How many imagined users stand for what is believed of a mean before anybody is seen."""
_LEAST_USERS = 1e-30
_MOST_USERS = 1e15
_LARGEST = 1e60


@dataclass(frozen=True, slots=True)
class Evidence:
    """Users, the sum of their outcomes and of their squares."""

    users: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, sample: Sample) -> Evidence:
        return cls(*(_as_float(number) for number in (sample.users, sample.total, sample.total_squares)))

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(self.users + other.users, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        return self.total / self.users if self.users else 0.0

    @property
    def deviations(self) -> float:
        """The sum of squared deviations from the mean."""
        return max(0.0, self.squares - self.total * self.mean)

    @property
    def is_possible(self) -> bool:
        """Finite, of no negative number of users, within what can be computed with, and sums of some outcomes.

        No outcomes sum to more than the root of users times squares (Cauchy and Schwarz).
        """
        counts = self.users == 0 or _LEAST_USERS <= self.users <= _MOST_USERS
        sums = abs(self.total) <= _LARGEST and 0 <= self.squares <= _LARGEST**2
        return counts and sums and self.total**2 <= self.users * self.squares * (1 + 1e-9)

    @property
    def is_of_rates(self) -> bool:
        """Could every outcome have been 0 or 1?"""
        return 0 <= self.total <= self.users


def _as_float(number: Number) -> float:
    """Infinite, and so no possible evidence, where a float cannot hold it."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


def rate_belief(evidence: Evidence) -> RateBelief:
    """What is believed of a rate, from a uniform prior on."""
    return RateBelief(evidence.total, evidence.users - evidence.total)


def mean_beliefs(variations: tuple[Evidence, ...]) -> tuple[MeanBelief, ...]:
    """What is believed of the mean of each variation: normal-inverse-gamma posteriors with one prior for all.

    The prior is worth one user of the mean and the spread of all variations together, so that a variation of one
    user, or of users who all did the same, is not believed to the last digit. Murphy (2007), equations 86 to 89, 111.
    """
    everybody = sum(variations, Evidence())
    if not everybody.users:
        return tuple(MeanBelief(0.0, 0.0, 1.0) for _ in variations)
    variance = everybody.deviations / everybody.users
    return tuple(_mean_belief(evidence, everybody.mean, variance) for evidence in variations)


def _mean_belief(evidence: Evidence, prior_mean: float, prior_variance: float) -> MeanBelief:
    users = _PRIOR_USERS + evidence.users
    centre = (_PRIOR_USERS * prior_mean + evidence.total) / users
    surprise = _PRIOR_USERS * evidence.users * (evidence.mean - prior_mean) ** 2 / users
    squares = _PRIOR_USERS * prior_variance + evidence.deviations + surprise
    return MeanBelief(centre, math.sqrt(squares / users / users), users)
