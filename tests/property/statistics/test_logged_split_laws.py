"""Does the check of logged probabilities find what is broken, and nothing else?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from domain.statistics.logged_splits import LoggedDraw, logged_split_p_value


def draw(users: int, probability: float) -> LoggedDraw:
    return LoggedDraw(users, users / probability, users / probability**2)


def of_a_bandit(generator: np.random.Generator, users: int, kept: float = 1.0) -> list[LoggedDraw]:
    """Three draws whose allocation changes with every tenth of the users; `kept`: the share of the first one's users
    that is not lost.
    """
    sums = np.zeros((3, 3))
    for allocation in generator.dirichlet((2, 2, 2), size=10):
        shares = 0.05 + 0.85 * allocation
        counts = generator.multinomial(users // 10, shares)
        counts[0] = generator.binomial(counts[0], kept)
        sums += np.stack([counts, counts / shares, counts / shares**2], axis=1)
    return [LoggedDraw(int(row[0]), float(row[1]), float(row[2])) for row in sums]


def test_with_one_allocation_it_is_the_binomial_test_of_each_arm() -> None:
    """520 and 480 of 1,000 at even chances: about z = (520 - 500) / sqrt(250), here with the variance as observed."""
    p_value = logged_split_p_value([draw(520, 0.5), draw(480, 0.5)])

    smallest = 2 * ndtr(-(1_000 - 480 / 0.5) / (480 * (1 / 0.25 - 1 / 0.5)) ** 0.5)
    assert p_value == pytest.approx(2 * smallest)


def test_alarms_are_as_rare_as_they_are_said_to_be_however_the_allocation_changed() -> None:
    generator = np.random.default_rng(3)
    p_values = np.array([logged_split_p_value(of_a_bandit(generator, 3_000)) for _ in range(2_000)])

    assert (p_values < 0.001).mean() <= 0.003
    assert (p_values < 0.05).mean() <= 0.06


def test_a_tenth_of_a_variation_lost_is_found() -> None:
    generator = np.random.default_rng(4)
    p_values = [logged_split_p_value(of_a_bandit(generator, 40_000, kept=0.9)) for _ in range(100)]

    assert sum(p < 0.001 for p in p_values) >= 95


@given(users=st.lists(st.integers(0, 10**9), max_size=5), probability=st.floats(1e-3, 1))
def test_whatever_was_counted_the_answer_is_a_probability(users: list[int], probability: float) -> None:
    assert 0 <= logged_split_p_value([draw(number, probability) for number in users]) <= 1


def test_nobody_says_nothing() -> None:
    assert logged_split_p_value([]) == 1
    assert logged_split_p_value([draw(0, 0.5), draw(0, 0.5)]) == 1
