"""Laws of the metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prediction.evaluation.metrics import (
    area_under_curve,
    average_precision,
    calibration_error,
    hit_rate,
    log_loss,
    mean_reciprocal_rank,
    normalised_gini,
    rank_correlation,
)

if TYPE_CHECKING:
    from random import Random

rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20)), min_size=2, max_size=60)
amounts = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=40)


def _columns(drawn: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    first, second = zip(*drawn, strict=True)
    return np.array(first, dtype=float), np.array(second, dtype=float)


@given(rows)
def test_the_area_is_the_share_of_pairs_in_order(drawn: list[tuple[int, int]]) -> None:
    labels, scores = _columns(drawn)
    positive, negative = scores[labels == 1], scores[labels == 0]
    assume(len(positive) and len(negative))

    pairs = [(p > n) + (p == n) / 2 for p in positive for n in negative]

    assert area_under_curve(labels, scores) == pytest.approx(np.mean(pairs))


@given(rows)
def test_only_the_order_of_scores_matters_to_ranking_metrics(drawn: list[tuple[int, int]]) -> None:
    labels, scores = _columns(drawn)

    for metric in (area_under_curve, average_precision):
        assert metric(labels, scores) == metric(labels, np.exp(scores / 7))


@given(rows)
def test_the_observed_share_is_the_best_constant_probability(drawn: list[tuple[int, int]]) -> None:
    labels, _ = _columns(drawn)
    share = np.full(len(labels), labels.mean())

    losses = [log_loss(labels, np.full(len(labels), other / 20)) or 0.0 for other in range(21)]

    assert (log_loss(labels, share) or 0.0) <= min(losses) + 1e-9
    assert calibration_error(labels, share) == pytest.approx(0)


@given(rows, st.randoms())
def test_the_order_of_rows_changes_no_calibration_error(drawn: list[tuple[int, int]], chance: Random) -> None:
    labels, scores = _columns(drawn)
    order = chance.sample(range(len(labels)), len(labels))
    probabilities = 1 / (1 + np.exp(-scores))

    shuffled = calibration_error(labels[order], probabilities[order])

    assert shuffled == pytest.approx(calibration_error(labels, probabilities))


@given(amounts)
def test_correlations_lie_between_minus_one_and_one(drawn: list[tuple[int, int]]) -> None:
    actual, predicted = _columns(drawn)

    for metric in (rank_correlation, normalised_gini):
        value = metric(actual, predicted)
        assert value is None or -1 - 1e-9 <= value <= 1 + 1e-9


@given(amounts)
def test_turning_the_order_round_turns_the_sign(drawn: list[tuple[int, int]]) -> None:
    actual, predicted = _columns(drawn)
    value = rank_correlation(actual, predicted)
    assume(value is not None)

    assert rank_correlation(actual, -predicted) == pytest.approx(-(value or 0))


@given(st.lists(st.integers(0, 40), min_size=1))
def test_a_reciprocal_rank_lies_between_the_first_hits_and_all_hits(ranks: list[int]) -> None:
    given_ranks = np.array(ranks)

    assert (
        (hit_rate(given_ranks, 1) or 0) <= (mean_reciprocal_rank(given_ranks) or 0) <= (hit_rate(given_ranks, 20) or 0)
    )
