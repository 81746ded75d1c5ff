"""Does the logistic regression find the weights it should, and stay within what it has seen?"""

from __future__ import annotations

import math

import numpy as np
import pytest

from prediction.logistics import Fit, Logistic, fit_logistic


def two_groups() -> tuple[np.ndarray, np.ndarray]:
    """Of those with 0, 20 of 100 are positive; of those with e - 1, 60 of 100."""
    values = np.array([[0.0]] * 100 + [[math.e - 1]] * 100, dtype=np.float32)
    labels = np.array([1.0] * 20 + [0.0] * 80 + [1.0] * 60 + [0.0] * 40)
    return values, labels


def test_without_a_ridge_shares_become_log_odds() -> None:
    values, labels = two_groups()
    margins = fit_logistic(values, labels, [0], Fit(0)).margins(values[[0, 100]])

    assert margins == pytest.approx([math.log(20 / 80), math.log(60 / 40)], abs=1e-3)


def test_a_ridge_pulls_towards_the_share_of_all() -> None:
    values, labels = two_groups()
    loose, tight = (fit_logistic(values, labels, [0], Fit(ridge)) for ridge in (1, 1e6))

    assert 0 < loose.weights[0] < math.log(60 / 40) - math.log(20 / 80)
    assert tight.margins(values[[0, 100]]) == pytest.approx([math.log(80 / 120)] * 2, abs=1e-2)


def test_a_weight_of_the_wrong_sign_becomes_nothing() -> None:
    values, labels = two_groups()

    assert fit_logistic(values, labels, [0], Fit(1, {0: -1})).weights[0] == 0
    assert fit_logistic(values, labels, [0], Fit(1, {0: 1})).weights[0] > 0


def test_what_lies_far_beyond_training_counts_as_its_edge() -> None:
    values, labels = two_groups()
    fitted = fit_logistic(values, labels, [0], Fit(1))
    edges = fitted.margins(np.array([[0.0], [math.e - 1]], dtype=np.float32))

    assert fitted.margins(np.array([[-1e30], [1e30]], dtype=np.float32)).tolist() == edges.tolist()


def test_a_constant_signal_has_no_say() -> None:
    values, labels = two_groups()
    both = np.hstack([values, np.full_like(values, 7)])
    fitted = fit_logistic(both, labels, [0, 1], Fit(1))

    assert fitted.weights[1] == pytest.approx(0, abs=1e-12)
    assert np.isfinite(fitted.margins(both)).all()


def test_terms_and_bias_are_the_margin() -> None:
    values, labels = two_groups()
    fitted = fit_logistic(values, labels, [0], Fit(1))

    np.testing.assert_allclose(fitted.terms(values).sum(axis=1) + fitted.bias, fitted.margins(values), rtol=1e-12)


def test_a_document_keeps_every_bit() -> None:
    values, labels = two_groups()
    fitted = fit_logistic(values, labels, [0], Fit(1))

    assert Logistic.of_document(fitted.document(), 1).margins(values).tobytes() == fitted.margins(values).tobytes()


def test_a_row_that_counts_twice_is_as_good_as_two() -> None:
    values, labels = two_groups()
    twice = fit_logistic(np.vstack([values, values[:30]]), np.append(labels, labels[:30]), [0], Fit(0))
    counted = fit_logistic(values, labels, [0], Fit(0, rows=np.array([2.0] * 30 + [1.0] * 170)))

    assert counted.margins(values) == pytest.approx(twice.margins(values), abs=1e-3)
