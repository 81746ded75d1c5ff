"""Gamma-Gamma: golden numbers of its authors, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from prediction.lifetime_value.amounts import PurchaseAmounts, fit_amounts
from prediction.training.outcomes import TrainingRefused
from tests.unit.prediction.cdnow import cdnow

PUBLISHED = PurchaseAmounts(p=6.25, q=3.74, v=15.44)


def test_the_published_parameters_are_found() -> None:
    amounts = fit_amounts(cdnow().repeat_amount, cdnow().purchases.repeats)
    assert (amounts.p, amounts.q, amounts.v) == pytest.approx((6.25, 3.74, 15.44), abs=5e-3)


def test_amounts_in_another_currency_only_rescale_v() -> None:
    amounts = fit_amounts(cdnow().repeat_amount, cdnow().purchases.repeats)
    in_cents = fit_amounts(cdnow().repeat_amount * 100, cdnow().purchases.repeats)
    assert (in_cents.p, in_cents.q, in_cents.v) == pytest.approx((amounts.p, amounts.q, 100 * amounts.v), rel=1e-4)


def test_the_published_customers_are_expected_to_spend_as_published() -> None:
    """The mean of all, and the first ten customers' as the documentation of PyPI lifetimes prints them."""
    assert PUBLISHED.mean() == pytest.approx(35.2, abs=0.05)
    amount = np.array([22.35, 11.77, 0, 0, 0, 73.74, 11.77, 0, 25.55, 0])
    repeats = np.array([2.0, 1, 0, 0, 0, 7, 1, 0, 2, 0])
    expected = PUBLISHED.expected(amount, repeats)
    assert expected == pytest.approx([24.66, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17], abs=0.05)


def test_amounts_are_refused_when_all_are_equal() -> None:
    with pytest.raises(TrainingRefused, match="Every user spends the same"):
        fit_amounts(np.full(500, 9.99), np.arange(1.0, 501))


def test_amounts_are_refused_when_too_few_spent_anything() -> None:
    with pytest.raises(TrainingRefused, match="Only 10 users spent an amount"):
        fit_amounts(np.append(np.zeros(500), np.arange(1.0, 11)), np.ones(510))


def test_amounts_are_refused_when_users_do_not_differ() -> None:
    """Nearly equal means of many purchases: the spread among users goes to nought, its parameter to infinity."""
    with pytest.raises(TrainingRefused, match="no highest point"):
        fit_amounts(10 + np.linspace(-1e-5, 1e-5, 200), np.full(200, 5.0))
