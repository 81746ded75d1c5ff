"""In which order are features recommended to a user?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from prediction.recommendations.candidates import candidates_of_all, crowd_of
from prediction.recommendations.landscapes import RECENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xgboost
    from numpy.typing import NDArray

    from prediction.matrices import Counts, Vector
    from prediction.recommendations.candidates import Crowd, Owned
    from prediction.recommendations.landscapes import Landscape
    from prediction.recommendations.neighbours import Neighbours


FUSED_FROM = 60.0
"""Places are counted from here when rankings are fused: a first place is worth little more than a second."""


class Voice(StrEnum):
    """What has a say in the order of features."""

    LEARNT = "learnt"
    RECENT = "recent"
    LINEAR = "linear"


BLENDS: tuple[tuple[Voice, ...], ...] = (
    (Voice.LEARNT,),
    (Voice.LEARNT, Voice.RECENT),
    (Voice.LEARNT, Voice.RECENT, Voice.LINEAR),
    (Voice.RECENT, Voice.LINEAR),
    (Voice.LINEAR,),
)
"""What is learnt from thousands of takers speaks best alone; what is learnt from hundreds needs company."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """An order of candidates that was learnt, and the voices that have an equal say in the final order."""

    booster: xgboost.Booster
    voices: tuple[Voice, ...] = BLENDS[0]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Features of a landscape, best first, each with a score in [0, 1] that falls or stays."""

    features: Counts
    scores: Vector

    def first(self, most: int) -> Ranking:
        return Ranking(self.features[:most], self.scores[:most])


def by_popularity(landscape: Landscape, way: int, open_to: NDArray[np.bool_]) -> Ranking:
    """By one of the landscape's popularities (a row), as a share of the highest."""
    popularity = landscape.popularity[way].astype(np.float64)
    return _ordered(np.flatnonzero(open_to), popularity / max(popularity.max(), 1e-9))


def by_recent_popularity(landscape: Landscape, half_life: int, open_to: NDArray[np.bool_]) -> Ranking:
    """What other users used lately, by one of the half-lives (its number)."""
    return by_popularity(landscape, RECENT[half_life], open_to)


def by_segment(landscape: Landscape, segment: str, open_to: NDArray[np.bool_]) -> Ranking:
    """By the share of a segment's users who have a feature; the segment is one of the landscape's."""
    return _ordered(np.flatnonzero(open_to), landscape.segments[segment].astype(np.float64))


def by_neighbours(neighbours: Neighbours, owned: Owned, open_to: NDArray[np.bool_]) -> Ranking:
    """By what the user's features say, and nothing else; scores are shares of the highest."""
    scores = np.maximum(neighbours.scores(owned.features, np.ones(len(owned.features)))[0], 0)
    return _ordered(np.flatnonzero(open_to), scores / max(scores.max(), 1e-9))


def by_people(
    landscape: Landscape, booster: xgboost.Booster, crowd: Crowd, at_us: int, open_to: NDArray[np.bool_]
) -> list[Ranking]:
    """For each user what people with their features have, weighed against what is popular; everybody owns something.

    `open_to`: [user, feature].
    """
    candidates = candidates_of_all(landscape, crowd, at_us, open_to)
    if not len(candidates.features):
        return [Ranking(candidates.features, np.zeros(0))] * crowd.size
    margins = np.asarray(booster.inplace_predict(candidates.values, predict_type="margin"), np.float64)
    order = _best_first(margins, candidates.users, crowd.size)
    features, scores = candidates.features[order], probability(margins[order])
    starts = np.searchsorted(candidates.users, np.arange(crowd.size + 1)).tolist()
    return [Ranking(features[start:end], scores[start:end]) for start, end in pairwise(starts)]


def _best_first(margins: Vector, users: Counts, size: int) -> Counts:
    """The places of each of the ascending users' margins, highest first; of equals the first is first."""
    lengths = np.bincount(users, minlength=size)
    starts = np.cumsum(lengths) - lengths
    is_one = np.arange(int(lengths.max(initial=0))) < lengths[:, np.newaxis]
    padded = np.full(is_one.shape, np.inf)
    padded[is_one] = -margins
    within = np.argsort(padded, axis=1, kind="stable")
    return np.asarray((within + starts[:, np.newaxis])[is_one], np.int64)


def by_voices(
    landscape: Landscape,
    learnt: Learnt,
    half_life: int,
    owned: Owned,
    at_us: int,
    open_to: NDArray[np.bool_],
) -> Ranking:
    """By all voices of a blend; `owned` is not empty."""
    return by_voices_for_all(landscape, learnt, half_life, crowd_of(owned), at_us, open_to[np.newaxis, :])[0]


def by_voices_for_all(
    landscape: Landscape,
    learnt: Learnt,
    half_life: int,
    crowd: Crowd,
    at_us: int,
    open_to: NDArray[np.bool_],
) -> list[Ranking]:
    """The same bits for each user of a crowd as for them alone; everybody in it owns something."""
    spoken: dict[Voice, Callable[[], list[Ranking]]] = {
        Voice.LEARNT: lambda: by_people(landscape, learnt.booster, crowd, at_us, open_to),
        Voice.RECENT: lambda: [by_recent_popularity(landscape, half_life, row) for row in open_to],
        Voice.LINEAR: lambda: [
            by_neighbours(landscape.together.strong, owned, row)
            for owned, row in zip(crowd.each(), open_to, strict=True)
        ],
    }
    rankings = [spoken[voice]() for voice in learnt.voices]
    if len(rankings) == 1:
        return rankings[0]
    return [fused(each, row) for each, row in zip(zip(*rankings, strict=True), open_to, strict=True)]


def fused(rankings: Sequence[Ranking], open_to: NDArray[np.bool_]) -> Ranking:
    """By the mean of 1 / (1 + place / 60): reciprocal rank fusion, scaled so that first everywhere is 1.

    Unranked is behind all places. Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and
    individual rank learning methods", SIGIR 2009.
    """
    width = len(open_to)
    total = np.zeros(width)
    for ranking in rankings:
        place = np.full(width, float(width))
        place[ranking.features] = np.arange(len(ranking.features))
        total += 1 / (1 + place / FUSED_FROM)
    return _ordered(np.flatnonzero(open_to), total / len(rankings))


def probability(margin: NDArray[np.floating[Any]]) -> Vector:
    logistic: Vector = 1 / (1 + np.exp(-np.clip(margin, -500, 500)))
    return logistic


def _ordered(available: Counts, scores: Vector) -> Ranking:
    order = available[np.argsort(-scores[available], kind="stable")]
    return Ranking(order, scores[order])
