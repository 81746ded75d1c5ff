"""Another allocation is valued by what its variations brought, on each day by the chances of that day."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.outcomes.contributions import EXPOSED, ExposureSums, GoalSums
from domain.use_cases.allocation_values import value_of
from domain.use_cases.exposed_sums import RunSums
from tests.builders.experiments import build_experiment

PLAN = build_experiment()
CONTROL, OTHER = (variation.key for variation in PLAN.variations)


def day(users: int, reached: int, others: int, others_reached: int, chance: float) -> RunSums:
    """What a day brought on which the variation besides the control was drawn with this chance."""
    sums: dict[tuple[str, int], tuple[int, ...]] = {}
    for key, count, success, probability in (
        (CONTROL, users, reached, 1 - chance),
        (OTHER, others, others_reached, chance),
    ):
        inverse = round(count / probability * 1_000_000)
        sums[key, EXPOSED] = tuple(ExposureSums(count, 0, inverse, round(inverse / probability)))
        sums[key, 0] = tuple(GoalSums(count, success, success, success))
    return RunSums(sums)


def test_giving_everybody_the_better_variation_is_worth_what_it_brought() -> None:
    value = value_of(PLAN, {1: day(1_000, 100, 1_000, 150, 0.5)}, {OTHER: 1.0})

    assert value.expected is not None
    assert value.gain is not None
    assert value.logged is not None
    assert value.logged.value == pytest.approx(0.125)
    assert value.expected.value == pytest.approx(0.15, abs=1e-3)
    assert value.gain.low < 0.025 < value.gain.high
    assert value.effective_users == pytest.approx(1_000)
    assert "would have given" in value.text


def test_each_day_is_weighted_by_the_chances_of_that_day() -> None:
    """On a day on which everybody did more, a bandit gave most users the one variation: that makes it no better."""
    days = {1: day(900, 90, 100, 10, 0.1), 2: day(100, 30, 900, 270, 0.9)}

    value = value_of(PLAN, days, {CONTROL: 0.5, OTHER: 0.5})

    assert value.gain is not None
    assert value.gain.value == pytest.approx(0, abs=0.01)


def test_the_allocation_in_force_gives_what_was_given() -> None:
    value = value_of(PLAN, {1: day(500, 50, 500, 60, 0.5)}, {CONTROL: 0.5, OTHER: 0.5})

    assert value.gain is not None
    assert value.gain.value == pytest.approx(0, abs=1e-3)
    assert value.effective_users == pytest.approx(1_000)


def test_of_nobody_nothing_is_said() -> None:
    value = value_of(PLAN, {}, {OTHER: 1.0})

    assert (value.users, value.expected, value.gain) == (0, None, None)
    assert value.text


@given(
    users=st.integers(0, 2_000),
    others=st.integers(0, 2_000),
    rates=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    share=st.floats(0, 1),
    chance=st.floats(0.01, 0.99),
)
def test_whatever_was_logged_numbers_are_numbers_or_absent(
    users: int, others: int, rates: tuple[float, float], share: float, chance: float
) -> None:
    sums = day(users, int(users * rates[0]), others, int(others * rates[1]), chance)

    value = value_of(PLAN, {1: sums}, {CONTROL: 1 - share, OTHER: share})

    assert value.text
    for estimate in (value.logged, value.expected, value.gain):
        if estimate is not None:
            assert estimate.low <= estimate.value <= estimate.high
            assert all(map(math.isfinite, (estimate.low, estimate.value, estimate.high)))
