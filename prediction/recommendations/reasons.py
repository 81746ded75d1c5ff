"""Why is a feature recommended, in a sentence for people to read?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from prediction.recommendations.landscapes import RECENT_HALF_LIVES
from prediction.recommendations.segments import people_of

if TYPE_CHECKING:
    from prediction.matrices import Counts, Vector
    from prediction.recommendations.candidates import Owned
    from prediction.recommendations.landscapes import Landscape

NAMED = 2
"""So many of the user's features are named at most."""
SPEAKS_FROM = 0.005
"""A weight below this is no reason: in a linear model of 0 and 1 it moves nobody."""
SECOND_FROM = 0.25
"""A second feature is named if it says at least this share of what the first does."""

MONTH_DAYS = 31


def because_of_features(landscape: Landscape, owned: Owned, features: Counts) -> list[str | None]:
    """For each recommended feature names those of the user's that say most for it; `None` if none says anything.

    Asked are the weights of EASE, which know what other features explain; then, where they are silent, likeness.
    """
    together = landscape.together
    explained = together.light.towards(features, owned.features)
    alike = together.cosine.towards(features, owned.features)
    return [
        _because(landscape, owned, feature, by_ease) or _because(landscape, owned, feature, by_likeness)
        for feature, by_ease, by_likeness in zip(features.tolist(), explained, alike, strict=True)
    ]


def _because(landscape: Landscape, owned: Owned, feature: int, said: Vector) -> str | None:
    loudest = np.argsort(-said, kind="stable")[:NAMED]
    named = [at for at in loudest if said[at] >= max(SPEAKS_FROM, SECOND_FROM * said[loudest[0]])]
    if not named:
        return None
    names = [landscape.names[owned.features[at]] for at in named]
    return f"People who use {' and '.join(names)} also use {landscape.names[feature]}"


def because_popular(horizon_days: int, way: int) -> str:
    """Of what is popular by one of the half-lives (their number)."""
    remembered_days = horizon_days * RECENT_HALF_LIVES[way]
    return "Popular this month" if remembered_days <= MONTH_DAYS else "Popular lately"


def because_of_segment(segment: str) -> str:
    return f"Popular with {people_of(segment)}"
