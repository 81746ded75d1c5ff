"""How is an order of candidates learnt from what users took up, and how good is it?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from domain.model.insights import ModelQuality
from prediction.boosting import Examples, Recipe
from prediction.evaluation.metrics import discounted_gain
from prediction.evaluation.resampling import Interval, interval
from prediction.recommendations.candidates import candidates_for
from prediction.recommendations.landscapes import RECENT_HALF_LIVES
from prediction.recommendations.rankings import (
    BLENDS,
    Learnt,
    by_neighbours,
    by_popularity,
    by_recent_popularity,
    by_voices,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from prediction.boosting import Boosting
    from prediction.matrices import Counts, Vector
    from prediction.recommendations.landscapes import Landscape
    from prediction.recommendations.rankings import Ranking, Voice
    from prediction.recommendations.takers import Scene, Taker

    Order: TypeAlias = Callable[[Landscape, Taker], Ranking]
    """How features are ordered for a taker."""

PLACES = 10
LEAST_SHARE = 0.25
"""Of all takers, on the smaller side, for a trial of what the larger part would teach."""
FEWEST_GROUPS = 50
"""Takers with a candidate that they took up; fewer do not teach an order."""

RECIPE = Recipe(
    rounds=300,
    parameters={
        "objective": "rank:ndcg",
        "lambdarank_pair_method": "topk",
        "lambdarank_num_pair_per_sample": PLACES,
        "ndcg_exp_gain": False,
        "max_depth": 3,
        "eta": 0.05,
        "min_child_weight": 5,
        "subsample": 0.7,
        "colsample_bytree": 0.5,
        "reg_lambda": 5,
    },
)


def examples_of(scenes: Iterable[Scene]) -> Examples | None:
    """A group of candidates per taker who took one of them up; `None` if they are too few to learn from."""
    values, labels, groups = [], [], []
    for scene in scenes:
        for taker in scene.takers:
            candidates = candidates_for(scene.landscape, taker.owned, scene.landscape.as_of_us, taker.open_to)
            taken = np.isin(candidates.features, taker.taken)
            if taken.any():
                values.append(candidates.values)
                labels.append(taken.astype(np.float64))
                groups.append(len(taken))
    if len(groups) < FEWEST_GROUPS:
        return None
    return Examples(np.concatenate(values), np.concatenate(labels), groups=np.array(groups, np.int64))


@dataclass(frozen=True, slots=True)
class Gains:
    """nDCG@10 and recall@10, a row a taker and cut-off."""

    gain: Vector
    recall: Vector


def gains(scenes: Iterable[Scene], rank: Order) -> Gains:
    """Of an order; what a taker took up outside of the landscape counts as missed."""
    hits, relevant = [], []
    for scene in scenes:
        for taker in scene.takers:
            found = np.isin(rank(scene.landscape, taker).features[:PLACES], taker.taken)
            hits.append(np.pad(found, (0, PLACES - len(found))))
            relevant.append(taker.relevant)
    if not hits:
        return Gains(np.zeros(0), np.zeros(0))
    table, wanted = np.stack(hits), np.array(relevant, np.int64)
    return Gains(discounted_gain(table, wanted), table.sum(axis=1) / wanted)


def strongest_half_life(scenes: Sequence[Scene]) -> int:
    """The half-life by which recent popularity is the strongest baseline; the first among equals."""
    means = [_mean(gains(scenes, _recent(way)).gain) for way in range(len(RECENT_HALF_LIVES))]
    return int(np.argmax(means))


def learn(lessons: Lessons, half_life: int, boosting: Boosting) -> tuple[Learnt, int] | None:
    """The order that all lessons teach, and on how many rows; `None` if they are too few.

    Which voices have a say is decided on later lessons by an order that was learnt from earlier ones only.
    """
    everything = examples_of(lessons.all)
    if everything is None:
        return None
    booster = boosting.boost(RECIPE, everything)
    return Learnt(booster, _best_blend(lessons, half_life, boosting)), len(everything.labels)


def _best_blend(lessons: Lessons, half_life: int, boosting: Boosting) -> tuple[Voice, ...]:
    """With too few lessons to decide: the learnt order and recent popularity together, which is the safest."""
    examples = examples_of(lessons.earlier)
    if examples is None or _takers(lessons.later) < FEWEST_GROUPS:
        return BLENDS[1]
    booster = boosting.boost(RECIPE, examples)
    means = [_mean(gains(lessons.later, order_of(Learnt(booster, blend), half_life)).gain) for blend in BLENDS]
    return BLENDS[int(np.argmax(means))]


@dataclass(frozen=True, slots=True)
class Lessons:
    """Scenes to learn from, and two parts of them: what one teaches is tried on the other."""

    all: Sequence[Scene]
    earlier: Sequence[Scene]
    later: Sequence[Scene]


def lessons_in_time(scenes: Sequence[Scene]) -> Lessons:
    """Of scenes in order of time.

    No horizon of an earlier one reaches past the cut-off of a later one, if the parts are large enough so: what is
    learnt from a tenth of the lessons tells little of what all will teach. Otherwise horizons overlap, but the last
    cut-off is tried on half of the users, and what is tried there was learnt from the other half.
    """
    apart = max((_apart_at(scenes, first) for first in range(len(scenes))), key=_smaller_side, default=None)
    if apart is not None and _smaller_side(apart) >= LEAST_SHARE * _takers(scenes):
        return apart
    return Lessons(scenes, [_half(scene, 1) for scene in scenes[:-1]], [_half(scene, 0) for scene in scenes[-1:]])


def _apart_at(scenes: Sequence[Scene], first: int) -> Lessons:
    at_us = scenes[first].landscape.as_of_us
    earlier = [scene for scene in scenes if scene.landscape.as_of_us + scene.landscape.horizon_us <= at_us]
    return Lessons(scenes, earlier, scenes[first:])


def _half(scene: Scene, which: int) -> Scene:
    return replace(scene, takers=tuple(taker for taker in scene.takers if taker.user % 2 == which))


def _smaller_side(lessons: Lessons) -> int:
    return min(_takers(lessons.earlier), _takers(lessons.later))


def _takers(scenes: Sequence[Scene]) -> int:
    return sum(len(scene.takers) for scene in scenes)


@dataclass(frozen=True, slots=True)
class Measured:
    """The learnt order and the baseline, which is recent popularity, each beside what each part would do alone.

    `difference`: of the learnt order's nDCG@10 and the baseline's, resampling users; `None` for too few.
    """

    learnt: tuple[ModelQuality, ...]
    baseline: tuple[ModelQuality, ...]
    difference: Interval | None

    @property
    def beats_baseline(self) -> bool:
        return self.difference is not None and self.difference.is_above_zero

    @property
    def quality(self) -> tuple[ModelQuality, ...]:
        """Of what serves. Where that is the baseline, what the learnt order would be worth is said as well."""
        if self.beats_baseline:
            return self.learnt
        not_serving = (replace(one, metric=f"{one.metric} of the learnt order") for one in self.learnt[:2])
        return (*self.baseline, *not_serving)


def measured(scenes: Sequence[Scene], order: Learnt, half_life: int, seed: int) -> Measured:
    """On scenes with at least one taker."""
    ahead = gains(scenes, order_of(order, half_life)).gain - gains(scenes, _recent(half_life)).gain
    return Measured(
        quality_of(scenes, order_of(order, half_life), half_life, seed),
        quality_of(scenes, _recent(half_life), half_life, seed),
        interval(lambda rows: float(ahead[rows].mean()), _users(scenes), seed=seed),
    )


def quality_of(scenes: Sequence[Scene], order: Order, half_life: int, seed: int) -> tuple[ModelQuality, ...]:
    """Of any order, beside recent popularity by this half-life, and beside what each part would do alone."""
    users, served, baseline = _users(scenes), gains(scenes, order), gains(scenes, _recent(half_life))
    return (
        _quality("nDCG@10", served.gain, baseline.gain, users, seed),
        _quality("recall@10", served.recall, baseline.recall, users, seed),
        *(
            _quality(f"nDCG@10 beside {name}", served.gain, gains(scenes, rank).gain, users, seed)
            for name, rank in _ALONE
        ),
    )


def _users(scenes: Sequence[Scene]) -> Counts:
    return np.array([taker.user for scene in scenes for taker in scene.takers], np.int64)


def _quality(metric: str, values: Vector, baseline: Vector, users: Counts, seed: int) -> ModelQuality:
    spread = interval(lambda rows: float(values[rows].mean()), users, seed=seed)
    low, high = (None, None) if spread is None else (spread.low, spread.high)
    return ModelQuality(metric, _mean(values), _mean(baseline), low, high)


def _mean(values: Vector) -> float:
    return float(values.mean()) if len(values) else 0.0


def order_of(learnt: Learnt | None, half_life: int) -> Order:
    """How a model with these orders features: by recent popularity where nothing is learnt."""
    if learnt is None:
        return _recent(half_life)
    return lambda landscape, taker: by_voices(
        landscape, learnt, half_life, taker.owned, landscape.as_of_us, taker.open_to
    )


def _recent(half_life: int) -> Order:
    return lambda landscape, taker: by_recent_popularity(landscape, half_life, taker.open_to)


_ALONE: tuple[tuple[str, Order], ...] = (
    ("popularity", lambda landscape, taker: by_popularity(landscape, 0, taker.open_to)),
    ("item-kNN", lambda landscape, taker: by_neighbours(landscape.together.cosine, taker.owned, taker.open_to)),
    ("EASE", lambda landscape, taker: by_neighbours(landscape.together.light, taker.owned, taker.open_to)),
)
