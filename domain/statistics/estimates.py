"""How much is an outcome per user, and how uncertain is that?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.statistics.absences import Absence
from domain.statistics.moments import Moments, mean_of, moments_of, ratio_of
from domain.statistics.questions import Outcome

if TYPE_CHECKING:
    from domain.statistics.samples import Sample

SMALLEST_VARIANCE = 1e-120
"""Less is no spread that can be computed with."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, or a ratio of means, over users.

    `variance` is that of one user's part in it; divided by `users` it is that of `mean`.
    `level` is what a relative difference is relative to: the mean before any adjustment.
    """

    users: int
    mean: float
    variance: float
    level: float

    @property
    def squared_error(self) -> float:
        return self.variance / self.users


def estimate_of(sample: Sample, outcome: Outcome) -> Estimate | Absence:
    """Estimate the outcome of one variation, or say why that is impossible."""
    moments = moments_of(sample)
    if isinstance(moments, Absence):
        return moments
    if outcome is Outcome.RATE:
        return _rate(sample, moments)
    if outcome is Outcome.RATIO:
        return _ratio(sample, moments)
    return _spread(Estimate(sample.users, moments.mean, moments.variance, moments.mean))


def level_of(sample: Sample, outcome: Outcome) -> float | None:
    """The mean or ratio itself, which may exist where its uncertainty does not; or `None`."""
    return ratio_of(sample) if outcome is Outcome.RATIO else mean_of(sample)


def _rate(sample: Sample, moments: Moments) -> Estimate | Absence:
    if not 0 <= sample.total <= sample.users or sample.total != sample.total_squares:
        return Absence("a rate counts every user once or not at all, and these sums do not")
    if sample.total == 0:
        return Absence("nobody has reached the goal: there is no spread to judge a difference by")
    if sample.total == sample.users:
        return Absence("everybody has reached the goal: there is no spread to judge a difference by")
    return Estimate(sample.users, moments.mean, rate_variance(moments.mean), moments.mean)


def rate_variance(rate: float) -> float:
    """The variance of one user's outcome at a rate: that of a Bernoulli variable."""
    return rate * (1 - rate)


def _ratio(sample: Sample, moments: Moments) -> Estimate | Absence:
    """A ratio of sums over users, who are the units that were randomised: their rows may depend on each other.

    The delta method; Deng, Knoblich and Lu (2018), "Applying the Delta Method in Metric Analytics", equation 4.
    """
    below = moments.denominator_mean
    if below <= 0:
        return Absence("what the outcome is divided by sums to nothing above 0")
    ratio = moments.mean / below
    parts = moments.variance - 2 * ratio * moments.denominator_covariance + ratio**2 * moments.denominator_variance
    return _spread(Estimate(sample.users, ratio, max(0.0, parts) / below**2, ratio))


def _spread(estimate: Estimate) -> Estimate | Absence:
    if estimate.variance < SMALLEST_VARIANCE:
        return Absence("every user has the same outcome: there is no spread to judge a difference by")
    return estimate
