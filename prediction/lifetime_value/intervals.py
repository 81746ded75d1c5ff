"""Between which bounds does the amount lie for 80 % of users, when most of them spend nothing?

A prediction is read as a mixture: nothing with probability 1 - any, and otherwise the mean amount of who buys, times a
ratio whose distribution is that of users whose amounts are known. The bounds are quantiles of this mixture. At which
level they are taken is then chosen so that the share of other known users whose amount lies within is 80 % (split
conformal prediction: Lei et al., JASA 113 (2018); Romano, Patterson and Candes, NeurIPS 2019, for scaled quantiles).

Nothing is not a quantile like the others: it holds at once as many users as spend nothing. Who spends nothing more
often than one of ten times gets an interval from 0, and its upper bound alone decides. For whom 0 alone holds more than
80 %, the level cannot be held exactly, only exceeded; that is made up for by the others, because the level holds for
all users together. Only where more than 80 % of all users spend nothing, more than 80 % lie within, whatever is done.

The promise is for users like those who set the intervals, in a window like theirs. When all spend more than before, as
a shop's do before Christmas, fewer lie within: how many is measured when models are trained, and told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from prediction.matrices import Vector

COVERAGE = 0.8
TAIL = (1 - COVERAGE) / 2
KNOTS = 201
HALVINGS = 40
LEAST_ANY = 1e-9


@dataclass(frozen=True, slots=True)
class Spending:
    """What is predicted of each user: the mean amount, and the probability of any."""

    expected: Vector
    any: Vector

    def of(self, rows: NDArray[np.bool_]) -> Spending:
        return Spending(self.expected[rows], self.any[rows])


@dataclass(frozen=True, slots=True)
class Intervals:
    """`ratios`: evenly spaced quantiles of the amount of who bought, over what was expected of who buys."""

    ratios: Vector
    level: float

    def bounds(self, spending: Spending) -> tuple[Vector, Vector]:
        """Low and high; low is never below 0, and the expected amount always lies within."""
        nothing = 1 - spending.any
        from_nothing = nothing >= TAIL
        low = np.where(from_nothing, 0.0, self._quantile(spending, (1 - self.level) / 2))
        high = np.where(
            from_nothing, self._quantile(spending, self.level), self._quantile(spending, (1 + self.level) / 2)
        )
        return np.minimum(low, spending.expected), np.maximum(high, spending.expected)

    def hold(self, spending: Spending, amounts: Vector) -> NDArray[np.bool_]:
        """Whether each amount lies within its bounds."""
        low, high = self.bounds(spending)
        return np.asarray((low <= amounts) & (amounts <= high))

    def _quantile(self, spending: Spending, level: float) -> Vector:
        buying = np.maximum(spending.any, LEAST_ANY)
        among_buyers = np.clip((level - (1 - buying)) / buying, 0, 1)
        ratio = np.interp(among_buyers, np.linspace(0, 1, len(self.ratios)), self.ratios)
        return np.where(among_buyers > 0, ratio * spending.expected / buying, 0.0)


def fit_intervals(spending: Spending, amounts: Vector, coverage: float = COVERAGE) -> Intervals:
    """For users whose `amounts` no model was trained on, some of them above 0."""
    ratios = _ratios(spending, amounts)
    # One user more than were seen is to lie within as often: the finite-sample correction of conformal prediction.
    needed = min(math.ceil(coverage * (len(amounts) + 1)), len(amounts))
    lower, upper = 0.0, 1.0
    for _ in range(HALVINGS):
        level = (lower + upper) / 2
        if np.count_nonzero(Intervals(ratios, level).hold(spending, amounts)) < needed:
            lower = level
        else:
            upper = level
    return Intervals(ratios, upper)


def _ratios(spending: Spending, amounts: Vector) -> Vector:
    """Of who bought; of whom nothing was expected there is no ratio."""
    known = (amounts > 0) & (spending.expected > 0)
    if not np.any(known):
        return np.ones(KNOTS)
    usual = spending.expected[known] / np.maximum(spending.any[known], LEAST_ANY)
    return np.quantile(amounts[known] / usual, np.linspace(0, 1, KNOTS))
