"""Golden numbers of bandits, from closed forms and independent quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from domain.statistics.bandits.advice import advise_bandit
from domain.statistics.bandits.allocations import equal_allocation, in_whole_buckets, with_floor
from domain.statistics.bandits.beliefs import MeanBelief, RateBelief
from domain.statistics.bandits.chances import chances_of_being_best
from domain.statistics.bandits.evidence import Evidence, mean_beliefs
from domain.statistics.bandits.reallocations import BanditGoal, reallocate
from domain.statistics.bandits.stratified import Day, stratified
from domain.statistics.samples import Sample


def chance_that_the_second_is_better(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Of two Beta distributions with whole parameters: E. Miller, "Formulas for Bayesian A/B Testing" (2015)."""
    a, b = first
    of_second = np.arange(second[0])
    logarithms = (
        special.betaln(a + of_second, b + second[1])
        - np.log(second[1] + of_second)
        - special.betaln(1 + of_second, second[1])
        - special.betaln(a, b)
    )
    return float(np.exp(logarithms).sum())


@pytest.mark.parametrize(
    ("first", "second"),
    [((1, 1), (2, 1)), ((3, 10), (7, 9)), ((20, 980), (30, 970)), ((451, 44_252), (469, 44_000)), ((1, 1), (9, 900))],
)
def test_two_rates_get_the_chances_of_the_closed_form(first: tuple[int, int], second: tuple[int, int]) -> None:
    beliefs = [RateBelief(hits - 1, misses - 1) for hits, misses in (first, second)]

    exact = chance_that_the_second_is_better(first, second)

    assert chances_of_being_best(beliefs) == pytest.approx((1 - exact, exact), abs=1e-5)


def test_three_rates_get_the_chances_of_an_integral_worked_out_elsewhere() -> None:
    """By `scipy.integrate.quad` over the densities, to 1e-12."""
    found = reallocate([Evidence(100, 12, 12), Evidence(100, 15, 15), Evidence(100, 9, 9)], equal_allocation(3))

    assert found.chances == pytest.approx((0.2502031, 0.6889928, 0.0608041), abs=1e-5)
    assert found.allocation == (0.2527, 0.6783, 0.069)


def test_two_wellknown_means_get_the_chances_of_the_normal_distribution() -> None:
    beliefs = [MeanBelief(0.0, 1.0, 1e9), MeanBelief(0.5, 2.0, 1e9)]

    assert chances_of_being_best(beliefs)[1] == pytest.approx(stats.norm.cdf(0.5 / math.sqrt(5)), abs=1e-5)


def test_few_values_give_student_distributions() -> None:
    """Outcomes 1, 2, 6 and 0, 1, 1, 2; the chance by `scipy.integrate.quad`."""
    few = (Evidence(3, 9, 41), Evidence(4, 4, 6))

    first, second = mean_beliefs(few)

    assert (first.centre, first.scale, first.freedom) == pytest.approx((2.7142857, 1.0678512, 4))
    assert (second.centre, second.scale, second.freedom) == pytest.approx((1.1714286, 0.4838620, 5))
    found = reallocate(few, (0.5, 0.5), BanditGoal(rates=False))
    assert found.chances == pytest.approx((0.8649647, 0.1350353), abs=1e-5)


def test_a_variation_without_users_is_explored() -> None:
    found = reallocate([Evidence(1_000, 100, 100), Evidence()], (0.5, 0.5))

    assert found.chances == pytest.approx((0.1, 0.9), abs=0.005)


def test_one_user_who_spent_much_convinces_nobody() -> None:
    found = reallocate([Evidence(1, 0, 0), Evidence(1, 1e6, 1e12)], (0.5, 0.5), BanditGoal(rates=False))

    assert found.chances is not None
    assert 0.5 < found.chances[1] < 0.8


def test_where_less_is_better_the_lowest_gets_most() -> None:
    found = reallocate([Evidence(100, 12, 12), Evidence(100, 15, 15)], (0.5, 0.5), BanditGoal(increase=False))
    values = reallocate(
        [Evidence(9, 90, 990), Evidence(9, 45, 270)], (0.5, 0.5), BanditGoal(rates=False, increase=False)
    )

    assert found.chances == pytest.approx((0.7295, 0.2705), abs=1e-3)
    assert values.allocation[1] > 0.9


