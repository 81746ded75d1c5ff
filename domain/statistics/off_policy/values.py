"""What would another allocation have given, how sure is that, and on how many users does it really rest?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import special

from domain.statistics.off_policy import estimates
from domain.statistics.off_policy.logs import NoPolicyValue, NoValueReason, unsupported_share, weighted_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.statistics.off_policy.estimates import Mean
    from domain.statistics.off_policy.logs import Cell, Logged, Target

CONFIDENCE = 0.95
PRIOR_USERS = 10.0
"""How many users of the overall mean the outcome model adds to every group and variation."""
FEWEST_EFFECTIVE_USERS = 30
"""With fewer, the means are no normal ones and a single user may decide."""
MOST_UNSUPPORTED = 0.05
"""The share of users who may be given what nobody of their group ever got, before the log says nothing of it."""
_SURE_MISMATCH = 3.290526731
"""Standard errors of the mean weight from 1: two-sided 0.001, as for a sample ratio mismatch."""
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Estimate:
    """Outcome per user, with the interval of the confidence asked for."""

    value: float
    low: float
    high: float

    def contains(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """What the target would have given per user, by three estimators, beside what was given.

    `gain` is doubly robust, as the verdict is. `unsupported`: the share of users of whom nothing was logged.
    """

    users: float
    effective_users: float
    largest_weight: float
    unsupported: float
    logged: Estimate
    weighted: Estimate
    self_normalised: Estimate
    doubly_robust: Estimate
    gain: Estimate

    @property
    def text(self) -> str:
        asked, gain = self.doubly_robust, self.gain
        unsure = " It cannot be told from what was given." if gain.contains(0) else ""
        unsupported = f" Of {self.unsupported:.1%} of users nothing comparable was logged." if self.unsupported else ""
        return (
            f"It would have given {asked.value:.4g} [{asked.low:.4g}, {asked.high:.4g}] per user instead of "
            f"{self.logged.value:.4g}: {gain.value:+.4g} [{gain.low:+.4g}, {gain.high:+.4g}].{unsure} "
            f"For this allocation the {self.users:,.0f} logged users count as {self.effective_users:,.0f}.{unsupported}"
        )


def evaluate_policy(
    logged: Iterable[Logged], target: Target, confidence: float = CONFIDENCE
) -> PolicyValue | NoPolicyValue:
    """What the target would have given the users of the log, who were assigned at random with the logged probabilities.

    Users must not influence each other, and a group must be known before the assignment.
    """
    cells = weighted_cells(logged, target)
    if isinstance(cells, NoPolicyValue):
        return cells
    unsupported = unsupported_share(cells, target)
    problem = _problem_of_support(unsupported) or _problem_of_weights(cells, unsupported)
    if problem is not None:
        return problem
    deviations = float(special.ndtri((1 + confidence) / 2)) if 0 < confidence < 1 else math.inf
    value = _value(cells, target, unsupported, deviations)
    return value if _is_finite(value) else _exploded("they cannot be added up")


def _value(cells: Sequence[Cell], target: Target, unsupported: float, deviations: float) -> PolicyValue:
    lines = estimates.doubly_robust_lines(cells, target, PRIOR_USERS)
    return PolicyValue(
        users=estimates.users_of(cells),
        effective_users=estimates.effective_users(cells),
        largest_weight=max(cell.weight for cell in cells),
        unsupported=unsupported,
        logged=_estimate(estimates.logged_mean(cells), deviations),
        weighted=_estimate(estimates.inverse_weighted(cells), deviations),
        self_normalised=_estimate(estimates.self_normalised(cells), deviations),
        doubly_robust=_estimate(estimates.mean_of(cells, lines), deviations),
        gain=_estimate(estimates.gained(cells, lines), deviations),
    )


def _estimate(mean: Mean, deviations: float) -> Estimate:
    half = deviations * mean.error
    return Estimate(mean.value, mean.value - half, mean.value + half)


def _is_finite(value: PolicyValue) -> bool:
    found = (value.logged, value.weighted, value.self_normalised, value.doubly_robust, value.gain)
    return all(math.isfinite(number) for one in found for number in (one.value, one.low, one.high))


def _problem_of_support(unsupported: float) -> NoPolicyValue | None:
    if unsupported <= MOST_UNSUPPORTED:
        return None
    return NoPolicyValue(
        NoValueReason.NO_SUPPORT,
        f"The allocation asked about gives {unsupported:.0%} of users what nobody of their group ever got.",
    )


def _problem_of_weights(cells: Sequence[Cell], unsupported: float) -> NoPolicyValue | None:
    weight = estimates.weights_of(cells)
    if not math.isfinite(weight.value) or not math.isfinite(weight.error):
        return _exploded("they cannot be added up")
    effective = estimates.effective_users(cells)
    if not effective >= FEWEST_EFFECTIVE_USERS:
        return _exploded(f"{estimates.users_of(cells):,.0f} users are worth {effective:,.0f}")
    if abs(weight.value - (1 - unsupported)) > _SURE_MISMATCH * weight.error + _ROUNDING:
        return NoPolicyValue(
            NoValueReason.PROBABILITIES_DO_NOT_FIT,
            f"The logged probabilities do not describe the log: weights are {weight.value:.3f} on average, not 1.",
        )
    return None


def _exploded(how: str) -> NoPolicyValue:
    return NoPolicyValue(
        NoValueReason.WEIGHTS_EXPLODE, f"The allocation asked about is too far from the one in force: {how}."
    )
