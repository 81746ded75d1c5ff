"""Is the simulation what its model says, and do its figures stay what they are?"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.simulation.false_alarms import false_alarms
from app.simulation.heterogeneity import Heterogeneity
from app.simulation.populations import UNDECIDED, Population, simulated_population
from app.simulation.reports import Crowd
from app.simulation.strategies import Strategy, by_allocation, shown_by
from app.simulation.tastes import DEFAULT, FAVOURITES, ITEMS, drawn_world
from app.simulation.trials import Trial, tried
from domain.rules.buckets import bucket_ranges, chosen_variation

SEED = 7


@cache
def crowd(users: int = 2_000, legibility: float = 0.5) -> Population:
    return simulated_population(users, days=10, seed=SEED, legibility=legibility)


@cache
def trial(heterogeneity: Heterogeneity) -> Trial:
    return tried(crowd(), heterogeneity, SEED, worlds=5)


@pytest.mark.parametrize(
    ("heterogeneity", "golden"),
    [
        (Heterogeneity.NONE, (-0.0062, -0.04814, 0.07489, 0.03093, 0.1141, 0.0)),
        (Heterogeneity.STRONG, (0.35782, 0.28716, 0.49092, 0.0381, 0.11717, 0.4)),
    ],
)
def test_equal_options_give_equal_figures(heterogeneity: Heterogeneity, golden: tuple[float, ...]) -> None:
    """Golden numbers of 2,000 users in five worlds: the lift of rules and its bounds, a bandit's, the best single's."""
    found = trial(heterogeneity)

    rules, bandit, best = (
        found.of(strategy).lift for strategy in (Strategy.RULES, Strategy.BANDIT, Strategy.BEST_SINGLE)
    )
    figures = (rules.mean, rules.low, rules.high, bandit.mean, best.mean, found.claim_reached)
    assert figures == pytest.approx(golden, abs=1e-4)


def test_another_seed_gives_another_crowd_and_the_same_seed_the_same() -> None:
    again = simulated_population(200, 10, SEED, 0.5)
    other = simulated_population(200, 10, SEED + 1, 0.5)

    assert (again.decided == simulated_population(200, 10, SEED, 0.5).decided).all()
    assert (again.favourites != other.favourites).any()


@pytest.mark.parametrize("heterogeneity", Heterogeneity)
def test_nothing_beats_what_somebody_would_show_who_knew_everything(heterogeneity: Heterogeneity) -> None:
    found = trial(heterogeneity)
    known = found.of(Strategy.FAVOURITES).rate.mean

    assert found.of(Strategy.DEFAULT).lift.mean == 0
    assert found.of(Strategy.BEST_SINGLE).lost.mean == 0
    assert all(each.rate.mean <= known + 1e-12 for each in found.performances)


def test_the_more_tastes_matter_the_more_rules_bring() -> None:
    lifts = [trial(heterogeneity).of(Strategy.RULES).lift.mean for heterogeneity in Heterogeneity]

    assert lifts == sorted(lifts)
    assert lifts[0] < 0.1 < lifts[-1]


def test_without_different_tastes_the_best_for_all_is_the_best_for_each() -> None:
    found = trial(Heterogeneity.NONE)

    assert found.of(Strategy.FAVOURITES).rate.mean == pytest.approx(found.of(Strategy.BEST_SINGLE).rate.mean)
    assert found.told_to_personalise == 0


def test_the_engine_s_rules_know_more_of_users_who_show_more() -> None:
    vague, clear = (Crowd.of(crowd(500, legibility), 1, SEED, legibility) for legibility in (0.2, 0.9))

    assert clear.right > 0.95 > vague.right
    assert clear.decided > vague.decided


def test_of_users_whose_actions_show_nothing_rules_are_right_by_chance() -> None:
    population = crowd(2_000, 0.0)
    decided = population.decided != UNDECIDED

    right = np.mean(population.decided[decided] == population.favourites[decided])

    assert right == pytest.approx(
        np.dot(FAVOURITES, np.bincount(population.decided[decided]) / decided.sum()), abs=0.05
    )


def test_favourites_have_their_shares_and_days_equally_many_users() -> None:
    population = crowd()

    assert np.bincount(population.favourites) / 2_000 == pytest.approx(FAVOURITES, abs=0.04)
    assert np.bincount(population.days).tolist() == [200] * 10
    assert population.arriving(3) == slice(600, 800)


def test_users_to_whom_no_rule_applies_see_the_default() -> None:
    population = crowd()
    world = drawn_world(population.favourites, Heterogeneity.STRONG, SEED, 0)

    shown = shown_by(Strategy.RULES, population, world)

    assert set(shown[population.decided == UNDECIDED]) == {DEFAULT}
    assert (shown[population.decided != UNDECIDED] == population.decided[population.decided != UNDECIDED]).all()


def test_a_bandit_loses_fewer_conversions_than_equal_shares() -> None:
    found = trial(Heterogeneity.STRONG)

    assert found.of(Strategy.BANDIT).lost.mean < found.of(Strategy.UNIFORM).lost.mean


def test_the_measured_interval_is_of_the_lift() -> None:
    found = trial(Heterogeneity.STRONG)

    assert found.measured is not None
    assert found.measured.low < found.measured.estimate < found.measured.high
    assert found.covered is not None
    assert found.covered >= 0.6


@given(
    buckets=st.lists(st.integers(0, 9_999).map(lambda number: number / 10_000), min_size=1, max_size=20),
    parts=st.lists(st.integers(1, 9), min_size=len(ITEMS), max_size=len(ITEMS)),
)
def test_many_users_are_assigned_as_the_engine_assigns_each(buckets: list[float], parts: list[int]) -> None:
    allocation = [part / sum(parts) for part in parts]
    ranges = bucket_ranges(len(ITEMS), weights=allocation)
    near_an_end = [number for number in buckets if min(abs(number - each.end) for each in ranges) < 1e-9]
    sure = [number for number in buckets if number not in near_an_end]

    assert by_allocation(np.array(sure), allocation).tolist() == [chosen_variation(number, ranges) for number in sure]


def test_verdicts_without_effect_are_as_often_false_as_they_say() -> None:
    alarms = false_alarms(users=10_000, days=20, seed=SEED, experiments=300)

    assert alarms.at_the_end == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 300))
    assert alarms.any_day_sequential <= 0.05
    assert alarms.any_day > 2 * alarms.at_the_end


def test_too_few_users_measure_nothing_and_break_nothing() -> None:
    population = simulated_population(100, 10, SEED, 0.0)

    found = tried(population, Heterogeneity.NONE, SEED, worlds=2)

    assert found.told_to_personalise == 0
    assert found.advice.startswith("Too few users")
    assert false_alarms(users=20, days=10, seed=SEED, experiments=3).any_day == 0