def test_of_a_clear_winner_the_others_keep_the_floor() -> None:
    found = reallocate([Evidence(10_000, 100, 100), Evidence(10_000, 900, 900), Evidence(10_000, 90, 90)], ())

    assert found.allocation == (0.01, 0.98, 0.01)
    assert math.fsum(found.allocation) == 1


def test_more_floors_than_there_is_to_share_are_equal_shares() -> None:
    assert with_floor((0.9, 0.1, 0.0, 0.0), 0.4) == equal_allocation(4) == (0.25, 0.25, 0.25, 0.25)


def test_whole_buckets_go_to_the_largest_remainders_first() -> None:
    assert in_whole_buckets((1 / 3, 1 / 3, 1 / 3)) == (0.3334, 0.3333, 0.3333)
    assert in_whole_buckets((0.12345, 0.87651, 0.00004)) == (0.1235, 0.8765, 0.0)


@pytest.mark.parametrize(
    ("variations", "reason"),
    [
        ([], "there are no variations"),
        ([Evidence(), Evidence()], "nobody has been exposed yet"),
        ([Evidence(1, 2, 2), Evidence(1, 0, 0)], "the counts are no possible counts of outcomes"),
        ([Evidence(math.nan, 0, 0), Evidence(1, 0, 0)], "the counts are no possible counts of outcomes"),
        ([Evidence(-1, 0, 0), Evidence(1, 0, 0)], "the counts are no possible counts of outcomes"),
        ([Evidence(1, 1e200, 1e300), Evidence(1, 0, 0)], "the counts are no possible counts of outcomes"),
    ],
)
def test_what_says_nothing_keeps_the_allocation_and_says_why(variations: list[Evidence], reason: str) -> None:
    found = reallocate(variations, (0.7, 0.3))

    assert found.chances is None
    assert found.reason == reason
    assert found.allocation == ((0.7, 0.3) if variations else ())


def test_a_floor_that_is_no_number_keeps_the_allocation() -> None:
    found = reallocate([Evidence(9, 1, 1), Evidence(9, 2, 2)], (0.7, 0.3), BanditGoal(floor=math.nan))

    assert (found.allocation, found.reason) == ((0.7, 0.3), "the floor is not a number")


def test_evidence_is_taken_from_samples_exactly_if_a_float_can_hold_it() -> None:
    assert Evidence.of(Sample.of([1.0, 2.5, 0.0])) == Evidence(3, 3.5, 7.25)
    assert Evidence.of(Sample.of_rate(10, 4)) == Evidence(10, 4, 4)
    assert not Evidence.of(Sample(users=1, total=10**400, total_squares=10**800)).is_possible


def test_after_the_world_has_changed_a_bandit_that_forgets_changes_its_mind() -> None:
    """The first variation was better for thirty days, the second for the last five."""
    good, bad = Evidence(100, 20, 20), Evidence(100, 10, 10)
    days = [Day(age, (bad, good) if age < 5 else (good, bad)) for age in range(35)]

    remembering = reallocate(stratified(days), (0.5, 0.5))
    forgetting = reallocate(stratified(days, half_life_days=3.0), (0.5, 0.5))

    assert remembering.allocation == (0.99, 0.01)
    assert forgetting.allocation[1] > 0.9


@pytest.mark.parametrize(
    ("variations", "users", "said"),
    [
        (2, 1_000_000, "FIXED is advised: a bandit pays from about 5 variations on, and there are 2."),
        (5, 3_000, "FIXED is advised: a bandit pays from tens of thousands of users on, and 3,000 are expected."),
        (5, 50_000, "BANDIT is advised: with 5 variations and 50,000 expected users"),
    ],
)
def test_a_bandit_is_advised_for_many_variations_and_many_users(variations: int, users: int, said: str) -> None:
    advice = advise_bandit(variations, users)

    assert advice.text.startswith(said)
    assert advice.worth_it is said.startswith("BANDIT")
