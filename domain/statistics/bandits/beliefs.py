"""What may the true mean of a variation be, after what was seen of it? A distribution to be asked for shares below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy import special

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]


class Belief(Protocol):
    """A continuous distribution of a mean."""

    def below(self, values: Numbers) -> Numbers:
        """How probable is it that the mean lies at or below each value?"""
        ...

    def landmarks(self, shares: Numbers) -> Numbers:
        """About below which value does each share, strictly between 0 and 1, of the distribution lie?

        They only say where to look closely: a grid of them is fine where the distribution is dense.
        """
        ...


@dataclass(frozen=True, slots=True)
class RateBelief:
    """A Beta distribution: of a rate, after `hits` and `misses` on top of a uniform prior."""

    hits: float
    misses: float

    def below(self, values: Numbers) -> Numbers:
        inside = np.clip(values, 0.0, 1.0)
        return np.asarray(special.betainc(1 + self.hits, 1 + self.misses, inside), dtype=np.float64)

    def landmarks(self, shares: Numbers) -> Numbers:
        """Of a normal distribution with the log-odds' mean and variance; exact ones take thirty times as long."""
        hits, misses = 1 + self.hits, 1 + self.misses
        mean = special.digamma(hits) - special.digamma(misses)
        deviation = np.sqrt(special.polygamma(1, hits) + special.polygamma(1, misses))
        return np.asarray(special.expit(mean + deviation * special.ndtri(shares)), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class MeanBelief:
    """A Student distribution: of the mean of values whose spread is not known either.

    K. Murphy, "Conjugate Bayesian analysis of the Gaussian distribution" (2007), section 4: `freedom` is nu,
    `scale` the square root of sigma^2 / kappa.
    """

    centre: float
    scale: float
    freedom: float

    def below(self, values: Numbers) -> Numbers:
        if self.scale == 0.0:
            return np.where(values >= self.centre, 1.0, 0.0)
        return np.asarray(special.stdtr(self.freedom, (values - self.centre) / self.scale), dtype=np.float64)

    def landmarks(self, shares: Numbers) -> Numbers:
        return np.asarray(self.centre + self.scale * special.stdtrit(self.freedom, shares), dtype=np.float64)
