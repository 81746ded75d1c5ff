"""What is known of all features at an instant: how popular each is, lately and at all, and which go together?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from domain.rules.instants import DAY_US
from prediction.recommendations.neighbours import (
    NEIGHBOURS,
    Neighbours,
    conditional,
    cosine,
    ease,
    nearest,
    users_of_both,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from prediction.matrices import Counts, Matrix, Vector
    from prediction.recommendations.uses import Holdings

MOST_FEATURES = 2_000
"""The features with most users; a square of them is inverted, and the others have too few users to be judged."""

RECENT_HALF_LIVES = (1 / 6, 1 / 3, 1.0, 3.0)
"""In horizons: how long it takes until a user who does not come back to a feature counts half for it."""
NEW_HALF_LIVES = (1 / 3, 1.0)
"""In horizons: how long it takes until a user who took a feature up counts half for it."""

LIGHT_RIDGE = 50.0
STRONG_RIDGE = 500.0
LATELY_RIDGE = 25.0
SHRINKAGE = 10.0
"""Users: as many imaginary ones do not use what a feature's users do."""

COSINE_NEIGHBOURS = 30
"""Likeness is never negative, so the many features that are hardly like one would drown the few that are."""

OLDEST_HORIZONS = 10.0
LAST_PLACE = 200


@dataclass(frozen=True, slots=True)
class Together:
    """Which features go together: by EASE with a light and a strong ridge and for latest uses, and by counting."""

    light: Neighbours
    strong: Neighbours
    lately: Neighbours
    cosine: Neighbours
    conditional: Neighbours


@dataclass(frozen=True, slots=True)
class Landscape:
    """Features in order of their names, with what all users together say of them as of an instant.

    `popularity[way, feature]`: users at all, by half-lives since they used it last, and since they took it up.
    `age`: horizons since anybody took it up. `segments`: the share of each segment's users who have a feature.
    """

    names: tuple[str, ...]
    as_of_us: int
    horizon_days: int
    popularity: Matrix
    age: Vector
    together: Together
    segments: Mapping[str, Matrix] = field(default_factory=dict)
    places: dict[str, int] = field(init=False)
    standing: Matrix = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", {name: at for at, name in enumerate(self.names)})
        object.__setattr__(self, "standing", _standing(self.popularity.astype(np.float64), self.age))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def horizon_us(self) -> int:
        return self.horizon_days * DAY_US


POPULARITIES = 1 + len(RECENT_HALF_LIVES) + len(NEW_HALF_LIVES)
EVER = 0
RECENT = range(1, 1 + len(RECENT_HALF_LIVES))
NEWEST = 1 + len(RECENT_HALF_LIVES)


def _standing(popularity: Vector, age: Vector) -> Matrix:
    """What is the same for every user, a row a feature: popularities, their places, age, trend, share of novices."""
    highest = np.maximum(popularity.max(axis=1, keepdims=True), 1e-9)
    places = np.minimum(descending_places(popularity), LAST_PLACE)
    month, long = popularity[RECENT[1]], popularity[RECENT[-1]]
    trend = month / np.maximum(long, 1e-9)
    novices = popularity[NEWEST] / np.maximum(month, 1e-9)
    return np.vstack((popularity / highest, places, age, trend, novices)).T.astype(np.float32)


def descending_places(scores: Vector) -> Vector:
    """Along each row the place of each column, 0 for the highest; equals in order of columns."""
    order = np.argsort(-scores, axis=1, kind="stable")
    places = np.empty(scores.shape)
    np.put_along_axis(places, order, np.arange(scores.shape[1], dtype=np.float64)[np.newaxis, :], 1)
    return places


def landscape_at(
    holdings: Holdings, names: Sequence[str], as_of_us: int, horizon_days: int, most: int = MOST_FEATURES
) -> Landscape:
    """Of the features with most users; `holdings` is what was known at the instant."""
    kept = _most_used(holdings.features, len(names), most)
    column = np.full(len(names), -1, np.int64)
    column[kept] = np.arange(len(kept))
    known = holdings.of(np.flatnonzero(column[holdings.features] >= 0))
    features = column[known.features]
    horizon_us = horizon_days * DAY_US
    since_last = horizons(as_of_us - known.last_us, horizon_us)
    since_first = horizons(as_of_us - known.first_us, horizon_us)
    return Landscape(
        names=tuple(names[number] for number in kept),
        as_of_us=as_of_us,
        horizon_days=horizon_days,
        popularity=_popularity(features, since_last, since_first, len(kept)),
        age=_age(features, since_first, len(kept)),
        together=_together(known.users, features, decayed(since_last), len(kept)),
    )


def horizons(elapsed_us: Counts, horizon_us: int) -> Vector:
    """Time elapsed; none where a clock runs ahead."""
    return np.maximum(elapsed_us, 0) / horizon_us


def decayed(since: Vector, half_life: float = 1.0) -> Vector:
    """1 now, half after each half-life; both in horizons."""
    weights: Vector = np.exp2(-since / half_life)
    return weights


def _most_used(features: Counts, width: int, most: int) -> NDArray[np.int64]:
    users = np.bincount(features, minlength=width)
    ranked = np.argsort(-users, kind="stable")[:most]
    return np.sort(ranked[users[ranked] > 0])


def _popularity(features: Counts, since_last: Vector, since_first: Vector, width: int) -> Matrix:
    weights = [
        np.ones(len(features)),
        *(decayed(since_last, half_life) for half_life in RECENT_HALF_LIVES),
        *(decayed(since_first, half_life) for half_life in NEW_HALF_LIVES),
    ]
    return np.stack([np.bincount(features, weight, width) for weight in weights]).astype(np.float32)


def _age(features: Counts, since_first: Vector, width: int) -> Vector:
    oldest = np.zeros(width)
    np.maximum.at(oldest, features, since_first)
    return np.minimum(oldest, OLDEST_HORIZONS)


def _together(users: Counts, features: Counts, lately: Vector, width: int, most: int = NEIGHBOURS) -> Together:
    both = users_of_both(users, features, np.ones(len(users)), width)
    both_lately = users_of_both(users, features, lately, width)
    return Together(
        light=nearest(ease(both, LIGHT_RIDGE), most),
        strong=nearest(ease(both, STRONG_RIDGE), most),
        lately=nearest(ease(both_lately, LATELY_RIDGE), most),
        cosine=nearest(cosine(both, SHRINKAGE), COSINE_NEIGHBOURS),
        conditional=nearest(conditional(both, SHRINKAGE), most),
    )
