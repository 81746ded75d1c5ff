"""Each formula gives the number that somebody else published or computed."""

from __future__ import annotations

import math

import pytest
from scipy import stats
from scipy.special import betaln

from domain.statistics.absences import Absence
from domain.statistics.differences import Difference
from domain.statistics.false_discoveries import adjusted_p_values
from domain.statistics.plans import Plan
from domain.statistics.posteriors import Beta, chance_above, normal_outlook, rate_outlook
from domain.statistics.questions import Design, Looks
from domain.statistics.sample_ratios import sample_ratio_p_value, sequential_sample_ratio_p_value
from domain.statistics.samples import Sample
from domain.statistics.sequences import sequential_interval, sequential_p_value
from domain.statistics.winsorising import cap_at, capped
from tests.builders.observed import MEAN, ONCE, RATE

ANY_TIME = Design(looks=Looks.ANY_TIME)
TENTH = Sample.of_rate(10_000, 1_000)


def test_benjamini_and_hochberg_adjust_their_own_example() -> None:
    """The fifteen p-values of their paper: at .05 the first four are rejected."""
    published = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    published += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]

    assert sum(each <= 0.05 for each in adjusted_p_values(published)) == 4
    assert adjusted_p_values(published) == pytest.approx(stats.false_discovery_control(published))


def test_a_split_is_judged_by_chi_square() -> None:
    assert sample_ratio_p_value([44_700, 45_489], [0.5, 0.5]) == pytest.approx(0.0086, abs=5e-5)
    assert sample_ratio_p_value([345_543, 344_660], [1, 1]) == pytest.approx(0.2878, abs=5e-4)
    assert sample_ratio_p_value([30, 50, 20], [1, 1, 1]) == pytest.approx(stats.chisquare([30, 50, 20]).pvalue)


def test_users_where_none_should_be_are_impossible() -> None:
    assert sample_ratio_p_value([100, 1], [1, 0]) == 0
    assert sample_ratio_p_value([100, 0], [1, 0]) == 1
    assert sequential_sample_ratio_p_value([100, 1], [1, 0]) == 0


@pytest.mark.parametrize("test", [sample_ratio_p_value, sequential_sample_ratio_p_value])
def test_nobody_and_a_handful_are_no_mismatch(test: object) -> None:
    assert callable(test)
    assert test([0, 0], [0.5, 0.5]) == 1
    assert test([3, 0], [0.5, 0.5]) > 0.001
    assert test([0, 0], [0, 0]) == 1


def test_a_badly_broken_split_is_found_by_both() -> None:
    assert sample_ratio_p_value([50_000, 48_000], [1, 1]) < 1e-9
    assert sequential_sample_ratio_p_value([50_000, 48_000], [1, 1]) < 1e-6


def test_the_chance_of_one_rate_above_another_is_as_counted() -> None:
    """For whole numbers the probability is a finite sum: Evan Miller (2013), "Formulas for Bayesian A/B Testing"."""
    one, other = Beta(31, 71), Beta(41, 61)
    exact = math.fsum(
        math.exp(betaln(31 + i, 71 + 61) - math.log(61 + i) - betaln(1 + i, 61) - betaln(31, 71)) for i in range(41)
    )
    assert chance_above(other, one) == pytest.approx(exact, abs=1e-12)
    assert chance_above(other, one) + chance_above(one, other) == pytest.approx(1, abs=1e-12)
    assert chance_above(Beta(1, 1), Beta(1, 1)) == pytest.approx(0.5, abs=1e-12)
    assert chance_above(Beta(2, 1), Beta(1, 1)) == pytest.approx(2 / 3, abs=1e-12)
    assert chance_above(Beta(1, 1), Beta(1, 2)) == pytest.approx(2 / 3, abs=1e-12)


def test_a_rate_of_few_against_one_of_many_is_weighed_rightly() -> None:
    """The wide belief alone decides: the narrow one is about a point."""
    answer = chance_above(Beta(3, 8), Beta(200_000, 800_000))

    assert answer == pytest.approx(float(stats.beta.sf(0.2, 3, 8)), abs=1e-3)


def test_the_expected_loss_of_rates_is_that_of_uniform_ones() -> None:
    """Of two uniform rates, the mean of the larger's lead is a sixth."""
    outlook = rate_outlook(Sample(), Sample())

    assert (outlook.loss_if_larger_wins, outlook.loss_if_smaller_wins) == pytest.approx((1 / 6, 1 / 6))


