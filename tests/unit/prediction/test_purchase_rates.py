"""BG/NBD: golden numbers of its authors, an independent reading of its definition, and what it refuses."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.stats import beta, gamma

from prediction.lifetime_value.rates import PurchaseRates, fit_rates
from prediction.training.outcomes import TrainingRefused
from tests.builders.buyers import buyers
from tests.unit.prediction.cdnow import cdnow

PUBLISHED = PurchaseRates(r=0.243, alpha=4.414, a=0.793, b=2.426)
MODERATE = PurchaseRates(r=2.0, alpha=5.0, a=1.5, b=3.0)


def test_the_published_parameters_and_likelihood_are_found() -> None:
    rates = fit_rates(cdnow().purchases)
    assert (rates.r, rates.alpha, rates.a, rates.b) == pytest.approx((0.2426, 4.4136, 0.7929, 2.4259), abs=2e-4)
    assert rates.log_likelihood(cdnow().purchases) == pytest.approx(-9582.4, abs=0.05)


def test_the_next_39_weeks_are_foretold_as_well_as_published() -> None:
    expected = fit_rates(cdnow().purchases).expected_repeats(cdnow().purchases, 39)
    assert np.corrcoef(expected, cdnow().bought_later)[0, 1] == pytest.approx(0.626, abs=5e-4)


def test_the_first_published_customer_is_expected_to_buy_1_226_times() -> None:
    """Fader, Hardie and Lee, "Implementing the BG/NBD Model in Excel" (2005)."""
    customer = buyers(counted=[3], recency_weeks=[30.43], age_weeks=[38.86])
    assert PUBLISHED.expected_repeats(customer, 39)[0] == pytest.approx(1.226, abs=5e-4)


def test_being_active_is_what_the_definition_integrates_to() -> None:
    """Bayes by quadrature over a user's own rate and probability to leave."""

    def still_active(rate: float, leaving: float) -> float:
        return float((1 - leaving) ** 3 * rate**3 * exp(-rate * 20) * _density(rate, leaving))

    def has_left(rate: float, leaving: float) -> float:
        return float(leaving * (1 - leaving) ** 2 * rate**3 * exp(-rate * 12) * _density(rate, leaving))

    active, left = (dblquad(one, 0, 1, 0, 6)[0] for one in (still_active, has_left))
    customer = buyers(counted=[4], recency_weeks=[12], age_weeks=[20])
    assert MODERATE.probability_active(customer)[0] == pytest.approx(active / (active + left), rel=1e-6)
    assert MODERATE.log_likelihood(customer) == pytest.approx(np.log(active + left), rel=1e-6)


def test_expected_purchases_are_what_the_definition_integrates_to() -> None:
    """An active user with an own probability to leave buys (1 - e^(-rate x leaving x weeks)) / leaving times."""
    customer = buyers(counted=[4], recency_weeks=[12], age_weeks=[20])

    def if_active(leaving: float) -> float:
        missed = (25 / (25 + leaving * 13)) ** 5
        return float((1 - missed) / leaving * beta.pdf(leaving, 1.5, 6))

    active = MODERATE.probability_active(customer)[0]
    assert MODERATE.expected_repeats(customer, 13)[0] == pytest.approx(active * quad(if_active, 0, 1)[0], rel=1e-8)


def test_buying_at_all_is_being_active_and_not_waiting_too_long() -> None:
    customer = buyers(counted=[4], recency_weeks=[12], age_weeks=[20])
    bought_if_active = quad(lambda rate: (1 - exp(-rate * 13)) * gamma.pdf(rate, 5, scale=1 / 25), 0, 6)[0]
    active = MODERATE.probability_active(customer)[0]
    assert MODERATE.probability_of_any(customer, 13)[0] == pytest.approx(active * bought_if_active, rel=1e-8)


@pytest.mark.parametrize(("a", "b"), [(1.0, 2.0), (0.25, 0.75), (1.0, 1e-6)])
def test_where_the_closed_form_divides_nought_by_nought_its_limit_is_given(a: float, b: float) -> None:
    customers = buyers(counted=[1, 2, 9], recency_weeks=[0, 3, 18])
    at, beside = (PurchaseRates(0.5, 4, each, b).expected_repeats(customers, 13) for each in (a, a + 1e-4))
    assert at == pytest.approx(beside, rel=1e-3)


def test_large_arguments_overflow_nothing() -> None:
    customers = buyers(counted=[1, 2_000, 2_000, 50], recency_weeks=[0, 19.9, 1, 20], age_weeks=[0, 20, 20, 20])
    for rates in (PurchaseRates(0.01, 1e-3, 400, 700), PurchaseRates(60, 1e3, 1e-6, 1e5), PUBLISHED):
        for weeks in (1 / 7, 13, 5_000):
            expected = rates.expected_repeats(customers, weeks)
            assert np.all(np.isfinite(expected) & (expected >= 0))


def test_who_left_with_a_likelihood_of_nearly_nought_is_not_active() -> None:
    gone = buyers(counted=[400], recency_weeks=[10], age_weeks=[500])
    assert PUBLISHED.probability_active(gone)[0] == pytest.approx(0, abs=1e-100)
    assert np.isfinite(PUBLISHED.log_likelihood(gone))


def test_rates_are_refused_when_nobody_bought_again() -> None:
    with pytest.raises(TrainingRefused, match="Only 0 users bought on more than one day"):
        fit_rates(buyers(counted=[1.0] * 500, age_weeks=np.linspace(1, 50, 500).tolist()))


def test_rates_are_refused_when_all_purchases_were_on_the_first_day_of_a_log_of_one_day() -> None:
    with pytest.raises(TrainingRefused, match="Only 0 users"):
        fit_rates(buyers(counted=[1.0] * 500, age_weeks=[0.0]))


def test_rates_are_refused_when_everybody_is_alike() -> None:
    """Everybody buys every week: users do not differ, and a spread of nought has infinitely large parameters."""
    with pytest.raises(TrainingRefused, match="no highest point"):
        fit_rates(buyers(counted=[21.0] * 500, recency_weeks=[20.0], age_weeks=[20.0]))


def test_who_never_bought_does_not_count() -> None:
    purchases = cdnow().purchases
    never = buyers(counted=[0.0] * 100)
    columns = ("counted", "recency_weeks", "age_weeks", "amount")
    both = type(never)(*(np.concatenate([getattr(purchases, name), getattr(never, name)]) for name in columns))
    assert fit_rates(both) == fit_rates(purchases)


def _density(rate: float, leaving: float) -> float:
    return float(gamma.pdf(rate, 2.0, scale=1 / 5.0) * beta.pdf(leaving, 1.5, 3.0))
