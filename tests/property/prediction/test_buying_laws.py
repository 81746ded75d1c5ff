"""What the models of buying and their intervals keep to, whatever the parameters and the users."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import betaln, expit, xlogy

from prediction.lifetime_value.amounts import PurchaseAmounts
from prediction.lifetime_value.intervals import Intervals, Spending, fit_intervals
from prediction.lifetime_value.purchases import Purchases
from prediction.lifetime_value.rates import PurchaseRates
from tests.builders.buyers import buyers

POSITIVE = st.floats(0.05, 50)
RATES = st.builds(PurchaseRates, r=POSITIVE, alpha=POSITIVE, a=POSITIVE, b=POSITIVE)
AMOUNTS = st.builds(PurchaseAmounts, p=POSITIVE, q=st.floats(1.05, 50), v=st.floats(0.05, 5_000))
WEEKS = st.floats(0.1, 200)


@st.composite
def customers(draw: st.DrawFn) -> Purchases:
    """One user, who bought on up to 500 days."""
    age = draw(st.floats(0, 300))
    repeats = draw(st.integers(0, 500))
    recency = age * draw(st.floats(0, 1)) if repeats else 0.0
    return buyers(counted=[repeats + 1], recency_weeks=[recency], age_weeks=[age], amount=[draw(st.floats(0, 1e4))])


@given(RATES, customers(), WEEKS)
def test_probabilities_lie_between_nought_and_one_and_buying_needs_being_active(
    rates: PurchaseRates, customer: Purchases, weeks: float
) -> None:
    active, any_ = rates.probability_active(customer)[0], rates.probability_of_any(customer, weeks)[0]
    assert 0 <= any_ <= active <= 1


@given(RATES, customers(), WEEKS, WEEKS)
@example(PurchaseRates(1, 0.125, 5, 1), buyers(counted=[100], recency_weeks=[0], age_weeks=[0], amount=[0]), 1, 1)
def test_more_is_expected_of_a_longer_horizon(
    rates: PurchaseRates, customer: Purchases, weeks: float, more: float
) -> None:
    shorter, longer = (rates.expected_repeats(customer, each)[0] for each in (weeks, weeks + more))
    assert 0 <= shorter <= longer * (1 + 1e-6)


@given(RATES, customers(), WEEKS)
def test_at_least_as_many_purchases_are_expected_as_it_is_probable_that_there_is_any(
    rates: PurchaseRates, customer: Purchases, weeks: float
) -> None:
    expected, any_ = rates.expected_repeats(customer, weeks)[0], rates.probability_of_any(customer, weeks)[0]
    assert expected >= any_ * (1 - 1e-6)


@given(RATES, customers(), st.floats(0, 1))
def test_a_later_last_purchase_makes_being_active_more_probable(
    rates: PurchaseRates, customer: Purchases, part: float
) -> None:
    earlier = replace(customer, recency_weeks=customer.recency_weeks * part)
    assert rates.probability_active(earlier)[0] <= rates.probability_active(customer)[0]


@given(RATES, customers(), WEEKS)
def test_expected_purchases_are_the_mean_over_the_probability_to_leave(
    rates: PurchaseRates, customer: Purchases, weeks: float
) -> None:
    """By quadrature over the log odds of leaving, which needs no hypergeometric series."""
    repeats, ahead = customer.repeats[0], weeks / (rates.alpha + customer.age_weeks[0])
    log_odds = np.linspace(-300, 300, 60_001)
    leaving, staying = expit(log_odds), expit(-log_odds)
    density = np.exp(xlogy(rates.a, leaving) + xlogy(rates.b + repeats, staying) - betaln(rates.a, rates.b + repeats))
    bought = -np.expm1(-(rates.r + repeats) * np.log1p(ahead * leaving)) / leaving
    mean = np.trapezoid(bought * density, log_odds) * rates.probability_active(customer)[0]
    assert rates.expected_repeats(customer, weeks)[0] == pytest.approx(mean, rel=1e-4, abs=1e-12)


@given(RATES, st.lists(customers(), min_size=1, max_size=5))
def test_no_change_of_a_parameter_raises_the_likelihood_by_more_than_its_slope_says(
    rates: PurchaseRates, everyone: list[Purchases]
) -> None:
    """The gradient that fitting climbs is that of the likelihood: by finite differences."""
    names = ("counted", "recency_weeks", "age_weeks", "amount")
    together = Purchases(*(np.concatenate([getattr(one, name) for one in everyone]) for name in names))
    slopes = rates.slopes(together)
    for name, slope in zip(("r", "alpha", "a", "b"), slopes, strict=True):
        value, step = getattr(rates, name), 1e-5
        higher, lower = (replace(rates, **{name: value * np.exp(sign * step)}) for sign in (1, -1))
        difference = (higher.log_likelihood(together) - lower.log_likelihood(together)) / (2 * step)
        assert slope == pytest.approx(difference, rel=1e-3, abs=1e-3)


@given(AMOUNTS, st.integers(1, 500), st.floats(0, 1e5))
def test_an_expected_amount_lies_between_the_users_own_and_everybodys(
    amounts: PurchaseAmounts, counted: int, amount: float
) -> None:
    expected = amounts.expected(np.array([amount]), np.array([float(counted)]))[0]
    low, high = sorted((amount, amounts.mean()))
    assert low * (1 - 1e-9) <= expected <= high * (1 + 1e-9)


SPENDINGS = st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1), st.floats(0, 1e6)), min_size=1, max_size=60)


@given(SPENDINGS, st.floats(0, 1), st.floats(0, 1))
def test_bounds_enclose_what_is_expected_and_grow_with_the_level(
    users: list[tuple[float, float, float]], level: float, other: float
) -> None:
    expected, share, ratios = (np.array(column) for column in zip(*users, strict=True))
    spending = Spending(expected, share)
    narrow, wide = (Intervals(np.sort(ratios), each).bounds(spending) for each in sorted((level, other)))
    assert np.all((wide[0] >= 0) & (wide[0] <= narrow[0] + 1e-9 * narrow[0]) & (narrow[0] <= expected))
    assert np.all((expected <= narrow[1]) & (narrow[1] <= wide[1] * (1 + 1e-9)))


KNOWN = st.lists(st.tuples(st.floats(0.01, 1e6), st.floats(0.01, 1), st.floats(0, 1e6)), min_size=2, max_size=60)


@given(KNOWN)
def test_fitted_intervals_hold_80_percent_of_those_who_fitted_them(users: list[tuple[float, float, float]]) -> None:
    """But for one, whose amount may be a bound; and bounds are amounts but for rounding."""
    expected, share, amounts = (np.array(column) for column in zip(*users, strict=True))
    spending = Spending(expected, share)
    low, high = fit_intervals(spending, amounts).bounds(spending)
    held = (low * (1 - 1e-9) <= amounts) & (amounts <= high * (1 + 1e-9))
    assert np.count_nonzero(held) >= 0.8 * len(users) - 1