def test_the_expected_loss_of_a_normal_difference_is_half_its_mean_deviation() -> None:
    outlook = normal_outlook(Difference(0.0, 4.0, 100, 98.0))

    assert outlook.chance == 0.5
    assert outlook.loss(increase=True) == outlook.loss(increase=False) == pytest.approx(2 / math.sqrt(2 * math.pi))


def test_the_always_valid_p_value_is_alpha_where_the_interval_touches_0() -> None:
    difference = Difference(0.3, 0.01, 3_000, 2_998.0)
    half = sequential_interval(difference, 0.05, 5_000)[1] - 0.3

    assert sequential_p_value(Difference(half, 0.01, 3_000, 2_998.0), 0.05, 5_000) == pytest.approx(0.05)


def test_the_always_valid_interval_is_about_narrowest_for_the_users_it_is_tuned_for() -> None:
    difference = Difference(0.0, 1.0, 5_000, 4_998.0)
    widths = {users: sequential_interval(difference, 0.05, users)[1] for users in (1_000, 5_000, 25_000)}

    assert min(widths, key=lambda users: widths[users]) == 5_000


def test_a_classical_plan_needs_what_the_tables_say() -> None:
    """10 % against 10.5 %, 80 % power, two-sided 5 %: 57,760 each (unpooled)."""
    plan = Plan(TENTH, RATE, (0.5, 0.5), ONCE)

    needed = plan.users_needed(0.05)
    assert isinstance(needed, int)
    assert needed / 2 == pytest.approx(57_760, abs=2)
    assert plan.detectable(needed) == pytest.approx(0.05, abs=1e-5)


def test_looking_any_time_costs_users() -> None:
    once, daily = (Plan(TENTH, RATE, (0.5, 0.5), design).users_needed(0.05) for design in (ONCE, ANY_TIME))

    assert isinstance(once, int)
    assert isinstance(daily, int)
    assert 2 * once < daily < 3 * once


def test_a_plan_says_how_many_more_days_it_needs() -> None:
    plan = Plan(TENTH, RATE, (0.5, 0.5), ONCE)

    assert plan.told(0.05, users_per_day=5_000, users_so_far=71_000) == (
        "needs 9 more days to find a difference of +5 % in 80 % of cases"
    )
    assert plan.told(0.05, 5_000, 200_000).startswith("has users enough")


@pytest.mark.parametrize(
    ("plan", "relative", "users_per_day", "reason"),
    [
        (Plan(Sample(), RATE, (1, 1)), 0.05, 100, "nobody has been exposed"),
        (Plan(TENTH, RATE, (1,)), 0.05, 100, "need a share of the users each"),
        (Plan(TENTH, RATE, (1, 0)), 0.05, 100, "need a share of the users each"),
        (Plan(TENTH, RATE, (1, 1)), 0.0, 100, "without a difference"),
        (Plan(TENTH, RATE, (1, 1)), math.nan, 100, "without a difference"),
        (Plan(TENTH, RATE, (1, 1)), 20.0, 100, "no rate is below 0 or above 1"),
        (Plan(TENTH, RATE, (1, 1)), 1e-9, 100, "no number of users"),
        (Plan(TENTH, RATE, (1, 1)), 0.05, 0, "without new users"),
        (Plan(Sample.of([-1.0, -2.0]), MEAN, (1, 1)), 0.05, 100, "the mean is not above 0"),
    ],
)
def test_what_cannot_be_planned_says_why(plan: Plan, relative: float, users_per_day: float, reason: str) -> None:
    assert reason in plan.told(relative, users_per_day)


def test_too_few_users_find_nothing() -> None:
    assert isinstance(Plan(TENTH, RATE, (1, 1)).detectable(150), Absence)


def test_a_cap_is_what_a_share_of_users_does_not_exceed() -> None:
    assert cap_at(0.9, [float(value) for value in range(1, 11)]) == 9
    assert cap_at(0.99, []) is None
    assert capped([1, 50, -3], 10) == [1, 10, -3]


@pytest.mark.parametrize(("reached", "missed"), [(101, 9_900), (150, 120), (5_000, 995_000), (99, 100), (1, 3)])
def test_chances_add_up_to_one_and_losses_differ_by_the_lead(reached: int, missed: int) -> None:
    one, other = Beta(reached, missed), Beta(reached * 1.1, missed)

    assert chance_above(one, other) + chance_above(other, one) == pytest.approx(1, abs=1e-12)
