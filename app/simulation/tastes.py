"""What do simulated users want, and how much does it matter to them? The generative model, in full.

Every user has one favourite among the items of a product, and nobody but the simulation knows it. The log-odds with
which user u converts when the product leads with item v are

    logit(BASE_RATE) + engagement(u) + appeal(v) + [v is u's favourite] * log(odds)

- engagement(u), normal with ENGAGEMENT_SPREAD: some convert easily, whatever they see;
- appeal(v), normal with APPEAL_SPREAD, drawn anew in each world: some items are better for everybody;
- odds: by how much the favourite raises the odds. That is the heterogeneity, the assumption that matters most.

Favourites have the shares FAVOURITES. Nothing here was fitted to any result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.simulation.heterogeneity import FAVOURITE_ODDS

if TYPE_CHECKING:
    import numpy.typing as npt

    from app.simulation.heterogeneity import Heterogeneity

    Numbers = npt.NDArray[np.float64]
    Indexes = npt.NDArray[np.int64]

ITEMS = ("overview", "boards", "reports", "people", "search")
FAVOURITES = (0.20, 0.30, 0.25, 0.15, 0.10)
"""The first item is the default: the favourite of one in five, neither the best guess nor the worst."""
DEFAULT = 0
BASE_RATE = 0.05
ENGAGEMENT_SPREAD = 0.5
APPEAL_SPREAD = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """`rates[u, v]`: how probably user u converts when shown item v. `luck[u]`: converts if that is above it.

    Luck is the same whatever is shown, so that what strategies bring differs by what they show alone.
    """

    rates: Numbers
    luck: Numbers

    def expected(self, shown: Indexes) -> Numbers:
        return np.asarray(self.rates[np.arange(len(shown)), shown], dtype=np.float64)

    def converted(self, shown: Indexes) -> npt.NDArray[np.bool_]:
        return self.luck < self.expected(shown)

    @property
    def best(self) -> int:
        """The item that is the best for everybody alike."""
        return int(self.rates.mean(axis=0).argmax())


def drawn_world(favourites: Indexes, heterogeneity: Heterogeneity, seed: int, number: int) -> World:
    """World `number` of a seed: in all strengths of heterogeneity the same users, appeals and luck."""
    random = np.random.default_rng((seed, number))
    appeal = random.normal(0.0, APPEAL_SPREAD, len(ITEMS))
    engagement = random.normal(0.0, ENGAGEMENT_SPREAD, len(favourites))
    favoured = favourites[:, None] == np.arange(len(ITEMS))
    gain = math.log(FAVOURITE_ODDS[heterogeneity])
    logits = math.log(BASE_RATE / (1 - BASE_RATE)) + engagement[:, None] + appeal + gain * favoured
    return World(1 / (1 + np.exp(-logits)), random.random(len(favourites)))
