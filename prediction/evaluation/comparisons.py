"""Is one model of a yes or no better than another, beyond what other users might have shown?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from domain.model.insights import ModelQuality
from prediction.evaluation.metrics import area_under_curve, average_precision, calibration_error, log_loss
from prediction.evaluation.resampling import interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from prediction.matrices import Counts, Vector

Metric: TypeAlias = "Callable[[Vector, Vector], float | None]"

CALIBRATION = "calibration error"

METRICS: Mapping[str, Metric] = {
    "log loss": log_loss,
    "AUC": area_under_curve,
    "average precision": average_precision,
    CALIBRATION: calibration_error,
}


def quality_of(labels: Vector, model: Vector, baseline: Vector, users: Counts) -> Iterator[ModelQuality]:
    """By each metric that the rows define; the probabilities of the model beside the baseline's."""
    for name, metric in METRICS.items():
        value, other = metric(labels, model), metric(labels, baseline)
        if value is not None and other is not None:
            spread = interval(partial(_on, metric, labels, model), users)
            low, high = (None, None) if spread is None else (spread.low, spread.high)
            yield ModelQuality(name, value, other, low, high)


def beats(labels: Vector, model: Vector, baseline: Vector, users: Counts) -> bool:
    """Is it better in log loss or in order by more than chance (of users), and no worse in the other?"""
    sharper = interval(partial(_gain, log_loss, labels, baseline, model), users)
    ordered = interval(partial(_gain, area_under_curve, labels, model, baseline), users)
    if sharper is None or ordered is None:
        return False
    gains = (log_loss(labels, baseline) or 0.0) - (log_loss(labels, model) or 0.0)
    order = (area_under_curve(labels, model) or 0.0) - (area_under_curve(labels, baseline) or 0.0)
    return (sharper.is_above_zero and order >= 0) or (ordered.is_above_zero and gains >= 0)


def _on(metric: Metric, labels: Vector, probabilities: Vector, rows: Counts) -> float | None:
    return metric(labels[rows], probabilities[rows])


def _gain(metric: Metric, labels: Vector, more: Vector, less: Vector, rows: Counts) -> float | None:
    first, second = metric(labels[rows], more[rows]), metric(labels[rows], less[rows])
    return None if first is None or second is None else first - second


def calibration_told(quality: Iterable[ModelQuality], of: str) -> str:
    """A sentence for a note, where a model that is used is less well calibrated than `of`; else nothing."""
    for one in quality:
        if one.metric == CALIBRATION and one.value > one.baseline:
            return (
                f" Its probabilities are less exact than those of {of} (calibration error {one.value:.3f} against "
                f"{one.baseline:.3f}): it tells users apart better than it tells how many."
            )
    return ""
