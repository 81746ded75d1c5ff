"""80 % of the amounts lie within, also where most are nothing."""

from __future__ import annotations

import numpy as np
import pytest

from prediction.lifetime_value.intervals import Intervals, Spending, fit_intervals

HALVES_TO_DOUBLES = Intervals(np.array([0.5, 1.0, 2.0]), level=0.8)
"""Whose amounts are known, and bought, spent between half and double of what was expected."""


def spending(expected: float, share_buying: float, users: int = 1) -> Spending:
    return Spending(np.full(users, expected), np.full(users, share_buying))


def bounds(intervals: Intervals, of: Spending) -> tuple[float, float]:
    low, high = intervals.bounds(of)
    return float(low[0]), float(high[0])


def test_bounds_are_quantiles_of_nothing_or_an_amount() -> None:
    """Half buy for 20 if so: four of five users are the half who buy nothing, and three of five who buy."""
    assert bounds(HALVES_TO_DOUBLES, spending(10, 0.5)) == pytest.approx((0, 20 * 1.2))


def test_who_surely_buys_gets_an_interval_that_begins_above_nothing() -> None:
    assert bounds(HALVES_TO_DOUBLES, spending(10, 1.0)) == pytest.approx((10 * 0.6, 10 * 1.8))


def test_who_hardly_ever_buys_gets_an_interval_up_to_what_is_expected() -> None:
    assert bounds(HALVES_TO_DOUBLES, spending(0.2, 0.02)) == (0, 0.2)


def test_nothing_expected_is_nothing_at_most() -> None:
    assert bounds(HALVES_TO_DOUBLES, spending(0, 0)) == (0, 0)


def drawn(users: int, share_buying: tuple[float, float], seed: int) -> tuple[Spending, np.ndarray]:
    """Users of known probabilities to buy, and what they spend: wider than any mixture of them would say."""
    generator = np.random.default_rng(seed)
    shares = generator.uniform(*share_buying, users)
    usual = generator.gamma(2.0, 20.0, users)
    amounts = np.where(generator.random(users) < shares, usual * generator.lognormal(0, 1, users), 0.0)
    return Spending(shares * usual, shares), amounts


@pytest.mark.parametrize("share_buying", [(0.05, 0.6), (0.3, 0.9), (0.85, 1.0)])
def test_of_other_users_80_percent_lie_within(share_buying: tuple[float, float]) -> None:
    intervals = fit_intervals(*drawn(4_000, share_buying, seed=1))
    others, amounts = drawn(4_000, share_buying, seed=2)
    assert np.mean(intervals.hold(others, amounts)) == pytest.approx(0.8, abs=0.02)


def test_it_holds_at_every_probability_to_buy_that_leaves_a_choice() -> None:
    intervals = fit_intervals(*drawn(8_000, (0.3, 1.0), seed=1))
    others, amounts = drawn(8_000, (0.3, 1.0), seed=2)
    held = intervals.hold(others, amounts)
    for least in (0.3, 0.5, 0.7):
        chosen = (others.any >= least) & (others.any < least + 0.2)
        assert np.mean(held[chosen]) == pytest.approx(0.8, abs=0.04)


def test_where_more_than_80_percent_spend_nothing_as_many_lie_within() -> None:
    intervals = fit_intervals(*drawn(4_000, (0.0, 0.1), seed=1))
    others, amounts = drawn(4_000, (0.0, 0.1), seed=2)
    assert intervals.level == pytest.approx(0, abs=1e-9)
    assert np.mean(intervals.hold(others, amounts)) == pytest.approx(np.mean(amounts == 0), abs=0.01)


def test_few_users_are_given_wide_rather_than_narrow_intervals() -> None:
    """The share is of one user more than were seen, so that ten users need nine."""
    few, amounts = drawn(10, (0.9, 1.0), seed=4)
    assert np.count_nonzero(fit_intervals(few, amounts).hold(few, amounts)) >= 9


def test_amounts_of_whom_nothing_was_expected_scale_nothing() -> None:
    expected = Spending(np.array([0.0, 10, 10, 10]), np.array([0.0, 0.9, 0.9, 0.9]))
    intervals = fit_intervals(expected, np.array([50.0, 5, 10, 20]))
    assert np.all(np.isfinite(intervals.ratios))
    assert fit_intervals(Spending(np.zeros(4), np.zeros(4)), np.full(4, 5.0)).ratios.max() == 1.0
