"""How often will a user buy, and are they still a customer: BG/NBD.

Fader, Hardie and Lee, "Counting Your Customers" the Easy Way (Marketing Science 24, 2005). While active, a user buys at
an own constant rate, Gamma(r, alpha) among users; after each repeat purchase they leave for good with an own
probability, Beta(a, b) among users.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv, digamma, expit, gammaln, hyp2f1

from prediction.lifetime_value.purchases import distinct
from prediction.signals.words import counted
from prediction.training.outcomes import TrainingRefused

if TYPE_CHECKING:
    from prediction.lifetime_value.purchases import Purchases
    from prediction.matrices import Vector

MIN_REPEATERS = 20
"""Under that many users who bought again, four parameters are a guess."""

LOG_BOUND = 12.0
"""Parameters stay within e^-12 to e^12: at a bound they have left for nought or infinity."""

AT_BOUND = 0.01
NODES = 64
MOST_TERMS = 2_000
NEGLIGIBLE_TERM = 1e-15
POLE = 1e-5
"""The closed form divides nought by nought at a = 1 and at a + b = 1; that near, the mean of both sides is exact."""


@dataclass(frozen=True, slots=True)
class PurchaseRates:
    """BG/NBD's four parameters; time is in weeks."""

    r: float
    alpha: float
    a: float
    b: float

    @property
    def mean_leaving(self) -> float:
        """The probability to leave for good after a repeat purchase, on average over all users."""
        return self.a / (self.a + self.b)

    def log_likelihood(self, purchases: Purchases) -> float:
        """Of all users (equation 6)."""
        return self._likelihood(purchases)[0]

    def slopes(self, purchases: Purchases) -> Vector:
        """Of the log-likelihood, by the logarithm of each parameter."""
        return self._likelihood(purchases)[1]

    def _likelihood(self, purchases: Purchases) -> tuple[float, Vector]:
        rows = (purchases.repeats, purchases.recency_weeks, purchases.age_weeks)
        return _Likelihood(*rows, np.ones(len(purchases))).at(np.log([self.r, self.alpha, self.a, self.b]))

    def probability_active(self, purchases: Purchases) -> Vector:
        """That a user has not left for good. Who never bought again has had no occasion to leave: 1."""
        x = purchases.repeats
        shape = self.r + x
        silence = np.log(self.alpha + purchases.age_weeks) - np.log(self.alpha + purchases.recency_weeks)
        log_odds = np.log(self.a) - np.log(np.where(x > 0, self.b + x - 1, 1.0)) + shape * silence
        return np.where(x > 0, expit(-log_odds), 1.0)

    def probability_of_any(self, purchases: Purchases, weeks: float) -> Vector:
        """Of at least one purchase in the next `weeks`: being active, and the next purchase coming in time."""
        grown = np.log1p(weeks / (self.alpha + purchases.age_weeks))
        return self.probability_active(purchases) * -np.expm1(-(self.r + purchases.repeats) * grown)

    def expected_repeats(self, purchases: Purchases, weeks: float) -> Vector:
        """Purchases in the next `weeks` (equation 10)."""
        # Each as of one customer alone, and once for all who bought as often since as long ago: the series is long.
        alike, which = np.unique(purchases.repeats + 1j * purchases.age_weeks, return_inverse=True)
        if_active = self._expected_if_active(alike.real.copy(), alike.imag.copy(), weeks)
        return self.probability_active(purchases) * if_active[which]

    def _expected_if_active(self, repeats: Vector, age_weeks: Vector, weeks: float) -> Vector:
        ahead = weeks / (self.alpha + age_weeks)
        if abs(self.a - 1) < POLE or abs(self.a + self.b - 1) < POLE:
            below = _expected(self.r, self.a - 2 * POLE, self.b - POLE, repeats, ahead)
            above = _expected(self.r, self.a + 2 * POLE, self.b + POLE, repeats, ahead)
            return (below + above) / 2
        return _expected(self.r, self.a, self.b, repeats, ahead)


def _expected(r: float, a: float, b: float, repeats: Vector, ahead: Vector) -> Vector:
    """Equation 10's numerator after Euler's transformation of the series.

    As printed, a series that overflows for many repeats is multiplied by a power that underflows. Transformed, repeats
    stand in the denominator only: the more of them, the faster it converges.
    """
    below = a + b + repeats - 1
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        series = _hypergeometric(a + b - 1 - r, a - 1, below, ahead / (1 + ahead))
        expected = below / (a - 1) * (1 - (1 + ahead) ** (1 - a) * series)
    lost = ~np.isfinite(expected)
    if np.any(lost):
        expected[lost] = _averaged(r + repeats[lost], a, b + repeats[lost], ahead[lost])
    return expected


