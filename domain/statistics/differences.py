"""How far apart are two variations, looked at once?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import ndtr, stdtr, stdtrit

from domain.statistics.absences import Absence
from domain.statistics.estimates import rate_variance

if TYPE_CHECKING:
    from domain.statistics.estimates import Estimate

LEAST_LEVEL_IN_ERRORS = 3.0
"""The delta method divides by the control's mean: so many standard errors that must be away from 0."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An estimated difference of about normal error. `users`: of both. `freedom`: degrees of it, for its intervals."""

    estimate: float
    variance: float
    users: int
    freedom: float

    @property
    def error(self) -> float:
        return math.sqrt(self.variance)

    @property
    def p_value(self) -> float:
        """Two-sided, of no difference."""
        return float(2 * stdtr(self.freedom, -abs(self.estimate) / self.error))

    def interval(self, alpha: float) -> tuple[float, float]:
        """What covers the true difference in a share 1 - alpha of experiments, each looked at once."""
        half = self.half_width(alpha)
        return self.estimate - half, self.estimate + half

    def half_width(self, alpha: float) -> float:
        """How far that interval reaches to either side."""
        return float(stdtrit(self.freedom, 1 - alpha / 2)) * self.error


def absolute_difference(control: Estimate, variation: Estimate) -> Difference:
    """Variation minus control, with unequal variances: Welch (1947); degrees of freedom by Satterthwaite (1946)."""
    return Difference(
        variation.mean - control.mean,
        control.squared_error + variation.squared_error,
        control.users + variation.users,
        _freedom(control, variation),
    )


def relative_difference(control: Estimate, variation: Estimate) -> Difference | Absence:
    """(Variation minus control) over control, its variance by the delta method.

    Deng, Knoblich and Lu (2018), section 3.1. The same quotient as GrowthBook's: where the means are adjusted, the
    difference is that of the adjusted ones, and what it is relative to is not adjusted.
    """
    level = control.level
    if level <= 0:
        return Absence("the control's mean is not above 0: nothing is relative to it")
    if level < LEAST_LEVEL_IN_ERRORS * math.sqrt(control.squared_error):
        return Absence("the control's mean is hardly different from 0: nothing is relative to it")
    ratio = variation.level / level
    errors = (math.sqrt(variation.squared_error) / level, math.sqrt(control.squared_error) / level * ratio)
    return Difference(
        (variation.mean - control.mean) / level,
        errors[0] ** 2 + errors[1] ** 2,
        control.users + variation.users,
        _freedom(control, variation),
    )


def pooled_p_value(control: Estimate, variation: Estimate) -> float:
    """Two-sided p-value of equal rates, which then have one variance in common.

    Fleiss, Levin and Paik (2003), "Statistical Methods for Rates and Proportions", section 3.1, without a correction
    for continuity.
    """
    users = control.users + variation.users
    rate = (control.mean * control.users + variation.mean * variation.users) / users
    error = math.sqrt(rate_variance(rate) * (1 / control.users + 1 / variation.users))
    return float(2 * ndtr(-abs(variation.mean - control.mean) / error))


def _freedom(control: Estimate, variation: Estimate) -> float:
    """Shares instead of squares of squares, which may not fit."""
    left, right = control.squared_error, variation.squared_error
    share = left / (left + right)
    return 1 / (share**2 / (control.users - 1) + (1 - share) ** 2 / (variation.users - 1))
