"""Which features come into question for a user, and what speaks for each?

Training and serving both ask exactly here, so that a model never sees in use what it did not see in training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from prediction.recommendations.landscapes import NEWEST, RECENT, decayed, descending_places, horizons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from domain.model.profiles import FeatureHistory
    from prediction.matrices import Counts, Matrix, Vector
    from prediction.recommendations.landscapes import Landscape

MOST_OWNED = 300
"""Of a user's features, the most recently used speak; more would say little new and take time."""
EACH = 30
"""How many candidates each way of choosing them may put forward."""

_BY_PEOPLE = (0, 1, 3, 5)
"""Rows of `_personal` that put candidates forward."""
_BY_POPULARITY = (0, RECENT[0], RECENT[1], RECENT[2], NEWEST)
"""Popularities that do."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A user's features in a landscape (ascending), and the instants of first and last use."""

    features: Counts
    first_us: Counts
    last_us: Counts

    @property
    def is_empty(self) -> bool:
        return not len(self.features)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Features of a landscape (ascending), and per feature a row of what speaks for it."""

    features: Counts
    values: Matrix


def owned_in(landscape: Landscape, features: Mapping[str, FeatureHistory]) -> Owned:
    places = landscape.places
    known = sorted((places[name], use.first_us, use.last_us) for name, use in features.items() if name in places)
    table = np.array(known, np.int64).reshape(-1, 3)
    return owned_of(table[:, 0], table[:, 1], table[:, 2])


def owned_of(features: Counts, first_us: Counts, last_us: Counts) -> Owned:
    """Of features in ascending order."""
    if len(features) > MOST_OWNED:
        latest = np.sort(np.argsort(-last_us, kind="stable")[:MOST_OWNED])
        return Owned(features[latest], first_us[latest], last_us[latest])
    return Owned(features, first_us, last_us)


def candidates_for(landscape: Landscape, owned: Owned, at_us: int, open_to: NDArray[np.bool_]) -> Candidates:
    """Of the features that are open to the user, those that come into question; `owned` is not empty."""
    since = horizons(at_us - owned.last_us, landscape.horizon_us)
    personal = _personal(landscape, owned, decayed(since))
    chosen = _chosen(landscape, personal, open_to)
    own = personal[:, chosen]
    tenure = float(horizons(np.asarray(at_us - owned.first_us), landscape.horizon_us).max())
    user = np.array([len(owned.features), since.min(), tenure])
    values = np.hstack(
        (own.T, descending_places(own).T, landscape.standing[chosen], np.tile(user, (len(chosen), 1))),
        dtype=np.float32,
        casting="same_kind",
    )
    return Candidates(chosen, values)


def _personal(landscape: Landscape, owned: Owned, lately: Vector) -> Vector:
    """What a user's features say, [way, feature]; `lately`: how loudly each speaks where recent ones speak louder."""
    together, features = landscape.together, owned.features
    evenly = np.ones(len(features))
    return np.stack(
        (
            *together.light.scores(features, evenly, lately),
            *together.strong.scores(features, evenly),
            *together.lately.scores(features, evenly, lately),
            *together.cosine.scores(features, evenly, lately),
            *together.conditional.scores(features, evenly / len(features)),
            together.conditional.loudest(features),
        )
    )


def _chosen(landscape: Landscape, personal: Vector, open_to: NDArray[np.bool_]) -> Counts:
    available = np.flatnonzero(open_to)
    if len(available) <= EACH:
        return available
    ways: NDArray[np.float64] = np.vstack(
        (personal[_BY_PEOPLE, :], landscape.popularity[_BY_POPULARITY, :].astype(np.float64))
    )[:, available]
    foremost = np.argpartition(-ways, EACH - 1, axis=1)[:, :EACH]
    return available[np.unique(foremost)]
