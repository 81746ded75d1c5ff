"""Is what is read from sums what published analyses say?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.experiment_results import Verdict
from domain.model.experiments import Experiment, ExperimentMode, Goal, GoalMeasure, Variation, VariationKey
from domain.model.interactions import InteractionKind
from domain.rules.instants import EPOCH
from domain.rules.outcomes.contributions import EXPOSED, ExposureSums, GoalSums, inverse_micros
from domain.use_cases.experiment_results import MOST_POINTS, growth_of, performance_of, results_of
from domain.use_cases.exposed_sums import RunSums, together
from tests.builders.outcomes import BOLD, CONTROL, EXPERIMENT, EXPOSED_AT, build_run
from tests.builders.rules import build_rule

if TYPE_CHECKING:
    from domain.model.rules import Rule

RETURNED = Goal(InteractionKind.SESSION_START, window_days=7)
GATES = Experiment(
    (Variation(VariationKey("gate_30"), 0.5, control=True), Variation(VariationKey("gate_40"), 0.5)), RETURNED
)


def rule_with(experiment: Experiment, **run: Any) -> Rule:
    return replace(build_rule("r1", experiment=experiment), run=build_run(**run))


def rate(users: int, reached: int) -> dict[int, tuple[int, ...]]:
    return {
        EXPOSED: tuple(ExposureSums(users, 0, 2_000_000 * users, 4_000_000 * users)),
        0: tuple(GoalSums(users, reached, reached, reached)),
    }


def sums_of(**variations: dict[int, tuple[int, ...]]) -> RunSums:
    return RunSums({(key, number): sums for key, some in variations.items() for number, sums in some.items()})


# Day-7 retention of cookie_cats, as published: 8,502 of 44,700 players and 8,279 of 45,489.
COOKIE_CATS = sums_of(gate_30=rate(44_700, 8_502), gate_40=rate(45_489, 8_279))


def test_published_counts_give_the_published_difference() -> None:
    results = results_of(rule_with(GATES), COOKIE_CATS, EXPOSED_AT)

    assert results is not None
    control, gate_40 = results.variations
    assert (results.exposed_users, control.lift) == (90_189, None)
    assert control.mean == pytest.approx(0.190201, abs=1e-6)
    assert gate_40.goal.comparison is not None
    assert gate_40.goal.comparison.difference == pytest.approx(-0.008201, abs=1e-6)
    assert gate_40.goal.comparison.p_value == pytest.approx(0.001554, abs=1e-6)
    assert gate_40.lift is not None
    assert gate_40.lift.relative == pytest.approx(-0.0431, abs=1e-4)
    assert gate_40.lift.chance_to_win == pytest.approx(0.00078, abs=1e-5)
    assert not results.sample_ratio_mismatch
    assert results.verdict is Verdict.KEEP_RUNNING  # looked at as often as one likes, it is not decided


def test_values_are_read_in_their_unit_and_adjusted_by_what_was_before() -> None:
    """100 users a side who spent 10 or 20, twice that after the change, and as much before as after."""
    spent = Goal(InteractionKind.CONVERSION, window_days=7, measure=GoalMeasure.VALUE_MEAN)
    experiment = replace(EXPERIMENT, goal=spent, guardrails=())

    def halves(low: int, high: int) -> GoalSums:
        before = 50 * (10**2 + 20**2)
        return GoalSums(
            100,
            100,
            50 * (low + high) * 10**6,
            50 * (low**2 + high**2) * 10**12,
            50 * 30 * 10**6,
            before * 10**12,
            50 * (10 * low + 20 * high) * 10**12,
        )

    sums = sums_of(control={0: tuple(halves(10, 22))}, bold={0: tuple(halves(12, 23))})
    results = results_of(rule_with(experiment), sums, EXPOSED_AT)

    assert results is not None
    control, bold = results.variations
    assert (control.mean, bold.mean) == (16, 17.5)
    assert bold.lift is not None
    assert bold.lift.variance_reduction is not None
    assert bold.lift.variance_reduction > 0.99


@pytest.mark.parametrize(
    "sums",
    [
        RunSums(),
        sums_of(gate_30=rate(1, 1)),
        sums_of(gate_30=rate(1, 0), gate_40=rate(1, 1)),
        sums_of(gate_30=rate(50, 50), gate_40=rate(50, 50)),
        sums_of(gate_30=rate(50, 0), gate_40=rate(50, 0)),
    ],
)
def test_of_too_few_users_nothing_is_concluded_and_nothing_breaks(sums: RunSums) -> None:
    results = results_of(rule_with(GATES), sums, EXPOSED_AT)

    assert results is not None
    assert results.verdict in {Verdict.NOT_ENOUGH_DATA, Verdict.VOID}
    assert results.winner is None


def test_of_an_allocation_that_changed_on_the_way_too() -> None:
    """Half of the users were assigned by 0.9 and 0.1: by the even shares in force now, the split would be absurd."""
    inverses = round(500 * 10**6 / 0.9 + 500 * 10**6 * 2), round(500 * 10**6 / 0.81 + 500 * 10**6 * 4)
    others = round(56 * 10**6 / 0.1 + 500 * 10**6 * 2), round(56 * 10**6 / 0.01 + 500 * 10**6 * 4)
    results = results_of(
        rule_with(GATES),
        sums_of(
            gate_30={EXPOSED: tuple(ExposureSums(1_000, 0, *inverses)), 0: tuple(GoalSums(1_000, 50, 50, 50))},
            gate_40={EXPOSED: tuple(ExposureSums(556, 0, *others)), 0: tuple(GoalSums(556, 50, 50, 50))},
        ),
        EXPOSED_AT,
    )

    assert results is not None
    assert not results.sample_ratio_mismatch


def test_of_a_bandit_the_split_is_judged_by_the_chances_that_were_logged() -> None:
    """900 to 100 is what was logged; under the allocation in force it would be absurd."""
    bandit = replace(GATES, mode=ExperimentMode.BANDIT)

    def arm(users: int, probability: float) -> dict[int, tuple[int, ...]]:
        inverses = round(users * 10**6 / probability), round(users * 10**6 / probability**2)
        return {EXPOSED: tuple(ExposureSums(users, 0, *inverses)), 0: tuple(GoalSums(users, 50, 50, 50))}

    fine = results_of(rule_with(bandit), sums_of(gate_30=arm(900, 0.9), gate_40=arm(100, 0.1)), EXPOSED_AT)
    broken = results_of(rule_with(bandit), sums_of(gate_30=arm(900, 0.6), gate_40=arm(100, 0.4)), EXPOSED_AT)

    assert fine is not None
    assert broken is not None
    assert (fine.sample_ratio_mismatch, fine.verdict is Verdict.VOID) == (False, False)
    assert (broken.sample_ratio_mismatch, broken.verdict, broken.winner) == (True, Verdict.VOID, None)
    assert "void" in broken.verdict_text


def test_of_an_allocation_that_changed_users_are_compared_with_those_of_the_same_day() -> None:
    """Both variations reach 20 % among the users of one day and 5 % among those of another, who had less time."""

    def day(first: tuple[int, int], second: tuple[int, int], chance: float) -> RunSums:
        def arm(users: int, reached: int, p: float) -> dict[int, tuple[int, ...]]:
            inverses = users * inverse_micros(p), users * inverse_micros(p * p)
            return {
                EXPOSED: tuple(ExposureSums(users, 0, *inverses)),
                0: tuple(GoalSums(users, reached, reached, reached)),
            }

        return sums_of(gate_30=arm(*first, chance), gate_40=arm(*second, 1 - chance))

    days = [day((9_000, 1_800), (1_000, 200), 0.9), day((1_000, 50), (9_000, 450), 0.1)]
    bandit = rule_with(replace(GATES, mode=ExperimentMode.BANDIT), allocation=(0.1, 0.9))
    results = results_of(bandit, together(days), EXPOSED_AT, [{"r1/1": each} for each in days])

    assert results is not None
    gate_30, gate_40 = results.variations
    assert [gate_30.mean, gate_40.mean] == pytest.approx([0.125, 0.125])
    assert (gate_30.users, gate_30.conversions, gate_40.users, gate_40.conversions) == (10_000, 1_850, 10_000, 650)
    assert results.exposed_users == 20_000
    assert results.verdict is Verdict.KEEP_RUNNING


def test_what_was_found_grows_day_by_day_into_what_is_found_now() -> None:
    days = {
        5: {"r1/1": sums_of(gate_30=rate(100, 20), gate_40=rate(100, 30))},
        9: {"r1/1": sums_of(gate_30=rate(900, 180), gate_40=rate(900, 150)), "r2/1": sums_of(gate_30=rate(7, 7))},
    }
    rule = rule_with(GATES)

    growth = growth_of(rule, days, EXPOSED_AT)

    assert [(point.day, point.results.exposed_users) for point in growth] == [
        ((EPOCH + timedelta(days=5)).date(), 200),
        ((EPOCH + timedelta(days=9)).date(), 2_000),
    ]
    assert growth[-1].results == results_of(rule, together(runs["r1/1"] for runs in days.values()), EXPOSED_AT)
    assert growth_of(replace(rule, run=None), days, EXPOSED_AT) == []


@given(st.integers(0, 4 * MOST_POINTS))
def test_of_a_long_run_some_days_are_shown_and_the_latest_always(length: int) -> None:
    days = {day: {"r1/1": sums_of(gate_30=rate(1, 0), gate_40=rate(1, 1))} for day in range(length)}

    growth = growth_of(rule_with(GATES), days, EXPOSED_AT)

    users = [point.results.exposed_users for point in growth]
    assert len(users) == min(length, MOST_POINTS)
    assert users == sorted(set(users))
    assert users[-1:] == [2 * length][: len(users)]


def test_a_rule_is_performing_by_the_day_and_without_those_held_out() -> None:
    rule = rule_with(replace(EXPERIMENT, holdout=0.1))
    monday = {
        "r1/0": RunSums({("", 0): (10, 3, 3, 3), ("", EXPOSED): (10, 2, 1, 1)}),
        "r1/1": RunSums(
            {
                ("", EXPOSED): (7, 0, 1, 1),
                ("", 0): (7, 1, 1, 1),
                (BOLD, EXPOSED): (20, 1, 1, 1),
                (BOLD, 0): (20, 5, 5, 5),
                (CONTROL, EXPOSED): (22, 0, 1, 1),
                (CONTROL, 0): (22, 4, 4, 4),
            }
        ),
    }
    tuesday = {"r1/0": RunSums(), "r1/1": RunSums({(BOLD, EXPOSED): (1, 0, 1, 1), (BOLD, 0): (1, 1, 1, 1)})}

    performance = performance_of(rule, {20_000: monday, 20_001: tuesday}, {})

    assert [(point.day, point.users, point.conversions) for point in performance.series] == [
        ((EPOCH + timedelta(days=20_000)).date(), 52, 12),
        ((EPOCH + timedelta(days=20_001)).date(), 1, 1),
    ]
    assert (performance.users, performance.conversions, performance.dismissals) == (53, 13, 3)
    assert performance.conversion_rate == 13 / 53
    assert performance_of(rule, {}, {}).conversion_rate is None
