"""How probable is it that a variation is better, and what would be lost if it is not?

Both with priors that prefer nothing: uniform for rates, flat for the difference of means.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import betainc, betaincc, betaincinv, betaln, ndtr, xlog1py, xlogy

if TYPE_CHECKING:
    from domain.statistics.differences import Difference
    from domain.statistics.samples import Sample

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(160)
_TAIL = 1e-15
_ABOUT_NORMAL = 100
_REACH_IN_ERRORS = 10


@dataclass(frozen=True, slots=True)
class Outlook:
    """`chance`: that the variation is larger. `losses`: what is lost on average by choosing it where larger, and where
    smaller, is better.
    """

    chance: float
    loss_if_larger_wins: float
    loss_if_smaller_wins: float

    def chance_to_win(self, *, increase: bool) -> float:
        return self.chance if increase else 1 - self.chance

    def loss(self, *, increase: bool) -> float:
        return self.loss_if_larger_wins if increase else self.loss_if_smaller_wins


class Beta(NamedTuple):
    """What is believed of a rate."""

    reached: float
    missed: float

    @property
    def mean(self) -> float:
        return self.reached / (self.reached + self.missed)

    @property
    def variance(self) -> float:
        return self.mean * (1 - self.mean) / (self.reached + self.missed + 1)


def normal_outlook(difference: Difference) -> Outlook:
    """Of a difference that is believed to be normal: chance and the mean of its losing part.

    The mean of a truncated normal: Johnson, Kotz and Balakrishnan (1994), "Continuous Univariate Distributions" 1,
    equation 13.134.
    """
    standing = difference.estimate / difference.error
    density = math.exp(-(standing**2) / 2) / math.sqrt(2 * math.pi)
    above, below = float(ndtr(standing)), float(ndtr(-standing))
    return Outlook(
        above,
        max(0.0, difference.error * (density - standing * below)),
        max(0.0, difference.error * (density + standing * above)),
    )


def rate_outlook(control: Sample, variation: Sample) -> Outlook:
    """Of two rates, each believed from a uniform prior on: Beta-Binomial.

    Gelman et al. (2013), "Bayesian Data Analysis", section 2.1. The expected loss in closed form as in C. Stucchio
    (2015), "Bayesian A/B Testing at VWO", section 6: a share that is multiplied by a rate is a Beta of one more.
    """
    one, other = _belief(control), _belief(variation)
    lead = other.mean - one.mean
    # The two losses differ by the lead; the smaller one is computed, so that little of it is lost in rounding.
    if lead > 0:
        loss = _expected_excess(one, other)
        return Outlook(chance_above(other, one), loss, loss + lead)
    loss = _expected_excess(other, one)
    return Outlook(chance_above(other, one), loss - lead, loss)


def chance_above(larger: Beta, smaller: Beta) -> float:
    """The probability that the first rate is above the second: the narrower density times the other's distribution."""
    if larger.variance < smaller.variance:
        nodes, weights = _grid(larger)
        answer = float(weights @ betainc(*smaller, nodes))
    else:
        nodes, weights = _grid(smaller)
        answer = float(weights @ betaincc(*larger, nodes))
    return min(1.0, max(0.0, answer))


def _grid(belief: Beta) -> tuple[np.ndarray, np.ndarray]:
    low, high = _span(belief)
    nodes = low + (high - low) * (_NODES + 1) / 2
    densities = np.exp(xlogy(belief.reached - 1, nodes) + xlog1py(belief.missed - 1, -nodes) - betaln(*belief))
    weights = _WEIGHTS * densities
    return nodes, weights / weights.sum()


def _span(belief: Beta) -> tuple[float, float]:
    """Between which rates all but nothing of a belief lies; where it is about normal, the quick way."""
    if min(belief) >= _ABOUT_NORMAL:
        reach = _REACH_IN_ERRORS * math.sqrt(belief.variance)
        return max(0.0, belief.mean - reach), min(1.0, belief.mean + reach)
    low, high = (float(betaincinv(*belief, tail)) for tail in (_TAIL, 1 - _TAIL))
    return low, high


def _expected_excess(left: Beta, right: Beta) -> float:
    """The mean of max(0, left - right)."""
    of_left = left.mean * chance_above(Beta(left.reached + 1, left.missed), right)
    of_right = right.mean * chance_above(left, Beta(right.reached + 1, right.missed))
    return max(0.0, of_left - of_right)


def _belief(sample: Sample) -> Beta:
    return Beta(1 + float(sample.total), 1 + sample.users - float(sample.total))
