"""What are the means and variances behind a sample's sums?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from domain.statistics.absences import Absence

if TYPE_CHECKING:
    from domain.statistics.samples import Number, Sample

LARGEST = 1e60
"""Means beyond this cannot be computed with: their fourth powers would not fit."""
NOBODY_EXPOSED = "nobody has been exposed yet"
_ROUNDING = Fraction(1, 10**9)


@dataclass(frozen=True, slots=True)
class Moments:
    """Means and unbiased (co)variances, of two users or more."""

    mean: float
    variance: float
    before_mean: float
    before_variance: float
    before_covariance: float
    denominator_mean: float
    denominator_variance: float
    denominator_covariance: float


def moments_of(sample: Sample) -> Moments | Absence:
    """Compute exactly and round once, so that a small spread around a large mean is not lost."""
    if problem := _impossible(sample):
        return Absence(problem)
    users, total, before, below = sample.users, *_exact(sample.total, sample.before, sample.denominator)
    means = [value / users for value in (total, before, below)]
    if any(abs(mean) > LARGEST for mean in means):
        return Absence("the values are too large to compute with")
    spreads = (
        _covariance(users, total, total, sample.total_squares),
        _covariance(users, before, before, sample.before_squares),
        _covariance(users, total, before, sample.product),
        _covariance(users, below, below, sample.denominator_squares),
        _covariance(users, total, below, sample.denominator_product),
    )
    if any(abs(spread) > Fraction(LARGEST) ** 2 for spread in spreads):
        return Absence("the values are too large to compute with")
    outcome, earlier, shared, denominator, divided = (float(spread) for spread in spreads)
    mean, before_mean, denominator_mean = (float(each) for each in means)
    return Moments(
        mean,
        max(0.0, outcome),
        before_mean,
        max(0.0, earlier),
        shared,
        denominator_mean,
        max(0.0, denominator),
        divided,
    )


def mean_of(sample: Sample) -> float | None:
    """The mean outcome, or `None` where there is none."""
    if sample.users <= 0 or not sample.is_finite:
        return None
    mean = Fraction(sample.total) / sample.users
    return float(mean) if abs(mean) <= LARGEST else None


def ratio_of(sample: Sample) -> float | None:
    """The ratio of the sums, or `None` where there is none."""
    if sample.users <= 0 or not sample.is_finite or sample.denominator == 0:
        return None
    ratio = Fraction(sample.total) / Fraction(sample.denominator)
    return float(ratio) if abs(ratio) <= LARGEST else None


def _exact(*values: Number) -> list[Fraction]:
    return [Fraction(value) for value in values]


def _covariance(users: int, left: Fraction, right: Fraction, product: Number) -> Fraction:
    if not product and not (left and right):
        return Fraction(0)
    return (Fraction(product) - left * right / users) / (users - 1)


def _impossible(sample: Sample) -> str:
    """Why no users can have given these sums, or too few have; "" if neither."""
    if not sample.is_finite or sample.users < 0:
        return "the sums are not those of any users"
    if sample.users == 0:
        return NOBODY_EXPOSED
    if sample.users == 1:
        return "one user alone shows no spread"
    pairs = (
        (sample.total, sample.total_squares),
        (sample.before, sample.before_squares),
        (sample.denominator, sample.denominator_squares),
    )
    # Cauchy and Schwarz: no values have a sum whose square is above their number times the sum of their squares.
    possible = all(
        (not total and squares == 0) or Fraction(total) ** 2 <= sample.users * Fraction(squares) * (1 + _ROUNDING)
        for total, squares in pairs
    )
    return "" if possible else "the sums are not those of any users"
