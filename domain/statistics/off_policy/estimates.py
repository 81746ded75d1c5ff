"""The formulas of off-policy evaluation, over sums of a log's cells.

With w = target's probability / logged probability of what a user got, and r the user's outcome:

- inverse propensity weighting, the mean of w r (Horvitz and Thompson, 1952): unbiased, wide;
- self-normalised, the sum of w r over the sum of w (Hajek, 1971; Swaminathan and Joachims, 2015): a little biased,
  narrower, and never outside what outcomes can be;
- doubly robust, the mean of sum_a target(a) m(a) + w (r - m(got)) (Dudik, Langford and Li, 2011), with a model m of
  the outcome: right where either the probabilities or the model are.

All of a user's terms are linear in r, so that the sums of r and of r^2 in each cell give the same as the users do.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.statistics.bandits.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.statistics.off_policy.logs import Cell, Target


@dataclass(frozen=True, slots=True)
class Line:
    """What each user of a cell adds to an estimate: `level + slope * outcome`."""

    level: float
    slope: float

    def sum(self, outcomes: Evidence) -> float:
        return outcomes.users * self.level + self.slope * outcomes.total

    def squares_around(self, centre: float, outcomes: Evidence) -> float:
        level = self.level - centre
        return max(
            0.0, outcomes.users * level**2 + 2 * level * self.slope * outcomes.total + self.slope**2 * outcomes.squares
        )


@dataclass(frozen=True, slots=True)
class Mean:
    """An estimated mean with its standard error."""

    value: float
    error: float


def users_of(cells: Sequence[Cell]) -> float:
    return math.fsum(cell.outcomes.users for cell in cells)


def mean_of(cells: Sequence[Cell], lines: Sequence[Line]) -> Mean:
    """The mean over all users of what the lines say, one line for each cell."""
    users = users_of(cells)
    value = math.fsum(line.sum(cell.outcomes) for line, cell in zip(lines, cells, strict=True)) / users
    squares = math.fsum(line.squares_around(value, cell.outcomes) for line, cell in zip(lines, cells, strict=True))
    return Mean(value, math.sqrt(squares / (users - 1) / users))


def weights_of(cells: Sequence[Cell]) -> Mean:
    """The mean weight: of probabilities that describe the log it is 1, but for chance."""
    return mean_of(cells, [Line(cell.weight, 0.0) for cell in cells])


def effective_users(cells: Sequence[Cell]) -> float:
    """How many users of equal weight would say as much: (sum of w)^2 / sum of w^2 (Kish, 1965)."""
    squares = math.fsum(cell.weight**2 * cell.outcomes.users for cell in cells)
    return math.fsum(cell.weight * cell.outcomes.users for cell in cells) ** 2 / squares if squares > 0 else 0.0


def logged_mean(cells: Sequence[Cell]) -> Mean:
    """What was really given, under the policy in force."""
    return mean_of(cells, [Line(0.0, 1.0)] * len(cells))


def inverse_weighted(cells: Sequence[Cell]) -> Mean:
    return mean_of(cells, [Line(0.0, cell.weight) for cell in cells])


def self_normalised(cells: Sequence[Cell]) -> Mean:
    """The error by the delta method, of a ratio of two means."""
    weight = weights_of(cells).value
    value = inverse_weighted(cells).value / weight
    errors = mean_of(cells, [Line(-value * cell.weight / weight, cell.weight / weight) for cell in cells])
    return Mean(value, errors.error)


def gained(cells: Sequence[Cell], lines: Sequence[Line]) -> Mean:
    """What the target would have given more than was given, by the same users."""
    return mean_of(cells, [Line(line.level, line.slope - 1) for line in lines])


def doubly_robust_lines(cells: Sequence[Cell], target: Target, prior_users: float) -> list[Line]:
    """What each user adds to the doubly robust estimate.

    The model m is the mean outcome of group and variation, drawn towards the mean of all by `prior_users` (ridge).
    Of each user it knows everybody else (leave-one-out: cross-fitting with as many folds as there are users), which
    is again linear in the outcome left out; so what the model says of a user never depends on that user's outcome.
    """
    model = _Model.of(cells, prior_users)
    return [model.line(cell, target.of(cell.group)) for cell in cells]


@dataclass(frozen=True, slots=True)
class _Model:
    everybody: Evidence
    groups: Mapping[tuple[str, str], Evidence]
    prior_users: float

    @classmethod
    def of(cls, cells: Sequence[Cell], prior_users: float) -> _Model:
        groups: defaultdict[tuple[str, str], Evidence] = defaultdict(Evidence)
        for cell in cells:
            groups[cell.group, cell.variation] += cell.outcomes
        return cls(sum(groups.values(), Evidence()), groups, prior_users)

    def line(self, cell: Cell, shares: Mapping[str, float]) -> Line:
        got = self._mean(cell.group, cell.variation, without=1.0)
        expected = [
            (share, got if variation == cell.variation else self._mean(cell.group, variation, without=0.0))
            for variation, share in shares.items()
        ]
        level = math.fsum(share * line.level for share, line in expected) - cell.weight * got.level
        slope = math.fsum(share * line.slope for share, line in expected) + cell.weight * (1 - got.slope)
        return Line(level, slope)

    def _mean(self, group: str, variation: str, without: float) -> Line:
        """What the model says, without the outcome r of a user, who was (1) or was not (0) among those asked."""
        known = self.groups.get((group, variation), Evidence())
        others = self.everybody.users - 1
        level, slope = self.everybody.total / others, -1 / others
        users = known.users - without + self.prior_users
        if users <= 0:
            return Line(level, slope)
        return Line((known.total + self.prior_users * level) / users, (self.prior_users * slope - without) / users)
