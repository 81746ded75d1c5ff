"""How much does a user spend on a purchase: Gamma-Gamma.

Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013). A user's amounts are Gamma(p, nu), and nu is
Gamma(q, v) among users (`v` is the paper's gamma). How much is spent does not depend on how often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from prediction.signals import words
from prediction.training.outcomes import TrainingRefused

if TYPE_CHECKING:
    from prediction.matrices import Vector

MIN_BUYERS = 20
LOG_BOUND = 12.0
AT_BOUND = 0.01
LOG_MIN_Q = 0.01
"""The mean over users exists only for q above 1, logarithm above 0."""

EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class PurchaseAmounts:
    """Gamma-Gamma's three parameters; `v` is in the currency of the amounts."""

    p: float
    q: float
    v: float

    def log_likelihood(self, amount: Vector, counted: Vector) -> float:
        """Of users who spent `amount` on average on `counted` purchases (equation 1a)."""
        return _Likelihood(amount, counted).at(np.log([self.p, self.q, self.v]))[0]

    def mean(self) -> float:
        """Of all users (equation 3)."""
        return self.p * self.v / (self.q - 1)

    def expected(self, amount: Vector, counted: Vector) -> Vector:
        """On one purchase of a user (equation 5): own amounts count the more, the more there are of them."""
        return self.p * (self.v + counted * amount) / (self.p * counted + self.q - 1)


def fit_amounts(amount: Vector, counted: Vector) -> PurchaseAmounts:
    """By maximum likelihood over users who spent something, always from the same start.

    Raises `TrainingRefused` where the data settle nothing: too few buyers, equal amounts, or no mean.
    """
    bought = (counted > 0) & (amount > 0)
    amount, counted = amount[bought], counted[bought]
    if len(amount) < MIN_BUYERS:
        raise TrainingRefused(
            f"Only {words.counted(len(amount), 'user')} spent an amount; "
            f"{MIN_BUYERS} are needed to tell how much users spend."
        )
    if np.ptp(amount) <= EQUAL * float(amount.max()):
        raise TrainingRefused("Every user spends the same: there is nothing to tell users apart by.")
    unit = float(np.average(amount, weights=counted))
    likelihood = _Likelihood(amount / unit, counted)
    found = minimize(
        likelihood.loss,
        np.log([2.0, 3.0, 1.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-LOG_BOUND, LOG_BOUND), (LOG_MIN_Q, LOG_BOUND), (-LOG_BOUND, LOG_BOUND)],
        options={"maxiter": 1_000, "ftol": 1e-13, "gtol": 1e-9},
    )
    p, q, v = (float(value) for value in np.exp(found.x))
    lower, upper = np.array([-LOG_BOUND, LOG_MIN_Q, -LOG_BOUND]), LOG_BOUND
    if not np.isfinite(found.fun) or np.any((found.x - lower < AT_BOUND) | (upper - found.x < AT_BOUND)):
        raise TrainingRefused(
            "How much users spend cannot be told from this data: the likelihood has no highest point."
        )
    return PurchaseAmounts(p, q, v * unit)


@dataclass(frozen=True, slots=True)
class _Likelihood:
    amount: Vector
    counted: Vector

    def loss(self, logs: Vector) -> tuple[float, Vector]:
        total, gradient = self.at(logs)
        return -total / len(self.amount), -gradient / len(self.amount)

    def at(self, logs: Vector) -> tuple[float, Vector]:
        """The log-likelihood and its gradient by the parameters' logarithms."""
        p, q, v = np.exp(logs)
        x, m = self.counted, self.amount
        whole = np.log(v + x * m)
        shape = p * x + q
        gammas = gammaln(shape) - gammaln(p * x) - gammaln(q)
        total = gammas + q * np.log(v) + (p * x - 1) * np.log(m) + p * x * np.log(x) - shape * whole
        by_p = x * (digamma(shape) - digamma(p * x) + np.log(m) + np.log(x) - whole)
        by_q = digamma(shape) - digamma(q) + np.log(v) - whole
        by_v = q / v - shape / (v + x * m)
        return float(total.sum()), np.array([by_p.sum() * p, by_q.sum() * q, by_v.sum() * v])
