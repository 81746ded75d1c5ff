"""How good are predictions, in one number?

Everywhere one prediction a row. A number that the rows do not define (one class only, no rows, constant values) is
`None`, never 0 or NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import rankdata

from prediction.training.outcomes import CalibrationBin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from prediction.matrices import Counts, Vector

CALIBRATION_BINS = 15
RECIPROCAL_RANK_AT = 20

_CERTAIN = 1e-15
"""Probabilities are held this far from 0 and 1, so that one surprise does not cost infinitely much."""


def area_under_curve(labels: Vector, scores: Vector) -> float | None:
    """The probability that a positive row scores higher than a negative one, ties counted half.

    The Mann-Whitney statistic (Hanley and McNeil, Radiology 143 (1982) 29-36). `labels`: 0 or 1.
    """
    positives = float(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return None
    ranks = rankdata(scores)
    return float((ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def average_precision(labels: Vector, scores: Vector) -> float | None:
    """The mean, over the positive rows, of the precision among the rows that score at least as high.

    Equal scores are one step. `labels`: 0 or 1.
    """
    positives = labels.sum()
    if positives == 0:
        return None
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels[order])
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    hits, rows = hits[last_of_ties], np.flatnonzero(last_of_ties) + 1
    return float(np.sum(np.diff(hits, prepend=0.0) * hits / rows) / positives)


def log_loss(labels: Vector, probabilities: Vector) -> float | None:
    """The mean surprise, in nats, at labels of 0 or 1 under the probabilities of 1."""
    if not len(labels):
        return None
    held = np.clip(probabilities, _CERTAIN, 1 - _CERTAIN)
    return float(-np.mean(labels * np.log(held) + (1 - labels) * np.log1p(-held)))


def class_log_loss(classes: Counts, probabilities: NDArray[np.floating[Any]]) -> float | None:
    """The mean surprise, in nats, at each row's class (a column of `probabilities`)."""
    if not len(classes):
        return None
    chosen = probabilities[np.arange(len(classes)), classes]
    return float(-np.mean(np.log(np.clip(chosen, _CERTAIN, 1))))


def calibration_bins(labels: Vector, probabilities: Vector, bins: int = CALIBRATION_BINS) -> tuple[CalibrationBin, ...]:
    """Rows in order of probability, in bins of equal size (but for one row); fewer where there are fewer rows.

    Rows of equal probability share what came true of them, so that it does not matter which of them a bin gets.
    """
    order = np.argsort(probabilities, kind="stable")
    parts = np.array_split(order, max(1, min(bins, len(order))))
    came_true = _shared_by_ties(labels, probabilities)
    return tuple(
        CalibrationBin(float(probabilities[part].mean()), float(came_true[part].mean()), len(part))
        for part in parts
        if len(part)
    )


def _shared_by_ties(labels: Vector, probabilities: Vector) -> Vector:
    _, tie, sizes = np.unique(probabilities, return_inverse=True, return_counts=True)
    shared: Vector = (np.bincount(tie, weights=labels, minlength=len(sizes)) / sizes)[tie]
    return shared


def calibration_error(labels: Vector, probabilities: Vector, bins: int = CALIBRATION_BINS) -> float | None:
    """How far predicted and observed shares lie apart, on average over the rows of equal-size bins.

    Expected calibration error with adaptive bins (Nixon et al., "Measuring Calibration in Deep Learning", 2019).
    """
    if not len(labels):
        return None
    filled = calibration_bins(labels, probabilities, bins)
    return sum(each.rows * abs(each.predicted - each.observed) for each in filled) / len(labels)


def mean_absolute_error(actual: Vector, predicted: Vector) -> float | None:
    if not len(actual):
        return None
    return float(np.mean(np.abs(actual - predicted)))


def rank_correlation(actual: Vector, predicted: Vector) -> float | None:
    """Spearman's: the correlation of the ranks, equals sharing their mean rank."""
    ranks = rankdata(actual), rankdata(predicted)
    centred = [rank - rank.mean() for rank in ranks] if len(actual) else [np.zeros(0), np.zeros(0)]
    spread = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return None if spread == 0 else float((centred[0] * centred[1]).sum() / spread)


def normalised_gini(actual: Vector, predicted: Vector) -> float | None:
    """How much of the amount the highest predictions hold, from 0 (as by chance) to 1 (perfect order).

    Amounts are not negative; predictions that are equal share their amounts.
    """
    perfect = _gini(actual, actual)
    return None if not perfect else _gini(actual, predicted) / perfect


def _gini(actual: Vector, order_by: Vector) -> float:
    total = float(actual.sum())
    if total == 0:
        return 0.0
    _, group, sizes = np.unique(-order_by, return_inverse=True, return_counts=True)
    shared = (np.bincount(group, weights=actual) / sizes)[np.sort(group)]
    held = np.cumsum(shared) / total
    return float(np.mean(held) - (len(actual) + 1) / (2 * len(actual)))


def total_bias(actual: Vector, predicted: Vector) -> float | None:
    """By which share of the actual total the predictions are too high together (below 0: too low)."""
    total = float(actual.sum())
    return None if total == 0 else float(predicted.sum()) / total - 1


def hit_rate(ranks: Counts, at: int) -> float | None:
    """The share of rows whose actual target is among the first `at`; ranks are from 1, 0 is unranked."""
    return float(np.mean((ranks > 0) & (ranks <= at))) if len(ranks) else None


def mean_reciprocal_rank(ranks: Counts, at: int = RECIPROCAL_RANK_AT) -> float | None:
    """The mean of 1 / rank, counted as 0 behind `at` and where unranked (0)."""
    if not len(ranks):
        return None
    found = (ranks > 0) & (ranks <= at)
    return float(np.mean(np.where(found, 1 / np.maximum(ranks, 1), 0)))


def discounted_gain(hits: NDArray[np.bool_], relevant: Counts) -> Vector:
    """Per row, the normalised discounted cumulative gain of a ranking (Jarvelin and Kekalainen, TOIS 20 (2002)).

    `hits[row, place]`: is the target at that place one of the row's `relevant` (at least one) targets? nDCG@k has k
    places.
    """
    places = hits.shape[1]
    discounts = 1 / np.log2(np.arange(2, places + 2))
    best = np.cumsum(discounts)[np.minimum(relevant, places) - 1]
    gains: Vector = (hits @ discounts) / best
    return gains
