"""How evenly, regularly and increasingly somebody comes: golden numbers, each from another source than our code."""

from __future__ import annotations

import math

import pytest
from scipy.stats import t as students_t

from domain.model.usage import Trend
from domain.rules.rhythms import CRITICAL_T, entropy, octave, regularity, shrunken_shares, trend


def test_one_imaginary_session_each_way_is_laplaces_rule_of_succession() -> None:
    # Seen three times of four: the next one is of that kind with (3 + 1) / (4 + 2).
    assert shrunken_shares((3, 1), evidence=4, prior=2) == pytest.approx((4 / 6, 2 / 6))


def test_half_of_all_evidence_being_imaginary_is_half_way_to_an_even_spread() -> None:
    assert shrunken_shares((10, 0, 0, 0), evidence=8, prior=8) == pytest.approx((0.625, 0.125, 0.125, 0.125))


def test_nothing_counted_has_no_shares() -> None:
    assert shrunken_shares((0, 0, 0), evidence=0, prior=24) == (0.0, 0.0, 0.0)


def test_entropy_is_that_of_the_r_package_entropy() -> None:
    # Its example counts; entropy.empirical gives 1.968382 nats, entropy.MillerMadow adds (8 - 1) / 38.
    assert entropy((4, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1)) == pytest.approx(1.968382 + 7 / 38, abs=1e-6)


def test_a_fair_coin_has_ln_2_and_a_certain_outcome_none() -> None:
    assert entropy((500_000, 500_000)) == pytest.approx(math.log(2), abs=1e-6)
    assert entropy((7,)) == 0.0
    assert entropy(()) == 0.0


@pytest.mark.parametrize(
    ("gap", "expected"), [(1 / 48, -6), (0, -6), (0.5, -1), (0.9, 0), (1.2, 0), (2, 1), (7, 3), (30, 5), (400, 6)]
)
def test_octaves_keep_days_weeks_and_months_away_from_their_ends(gap: float, expected: int) -> None:
    assert octave(gap) == expected


def test_who_comes_every_day_at_about_the_same_time_is_perfectly_regular() -> None:
    assert regularity([1.05, 0.97, 1.01, 0.9, 1.1, 1.0, 0.98]) == 1.0


def test_morning_and_evening_every_day_is_one_bit_of_surprise() -> None:
    # ln 2 + 1 / 200 nats of the ln 13 that there could be.
    assert regularity([0.25, 0.8] * 50) == pytest.approx(1 - (math.log(2) + 1 / 200) / math.log(13))


def test_gaps_of_every_size_are_as_irregular_as_can_be() -> None:
    assert regularity([2.0**power for power in range(-6, 7)] * 20) == 0.0


def test_regularity_is_unknown_below_seven_gaps() -> None:
    assert regularity([1.0] * 6) is None
    assert regularity([1.0] * 7) == 1.0


def test_critical_values_are_those_of_students_t() -> None:
    for weeks, critical in CRITICAL_T.items():
        assert critical == pytest.approx(students_t.ppf(0.975, weeks - 2), abs=1e-6)


@pytest.mark.parametrize(
    ("weekly", "expected"),
    [
        ((1, 2, 3, 4, 5, 6, 7, 8), Trend.RISING),
        ((8, 7, 6, 5, 4, 3, 2, 1), Trend.FALLING),
        ((2, 2, 2, 2, 2, 2, 2, 2), Trend.STEADY),
        ((0, 0, 0, 0, 0, 0, 0, 20), Trend.STEADY),  # r = 0.577: one burst is no trend
        ((3, 5, 2, 4, 6, 5, 8, 4), Trend.STEADY),  # r = 0.529, p 0.178
        ((3, 5, 2, 4, 6, 5, 8, 6), Trend.RISING),  # r = 0.725, p 0.042
        ((0, 0, 1, 0, 1, 0, 1, 1), Trend.UNKNOWN),
        ((1, 2, 3, 4, 5, 6, 7), Trend.UNKNOWN),
        ((90, 80, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6), Trend.RISING),  # only the latest twelve weeks count
    ],
)
def test_trend_is_a_slope_that_chance_does_not_explain(weekly: tuple[int, ...], expected: Trend) -> None:
    assert trend(weekly) is expected