def _hypergeometric(p: float, q: float, c: Vector, z: Vector) -> Vector:
    """Gauss's series 2F1(p, q; c; z); not finite where it is lost."""
    series = np.asarray(hyp2f1(p, q, c, z), dtype=np.float64)
    # SciPy turns the series round for z above .9, and its gamma functions overflow where c is large. Just there the
    # series itself is short.
    lost = ~np.isfinite(series)
    if np.any(lost):
        series[lost] = _summed(p, q, c[lost], z[lost])
    return series


def _summed(p: float, q: float, c: Vector, z: Vector) -> Vector:
    term = np.ones_like(z)
    total = term.copy()
    for n in range(MOST_TERMS):
        term = term * ((p + n) * (q + n) * z / ((c + n) * (n + 1)))
        total += term
        if np.all(np.abs(term) <= NEGLIGIBLE_TERM * np.abs(total)):
            break
    return np.where(np.abs(term) <= NEGLIGIBLE_TERM * np.abs(total), total, np.nan)


def _averaged(shape: Vector, a: float, b: Vector, ahead: Vector) -> Vector:
    """The same for a large `a`, where the series is lost: the mean over a user's probability to leave, by quantiles."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    leaving = betaincinv(a, b[:, None], (nodes + 1) / 2)
    bought = -np.expm1(-shape[:, None] * np.log1p(leaving * ahead[:, None])) / leaving
    return np.asarray((bought * (weights / 2)).sum(axis=1))


def fit_rates(purchases: Purchases) -> PurchaseRates:
    """By maximum likelihood, always from the same start. Raises `TrainingRefused` where the data settle nothing."""
    purchases = purchases.of(purchases.bought)
    repeaters = int(np.count_nonzero(purchases.repeats))
    if repeaters < MIN_REPEATERS:
        raise TrainingRefused(
            f"Only {counted(repeaters, 'user')} bought on more than one day; "
            f"{MIN_REPEATERS} are needed to tell how often they do."
        )
    (repeats, recency_weeks, age_weeks), counts = distinct(
        purchases.repeats, purchases.recency_weeks, purchases.age_weeks
    )
    likelihood = _Likelihood(repeats, recency_weeks, age_weeks, counts)
    start = np.log([1.0, max(float(np.average(age_weeks, weights=counts)), 1.0), 1.0, 2.0])
    found = minimize(
        likelihood.loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-LOG_BOUND, LOG_BOUND)] * 4,
        options={"maxiter": 1_000, "ftol": 1e-13, "gtol": 1e-9},
    )
    if not np.isfinite(found.fun) or np.any(LOG_BOUND - np.abs(found.x[:2]) < AT_BOUND):
        raise TrainingRefused("How often users buy cannot be told from this data: the likelihood has no highest point.")
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    return PurchaseRates(r, alpha, a, b)


@dataclass(frozen=True, slots=True)
class _Likelihood:
    repeats: Vector
    recency_weeks: Vector
    age_weeks: Vector
    counts: Vector

    def loss(self, logs: Vector) -> tuple[float, Vector]:
        """Minus the mean log-likelihood and its gradient: of one size for every population."""
        total, gradient = self.at(logs)
        users = self.counts.sum()
        return -total / users, -gradient / users

    def at(self, logs: Vector) -> tuple[float, Vector]:
        """The log-likelihood and its gradient by the parameters' logarithms; all in logarithms, nothing overflows."""
        r, alpha, a, b = np.exp(logs)
        x = self.repeats
        again = x > 0
        last = np.where(again, b + x - 1, 1.0)
        stayed = -(r + x) * np.log(alpha + self.age_weeks)
        left = np.where(again, np.log(a) - np.log(last) - (r + x) * np.log(alpha + self.recency_weeks), -np.inf)
        either = np.logaddexp(stayed, left)
        buying = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        staying = gammaln(a + b) - gammaln(b) + gammaln(b + x) - gammaln(a + b + x)
        total = float(self.counts @ (buying + staying + either))
        has_left = np.exp(left - either)
        return total, self._gradient((r, alpha, a, b), has_left, last)

    def _gradient(self, parameters: tuple[float, float, float, float], has_left: Vector, last: Vector) -> Vector:
        r, alpha, a, b = parameters
        x = self.repeats
        until, since = alpha + self.age_weeks, alpha + self.recency_weeks
        by_r = digamma(r + x) - digamma(r) + np.log(alpha)
        by_r -= (1 - has_left) * np.log(until) + has_left * np.log(since)
        by_alpha = r / alpha - (r + x) * ((1 - has_left) / until + has_left / since)
        both = digamma(a + b) - digamma(a + b + x)
        by_a = both + has_left / a
        by_b = both + digamma(b + x) - digamma(b) - has_left / last
        gradient: Vector = np.array([self.counts @ by for by in (by_r, by_alpha, by_a, by_b)]) * np.array(parameters)
        return gradient
