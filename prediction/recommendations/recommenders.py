"""What is recommended to one user, and why?"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from domain.model.insights import RecommendedFeature
from domain.rules.instants import microseconds
from prediction.boosting import booster_from_bytes, booster_to_bytes
from prediction.recommendations.candidates import crowd_in
from prediction.recommendations.landscapes import POPULARITIES, RECENT_HALF_LIVES, Landscape, Together
from prediction.recommendations.neighbours import Neighbours
from prediction.recommendations.rankings import Learnt, Voice, by_recent_popularity, by_segment, by_voices_for_all
from prediction.recommendations.reasons import because_of_features, because_of_segment, because_popular

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from domain.model.profiles import FeatureHistory
    from prediction.recommendations.rankings import Ranking

CELLS_AT_ONCE = 50_000
"""How many users times features are weighed at once: it bounds memory, and fits a processor's cache."""

_WAYS = ("light", "strong", "lately", "cosine", "conditional")


@dataclass(frozen=True, slots=True)
class RecommendationModel:
    """Recommends features that a user never used: what was used once is not news, adopted or not.

    Where nothing is `learnt`, recent popularity (`half_life`: which of the half-lives) answers. Features that nobody
    had used when the model was trained are never recommended.
    """

    landscape: Landscape
    half_life: int
    learnt: Learnt | None = None
    _popularly: tuple[str, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_popularly", because_popular(self.landscape, self.half_life))

    def recommend(
        self,
        features: Mapping[str, FeatureHistory],
        segment: str | None,
        at: datetime,
        first: int,
        allowed: Collection[str] | None = None,
    ) -> tuple[RecommendedFeature, ...]:
        """The best `first` features, best first; only of `allowed` ones, unless there are none (no catalogue).

        `features`: what the user has, as their history says. `segment`: their dominant one, which answers for users
        of whom no feature is known.
        """
        return self.recommend_to_all([features], lambda _: segment, at, first, allowed)[0]

    def recommend_to_all(
        self,
        several: Sequence[Mapping[str, FeatureHistory]],
        segment_of: Callable[[int], str | None],
        at: datetime,
        first: int,
        allowed: Collection[str] | None = None,
    ) -> list[tuple[RecommendedFeature, ...]]:
        """The same for each user as when it is asked for alone.

        `segment_of` is given the number of a user, and asked only about users of whom no feature is known.
        """
        allowed_ones = self._allowed(allowed)
        known_names = self.landscape.places.keys()
        at_once = max(1, CELLS_AT_ONCE // max(1, len(self.landscape)))
        said: list[tuple[RecommendedFeature, ...]] = []
        for start in range(0, len(several), at_once):
            block = several[start : start + at_once]
            owning = [user for user, features in enumerate(block) if not known_names.isdisjoint(features)]
            to_owners = self._to_owners([block[user] for user in owning], microseconds(at), first, allowed_ones)
            known = dict(zip(owning, to_owners, strict=True))
            said += [
                known[user] if user in known else self._to_a_stranger(segment_of(start + user), allowed_ones, first)
                for user in range(len(block))
            ]
        return said

    def _allowed(self, allowed: Collection[str] | None) -> NDArray[np.bool_]:
        names, places = self.landscape.names, self.landscape.places
        if not allowed:
            return np.ones(len(names), np.bool_)
        open_to = np.zeros(len(names), np.bool_)
        open_to[[places[name] for name in allowed if name in places]] = True
        return open_to

    def _to_owners(
        self, several: Sequence[Mapping[str, FeatureHistory]], at_us: int, first: int, allowed: NDArray[np.bool_]
    ) -> list[tuple[RecommendedFeature, ...]]:
        open_to = self._open_to(several, allowed)
        if self.learnt is None or not several:
            return [self._popular(row, first) for row in open_to]
        crowd = crowd_in(self.landscape, several)
        rankings = by_voices_for_all(self.landscape, self.learnt, self.half_life, crowd, at_us, open_to)
        best = [ranking.first(first) for ranking in rankings]
        users = np.repeat(np.arange(crowd.size), [len(each.features) for each in best])
        features = np.concatenate([each.features for each in best])
        popularly = self._popularly
        because = [
            reason or popularly[feature]
            for reason, feature in zip(
                because_of_features(self.landscape, crowd, users, features), features.tolist(), strict=True
            )
        ]
        ends = np.cumsum([len(each.features) for each in best]).tolist()
        return [
            self._said(each, because[start:end]) for each, (start, end) in zip(best, pairwise([0, *ends]), strict=True)
        ]

    def _open_to(
        self, several: Sequence[Mapping[str, FeatureHistory]], allowed: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """[user, feature]: the allowed features that a user has not, adopted or not."""
        places = self.landscape.places
        open_to = np.tile(allowed, (len(several), 1))
        for row, features in zip(open_to, several, strict=True):
            row[[places[name] for name in features if name in places]] = False
        return open_to

    def _to_a_stranger(
        self, segment: str | None, open_to: NDArray[np.bool_], first: int
    ) -> tuple[RecommendedFeature, ...]:
        if segment is None or segment not in self.landscape.segments:
            return self._popular(open_to, first)
        best = by_segment(self.landscape, segment, open_to).first(first)
        return self._said(best, [because_of_segment(segment)] * len(best.features))

    def _popular(self, open_to: NDArray[np.bool_], first: int) -> tuple[RecommendedFeature, ...]:
        best = by_recent_popularity(self.landscape, self.half_life, open_to).first(first)
        return self._said(best, [self._popularly[feature] for feature in best.features.tolist()])

    def _said(self, ranking: Ranking, reasons: list[str]) -> tuple[RecommendedFeature, ...]:
        names = self.landscape.names
        features = [names[feature] for feature in ranking.features.tolist()]
        return tuple(map(RecommendedFeature, features, ranking.scores.tolist(), reasons))

    def parts(self) -> dict[str, bytes]:
        """By file name; equal models give equal bytes."""
        landscape = self.landscape
        facts = {
            "names": landscape.names,
            "as_of_us": landscape.as_of_us,
            "horizon_days": landscape.horizon_days,
            "half_life": self.half_life,
            "voices": [] if self.learnt is None else self.learnt.voices,
            "segments": sorted(landscape.segments),
        }
        parts = {"landscape.json": json.dumps(facts, sort_keys=True).encode()}
        for way in _WAYS:
            neighbours: Neighbours = getattr(landscape.together, way)
            parts[f"{way}_columns.npy"] = _written(neighbours.columns.astype(np.uint16))
            parts[f"{way}_weights.npy"] = _written(neighbours.weights)
        parts["popularity.npy"] = _written(landscape.popularity)
        parts["age.npy"] = _written(landscape.age)
        for number, segment in enumerate(sorted(landscape.segments)):
            parts[f"segment_{number}.npy"] = _written(landscape.segments[segment])
        if self.learnt is not None:
            parts["ranking.ubj"] = booster_to_bytes(self.learnt.booster)
        return parts

    @classmethod
    def of_parts(cls, parts: Mapping[str, bytes]) -> RecommendationModel:
        """The inverse of `parts`. Raises `ValueError` where one is missing, broken or contradicts another."""
        try:
            return cls._read(parts)
        except (KeyError, TypeError, IndexError, EOFError) as fault:
            raise ValueError("the parts of this recommendation model do not fit together") from fault

    @classmethod
    def _read(cls, parts: Mapping[str, bytes]) -> RecommendationModel:
        facts = json.loads(parts["landscape.json"])
        size = len(facts["names"])
        landscape = Landscape(
            names=tuple(facts["names"]),
            as_of_us=facts["as_of_us"],
            horizon_days=facts["horizon_days"],
            popularity=_read(parts["popularity.npy"], (POPULARITIES, size)),
            age=_read(parts["age.npy"], (size,)),
            together=Together(*(_neighbours(parts, way, size) for way in _WAYS)),
            segments={
                segment: _read(parts[f"segment_{number}.npy"], (size,))
                for number, segment in enumerate(facts["segments"])
            },
        )
        if facts["half_life"] not in range(len(RECENT_HALF_LIVES)):
            raise ValueError("there is no such half-life")
        return cls(landscape, facts["half_life"], _learnt(parts.get("ranking.ubj"), facts["voices"]))


def _neighbours(parts: Mapping[str, bytes], way: str, size: int) -> Neighbours:
    columns = _read(parts[f"{way}_columns.npy"], (size, None))
    if columns.size and (columns.min() < 0 or columns.max() >= size):
        raise ValueError(f"the neighbours ({way}) are not among the features")
    if (np.diff(columns.astype(np.intp), axis=1) <= 0).any():
        raise ValueError(f"the neighbours ({way}) are not in order")
    return Neighbours(columns.astype(np.intp), _read(parts[f"{way}_weights.npy"], columns.shape))


def _learnt(raw: bytes | None, voices: list[str]) -> Learnt | None:
    if raw is None or not voices:
        return None
    return Learnt(booster_from_bytes(raw), tuple(Voice(voice) for voice in voices))


def _written(array: NDArray[Any]) -> bytes:
    file = BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _read(raw: bytes, shape: tuple[int | None, ...]) -> NDArray[Any]:
    array: NDArray[Any] = np.load(BytesIO(raw), allow_pickle=False)
    sizes = zip(array.shape, shape, strict=False)
    if array.ndim != len(shape) or any(wanted not in {None, found} for found, wanted in sizes):
        raise ValueError(f"an array has the shape {array.shape}, not {shape}")
    if not np.isfinite(array).all():
        raise ValueError("an array holds numbers that are none")
    return array
