"""How good are foretold amounts on users and times that no model was trained on?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from domain.model.insights import ModelQuality
from prediction.evaluation.metrics import mean_absolute_error, normalised_gini, rank_correlation, total_bias
from prediction.evaluation.resampling import RESAMPLES, Interval, interval
from prediction.lifetime_value.intervals import COVERAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from prediction.matrices import Counts, Vector

Metric: TypeAlias = "Callable[[Vector, Vector], float | None]"

METRICS: Mapping[str, Metric] = {
    "Spearman": rank_correlation,
    "MAE": mean_absolute_error,
    "normalised Gini": normalised_gini,
    "total bias": total_bias,
}
COVERED = "interval coverage"
COVERED_LATER = "interval coverage, set a horizon earlier"

MAX_DRAWN_ROWS = 20_000_000
FEWEST_RESAMPLES = 100
"""Of very many users fewer resamples tell as much, and resampling must not take longer than training."""

TOLERATED_ERROR = 1.03
"""A better order is not bought with an absolute error that is more than 3 % higher."""


def quality_of(actual: Vector, model: Vector, baseline: Vector, users: Counts) -> Iterator[ModelQuality]:
    """By each metric that the rows define."""
    for name, metric in METRICS.items():
        value, other = metric(actual, model), metric(actual, baseline)
        if value is not None and other is not None:
            spread = _spread(partial(_on, metric, actual, model), users)
            low, high = (None, None) if spread is None else (spread.low, spread.high)
            yield ModelQuality(name, value, other, low, high)


def coverage_of(name: str, held: NDArray[np.bool_], users: Counts) -> ModelQuality:
    """The share of users whose amount lay within its interval, beside the share that was promised."""
    spread = _spread(lambda rows: float(np.mean(held[rows])), users)
    low, high = (None, None) if spread is None else (spread.low, spread.high)
    return ModelQuality(name, float(np.mean(held)), COVERAGE, low, high)


def beats(actual: Vector, model: Vector, baseline: Vector, users: Counts) -> bool:
    """Does `model` order users better than `baseline`, or err less, by more than chance and not at the other's cost?"""
    order = _spread(lambda rows: _difference(rank_correlation, actual, model, baseline, rows), users)
    error = _spread(lambda rows: _difference(mean_absolute_error, actual, baseline, model, rows), users)
    if order is None or error is None:
        return False
    is_tolerable = np.mean(np.abs(actual - model)) <= TOLERATED_ERROR * np.mean(np.abs(actual - baseline))
    return bool((order.is_above_zero and is_tolerable) or (error.is_above_zero and order.high >= 0))


def _spread(statistic: Callable[[Counts], float | None], users: Counts) -> Interval | None:
    affordable = max(MAX_DRAWN_ROWS // max(len(users), 1), FEWEST_RESAMPLES)
    return interval(statistic, users, resamples=min(RESAMPLES, affordable))


def _on(metric: Metric, actual: Vector, model: Vector, rows: Counts) -> float | None:
    return metric(actual[rows], model[rows])


def _difference(metric: Metric, actual: Vector, one: Vector, other: Vector, rows: Counts) -> float | None:
    first, second = metric(actual[rows], one[rows]), metric(actual[rows], other[rows])
    return None if first is None or second is None else first - second
