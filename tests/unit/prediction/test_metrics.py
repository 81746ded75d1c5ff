"""Golden numbers of the metrics, worked out by hand or quoted."""

from __future__ import annotations

import math

import numpy as np
import pytest

from prediction.evaluation.metrics import (
    area_under_curve,
    average_precision,
    calibration_bins,
    calibration_error,
    class_log_loss,
    discounted_gain,
    hit_rate,
    log_loss,
    mean_absolute_error,
    mean_reciprocal_rank,
    normalised_gini,
    rank_correlation,
    total_bias,
)

LABELS = np.array([0.0, 0, 1, 1])
SCORES = np.array([0.1, 0.4, 0.35, 0.8])
NOTHING = np.zeros(0)


def test_three_of_four_pairs_in_order_are_an_area_of_three_quarters() -> None:
    assert area_under_curve(LABELS, SCORES) == 0.75


def test_a_tie_counts_half() -> None:
    assert area_under_curve(np.array([0.0, 1]), np.array([0.5, 0.5])) == 0.5


def test_average_precision_averages_over_the_positive_rows() -> None:
    assert average_precision(LABELS, SCORES) == pytest.approx((1 + 2 / 3) / 2)


def test_equal_scores_are_one_step_of_average_precision() -> None:
    assert average_precision(np.array([1.0, 0, 0, 0]), np.full(4, 0.5)) == 0.25


def test_log_loss_of_even_odds_is_the_logarithm_of_two() -> None:
    assert log_loss(LABELS, np.full(4, 0.5)) == pytest.approx(math.log(2))
    assert class_log_loss(np.array([0, 1]), np.full((2, 2), 0.5)) == pytest.approx(math.log(2))


def test_a_certain_mistake_costs_much_but_not_infinitely_much() -> None:
    loss = log_loss(np.array([1.0]), np.array([0.0]))

    assert loss == pytest.approx(15 * math.log(10))


def test_bins_are_of_equal_size_and_in_order() -> None:
    bins = calibration_bins(LABELS, SCORES, bins=2)

    assert [each.predicted for each in bins] == pytest.approx([0.225, 0.6])
    assert [(each.observed, each.rows) for each in bins] == [(0.5, 2), (0.5, 2)]
    assert calibration_error(LABELS, SCORES, bins=2) == pytest.approx((0.275 + 0.1) / 2)


def test_amounts_have_an_absolute_error_and_a_bias() -> None:
    actual, predicted = np.array([0.0, 10, 20]), np.array([3.0, 10, 14])

    assert mean_absolute_error(actual, predicted) == 3
    assert total_bias(actual, predicted) == pytest.approx(-0.1)


def test_spearman_agrees_with_the_textbook() -> None:
    # IQ and hours of television a week, https://en.wikipedia.org/wiki/Spearman's_rank_correlation_coefficient
    iq = np.array([106.0, 100, 86, 101, 99, 103, 97, 113, 112, 110])
    hours = np.array([7.0, 27, 2, 50, 28, 29, 20, 12, 6, 17])

    assert rank_correlation(iq, hours) == pytest.approx(-29 / 165)


def test_the_right_order_has_a_gini_of_one_and_the_reverse_of_minus_one() -> None:
    actual = np.array([0.0, 1, 2, 7])

    assert normalised_gini(actual, actual) == pytest.approx(1)
    assert normalised_gini(actual, -actual) == pytest.approx(-1)
    assert normalised_gini(actual, np.zeros(4)) == pytest.approx(0)


def test_ranks_give_hits_and_reciprocal_ranks() -> None:
    ranks = np.array([1, 4, 0, 21])

    assert hit_rate(ranks, 1) == 0.25
    assert hit_rate(ranks, 5) == 0.5
    assert mean_reciprocal_rank(ranks) == pytest.approx((1 + 1 / 4) / 4)


def test_discounted_gain_agrees_with_the_definition() -> None:
    hits = np.array([[True, False, True], [False, False, False], [True, True, True]])

    gains = discounted_gain(hits, np.array([2, 1, 9]))

    assert gains == pytest.approx([1.5 / (1 + 1 / math.log2(3)), 0, 1])


def test_what_the_rows_do_not_define_is_absent() -> None:
    ones, none = np.ones(3), np.zeros(0, dtype=np.int64)

    assert area_under_curve(ones, ones) is None
    assert average_precision(np.zeros(3), ones) is None
    assert log_loss(NOTHING, NOTHING) is None
    assert class_log_loss(none, np.zeros((0, 2))) is None
    assert calibration_error(NOTHING, NOTHING) is None
    assert mean_absolute_error(NOTHING, NOTHING) is None
    assert rank_correlation(ones, ones) is None
    assert rank_correlation(NOTHING, NOTHING) is None
    assert normalised_gini(np.zeros(3), ones) is None
    assert total_bias(np.zeros(3), ones) is None
    assert hit_rate(none, 1) is None
    assert mean_reciprocal_rank(none) is None
