"""Measures of rhythm stay in their ranges, and call chance a trend about as often as they say."""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from domain.model.usage import Trend
from domain.rules.rhythms import entropy, regularity, shrunken_shares, trend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.random import Generator
    from numpy.typing import NDArray

COUNTS = st.lists(st.integers(0, 10_000), min_size=2, max_size=24)
GAPS = st.lists(st.floats(1 / 48, 91), min_size=7, max_size=60)
RUNS = 4_000


@given(COUNTS, st.integers(1, 10_000), st.integers(1, 100))
def test_shares_sum_to_one_and_keep_the_order_of_the_counts(counts: list[int], evidence: int, prior: int) -> None:
    assume(sum(counts))
    shares = shrunken_shares(counts, evidence, prior)
    assert sum(shares) == pytest.approx(1)
    assert [shares[i] for i in np.argsort(counts, kind="stable")] == sorted(shares)
    assert all(share > 0 for share in shares)


@given(COUNTS, st.integers(1, 10_000), st.integers(1, 100))
def test_more_evidence_moves_every_share_from_even_to_observed(counts: list[int], evidence: int, prior: int) -> None:
    assume(sum(counts))
    fewer, more = (shrunken_shares(counts, amount, prior) for amount in (evidence, evidence + 1))
    for count, before, after in zip(counts, fewer, more, strict=True):
        observed = count / sum(counts)
        assert abs(after - observed) <= abs(before - observed) + 1e-12


@given(COUNTS)
def test_entropy_is_scipys_with_the_correction_of_miller_and_madow(counts: list[int]) -> None:
    assume(sum(counts))
    correction = (sum(count > 0 for count in counts) - 1) / (2 * sum(counts))
    assert entropy(counts) == pytest.approx(float(stats.entropy(counts)) + correction, abs=1e-9)


@given(GAPS)
def test_regularity_is_a_share_and_blind_to_the_order_of_gaps(gaps: list[float]) -> None:
    measured = regularity(gaps)
    assert measured is not None
    assert 0 <= measured <= 1
    assert regularity(gaps[::-1]) == measured


@given(st.floats(1 / 48, 91), st.integers(7, 100))
def test_equal_gaps_are_perfectly_regular(gap: float, count: int) -> None:
    assert regularity([gap] * count) == 1.0


def test_random_sessions_read_as_documented_and_bursts_less_regular_still() -> None:
    chance = np.random.default_rng(20)
    for mean, expected in ((0.2, 0.34), (1.0, 0.27), (7.0, 0.24)):
        poisson = regularity(list(1 / 48 + chance.exponential(mean, 20_000)))
        assert poisson == pytest.approx(expected, abs=0.02)
    bursts = regularity(list(np.clip(np.exp(chance.normal(-1, 2, 20_000)), 1 / 48, 90)))
    assert bursts == pytest.approx(0.08, abs=0.02)


def test_few_gaps_read_too_regular_by_no_more_than_documented() -> None:
    chance = np.random.default_rng(21)
    for count, bias in ((7, 0.12), (20, 0.035)):
        measured = [regularity(list(1 / 48 + chance.exponential(1, count))) or 0.0 for _ in range(RUNS)]
        assert abs(fmean(measured) - 0.268) < bias + 0.01


@given(st.lists(st.integers(0, 50), min_size=8, max_size=12))
def test_trends_are_the_slopes_that_scipy_finds_significant(weekly: list[int]) -> None:
    assume(sum(weekly) >= 5 and len(set(weekly)) > 1)
    line = stats.linregress(range(len(weekly)), weekly)
    assume(math.fabs(line.pvalue - 0.05) > 1e-6)
    if line.pvalue > 0.05:
        assert trend(weekly) is Trend.STEADY
    else:
        assert trend(weekly) is (Trend.RISING if line.slope > 0 else Trend.FALLING)


@given(st.lists(st.integers(0, 50), min_size=8, max_size=12))
def test_a_trend_read_backwards_is_the_opposite_one(weekly: list[int]) -> None:
    opposite = {Trend.RISING: Trend.FALLING, Trend.FALLING: Trend.RISING}
    assert trend(weekly[::-1]) is opposite.get(trend(weekly), trend(weekly))


def _poisson(chance: Generator, weeks: int) -> NDArray[np.int64]:
    return chance.poisson(2, (RUNS, weeks))


def _bursts(chance: Generator, weeks: int) -> NDArray[np.int64]:
    """Variance four times the mean."""
    return chance.negative_binomial(1, 1 / 4, (RUNS, weeks))


def _nearly_full_weeks(chance: Generator, weeks: int) -> NDArray[np.int64]:
    return chance.binomial(5, 0.9, (RUNS, weeks))


@pytest.mark.parametrize("weeks", [8, 12])
@pytest.mark.parametrize("habit", [_poisson, _bursts, _nearly_full_weeks])
def test_of_users_whose_habits_do_not_change_about_one_in_twenty_has_a_trend(
    habit: Callable[[Generator, int], NDArray[np.int64]], weeks: int
) -> None:
    found = _share_with_a_trend(habit(np.random.default_rng(22), weeks).tolist())
    assert 0.035 < found < 0.06


def test_tripling_within_twelve_weeks_is_found_in_most_users_who_come_often() -> None:
    growing = np.linspace(4, 12, 12)
    weeks = np.random.default_rng(23).poisson(growing, (RUNS, 12))
    assert _share_with_a_trend(weeks.tolist()) > 0.7


def _share_with_a_trend(users: Iterable[list[int]]) -> float:
    trends = [trend(weekly) for weekly in users]
    known = [found for found in trends if found is not Trend.UNKNOWN]
    return sum(found is not Trend.STEADY for found in known) / len(known)
