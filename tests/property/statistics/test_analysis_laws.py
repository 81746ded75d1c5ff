"""What holds for every analysis, whatever the users did."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.model.experiment_results import Comparison, ExperimentResults, Verdict
from domain.statistics.absences import Absence
from domain.statistics.comparisons import Compared, compare
from domain.statistics.false_discoveries import adjusted_p_values
from domain.statistics.plans import Plan
from domain.statistics.questions import Design, Looks, Outcome, Question
from domain.statistics.sample_ratios import sample_ratio_p_value, sequential_sample_ratio_p_value
from domain.statistics.samples import Sample
from tests.builders.observed import MEAN, ONCE, RATE, analysed

if TYPE_CHECKING:
    from random import Random

ANY_TIME = Design(looks=Looks.ANY_TIME)
RATES = st.integers(2, 10**6).flatmap(
    lambda users: st.builds(Sample.of_rate, st.just(users), st.integers(1, users - 1))
)
VALUES = st.lists(st.integers(-1_000, 1_000).map(float), min_size=2, max_size=30)
Pairs: TypeAlias = list[tuple[float, float]]
PAIRS = st.lists(st.tuples(st.integers(-9, 9).map(float), st.integers(-9, 9).map(float)), min_size=2, max_size=30)
NUMBERS = st.one_of(st.integers(-(10**40), 10**40), st.floats())
ANYTHING = st.builds(Sample, st.integers(-5, 10**12), st.integers(-5, 10**12), *([NUMBERS] * 8))
DESIGNS = st.sampled_from([ONCE, ANY_TIME])


def comparison_of(control: Sample, variation: Sample, question: Question = RATE) -> Comparison:
    compared = compare(control, variation, question, ONCE)
    assert isinstance(compared, Compared)
    return compared.comparison


def numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for each in value.values() for number in numbers(each)]
    if isinstance(value, list | tuple):
        return [number for each in value for number in numbers(each)]
    return [value] if isinstance(value, float) else []


@given(ANYTHING, ANYTHING, st.sampled_from(Outcome), DESIGNS)
def test_nothing_makes_an_analysis_fail_or_say_not_a_number(
    control: Sample, variation: Sample, outcome: Outcome, design: Design
) -> None:
    results = analysed(control, variation, question=Question(outcome), design=design)

    assert all(math.isfinite(number) for number in numbers(asdict(results)))
    assert results.verdict_text


@given(ANYTHING, ANYTHING, st.sampled_from(Outcome), DESIGNS)
def test_whatever_has_no_mean_or_no_lift_says_why(
    control: Sample, variation: Sample, outcome: Outcome, design: Design
) -> None:
    alone, compared = analysed(control, variation, question=Question(outcome), design=design).variations

    assert (alone.mean is None) == bool(alone.goal.absent)
    assert (compared.lift is None) == bool(compared.goal.absent)
    assert compared.mean is not None or compared.goal.absent


@given(RATES, RATES)
def test_intervals_contain_the_estimate_and_the_always_valid_one_is_wider(one: Sample, other: Sample) -> None:
    comparison = comparison_of(one, other)

    assert comparison.sequential_low <= comparison.low <= comparison.difference
    assert comparison.difference <= comparison.high <= comparison.sequential_high


@given(RATES, RATES)
def test_exchanging_control_and_variation_turns_the_sign(one: Sample, other: Sample) -> None:
    there, back = comparison_of(one, other), comparison_of(other, one)

    assert back.difference == pytest.approx(-there.difference, abs=1e-15)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert back.p_value == pytest.approx(there.p_value)
    assert back.chance_to_win + there.chance_to_win == pytest.approx(1)


@given(RATES, RATES)
def test_less_is_better_turns_chances_and_losses_and_nothing_else(one: Sample, other: Sample) -> None:
    more = comparison_of(one, other)
    less = comparison_of(one, other, Question(Outcome.RATE, increase=False))

    assert less.chance_to_win == pytest.approx(1 - more.chance_to_win)
    assert less.expected_loss - more.expected_loss == pytest.approx(
        (1 + float(other.total)) / (2 + other.users) - (1 + float(one.total)) / (2 + one.users), abs=1e-9
    )
    assert (less.difference, less.p_value) == (more.difference, more.p_value)


@given(VALUES, VALUES, st.sampled_from([0.001, 7, 1_000_000]))
def test_other_units_scale_differences_and_leave_p_values_and_lifts(
    one: list[float], other: list[float], factor: float
) -> None:
    plain = compare(Sample.of(one), Sample.of(other), MEAN, ONCE)
    assume(isinstance(plain, Compared))
    scaled = compare(Sample.of(one).scaled(factor), Sample.of(other).scaled(factor), MEAN, ONCE)

    assert isinstance(plain, Compared)
    assert isinstance(scaled, Compared)
    assert scaled.comparison.difference == pytest.approx(plain.comparison.difference * factor, abs=1e-9 * factor)
    assert scaled.comparison.p_value == pytest.approx(plain.comparison.p_value)
    assert (scaled.lift is None) == (plain.lift is None)
    if plain.lift and scaled.lift:
        assert scaled.lift.high == pytest.approx(plain.lift.high)


@given(VALUES, VALUES, st.integers(-(10**9), 10**9))
def test_what_everybody_has_more_changes_no_difference(one: list[float], other: list[float], more: int) -> None:
    plain = compare(Sample.of(one), Sample.of(other), MEAN, ONCE)
    moved = compare(Sample.of([each + more for each in one]), Sample.of([each + more for each in other]), MEAN, ONCE)

    assert isinstance(plain, Absence) == isinstance(moved, Absence)
    if isinstance(plain, Compared) and isinstance(moved, Compared):
        assert moved.comparison.p_value == pytest.approx(plain.comparison.p_value, rel=1e-6)


@given(VALUES, VALUES, st.randoms(use_true_random=False))
def test_the_order_of_users_does_not_matter(one: list[float], other: list[float], random: Random) -> None:
    shuffled = random.sample(one, len(one))

    assert compare(Sample.of(shuffled), Sample.of(other), MEAN, ONCE) == compare(
        Sample.of(one), Sample.of(other), MEAN, ONCE
    )


@given(PAIRS, PAIRS)
def test_adjusting_by_the_time_before_says_what_it_brought(one: Pairs, other: Pairs) -> None:
    control, variation = (
        Sample.of([after for after, _ in each], before=[before for _, before in each]) for each in (one, other)
    )
    compared = compare(control, variation, MEAN, ONCE)

    if isinstance(compared, Compared):
        reduction = compared.comparison.variance_reduction
        assert reduction is None or 0 <= reduction <= 1
        assert reduction is None or all(len({before for _, before in each}) > 1 for each in (one, other))


@given(st.lists(st.floats(0, 1), max_size=20))
def test_adjusted_p_values_keep_their_order_and_only_grow(p_values: list[float]) -> None:
    adjusted = adjusted_p_values(p_values)

    assert all(before <= after <= 1 for before, after in zip(p_values, adjusted, strict=True))
    pairs = sorted(zip(p_values, adjusted, strict=True))
    assert [after for _, after in pairs] == sorted(after for _, after in pairs)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(0.01, 1)), min_size=2, max_size=6), st.floats(0.1, 100))
def test_only_the_proportions_of_an_allocation_count(split: list[tuple[int, float]], factor: float) -> None:
    users, shares = [seen for seen, _ in split], [share for _, share in split]
    scaled = [share * factor for share in shares]

    for test in (sample_ratio_p_value, sequential_sample_ratio_p_value):
        assert test(users, scaled) == pytest.approx(test(users, shares), rel=1e-6, abs=1e-9)
        assert 0 <= test(users, shares) <= 1


@given(st.integers(1, 99), st.floats(0.01, 0.5), st.floats(0.01, 0.5), DESIGNS)
def test_a_larger_difference_needs_no_more_users(rate: int, one: float, other: float, design: Design) -> None:
    plan = Plan(Sample.of([float(each < rate) * 5 + each for each in range(100)]), MEAN, (1, 2), design)
    small, large = (plan.users_needed(relative) for relative in sorted((one, other)))

    assert isinstance(small, int)
    assert isinstance(large, int)
    assert small >= large


@given(RATES, RATES, DESIGNS)
def test_a_verdict_follows_from_the_interval_that_is_told(one: Sample, other: Sample, design: Design) -> None:
    results: ExperimentResults = analysed(one, other, design=design)
    comparison = results.variations[1].goal.comparison

    assert (results.winner is not None) == (results.verdict is Verdict.VARIATION_WINS)
    if design is ANY_TIME and comparison and results.verdict is Verdict.VARIATION_WINS:
        assert comparison.sequential_low > -1e-12
    if design is ANY_TIME and comparison and results.verdict is Verdict.CONTROL_WINS:
        assert comparison.sequential_high < 1e-12
