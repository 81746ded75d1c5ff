"""Does what is suggested follow from the figures, and is nothing carried out on too few of them?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.conditions import AllOf, InSegment
from domain.model.experiments import Experiment, ExperimentMode, ExperimentStatus, Goal, GoalMeasure, Variation
from domain.model.interactions import InteractionKind
from domain.model.rules import RuleStatus
from domain.model.segments import SegmentKey
from domain.model.suggestions import Conclude, Pause, Prioritise, Reallocate, SuggestionKind, Target
from domain.rules.optimisation.experiments import suggested_by_experiment
from domain.rules.outcomes.contributions import EXPOSED, ExposureSums, GoalSums, inverse_micros
from domain.use_cases.exposed_sums import RunSums, together
from domain.use_cases.suggestions import carried_out, measured_of
from tests.builders.outcomes import BOLD, CONTROL, EXPOSED_AT, build_run
from tests.builders.rules import build_rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.model.rules import Rule
    from domain.model.suggestions import Suggestion

BOUGHT = Goal(InteractionKind.CONVERSION, window_days=7)
LEFT = Goal(InteractionKind.DISMISS, window_days=7, increase=False)
PLAIN = Experiment((Variation(CONTROL, 0.5, control=True), Variation(BOLD, 0.5)), BOUGHT)
GUARDED = replace(PLAIN, guardrails=(LEFT,))
NOW = EXPOSED_AT
Reached = tuple[int, ...]
"""Users, and how many of them reached the goal and each guardrail."""


def rule_with(experiment: Experiment, **run: Any) -> Rule:
    return replace(build_rule("r1", experiment=experiment), run=build_run(**run))


def sums_of(
    variations: dict[str, Reached], holdout: float = 0.0, chances: Mapping[str, float] | None = None
) -> RunSums:
    sums: dict[tuple[str, int], tuple[int, ...]] = {}
    for key, (users, *reached) in variations.items():
        chance = (chances or {}).get(key, (1 - holdout) / 2 if key else holdout)
        inverses = users * inverse_micros(chance), users * inverse_micros(chance**2)
        sums[key, EXPOSED] = tuple(ExposureSums(users, 0, *inverses))
        for number, hits in enumerate(reached):
            sums[key, number] = tuple(GoalSums(users, hits, hits, hits))
    return RunSums(sums)


def suggested(rule: Rule, everybody: dict[str, Reached], **segments: dict[str, Reached]) -> list[Suggestion]:
    by_segment = {"": everybody, **segments}
    holdout = rule.content.experiment.holdout if rule.content.experiment is not None else 0.0
    sums = {segment: {"r1/1": sums_of(variations, holdout)} for segment, variations in by_segment.items()}
    return list(suggested_by_experiment(measured_of(rule, sums, NOW)))


def only(suggestions: list[Suggestion]) -> Suggestion:
    (found,) = suggestions
    return found


class TestRollingOut:
    def test_a_clear_winner_is_to_be_rolled_out_with_what_was_measured(self) -> None:
        found = only(suggested(rule_with(PLAIN), {CONTROL: (10_000, 1_000), BOLD: (10_000, 1_400)}))

        assert (found.kind, found.applicable, found.step) == (SuggestionKind.ROLL_OUT, True, Conclude(BOLD))
        assert found.evidence["estimate"] == pytest.approx(0.04)
        assert found.evidence["lift"] == pytest.approx(0.4)
        assert (found.evidence["users"], found.evidence["comparedUsers"], found.evidence["days"]) == (10_000, 10_000, 7)
        low = found.evidence["low"]
        assert isinstance(low, float)
        assert 0 < low < 0.04
        assert "“bold” of “R1”" in found.text
        assert found.text.endswith("+4.00 points [+2.57, +5.43] (relative +40.0 %) on 20,000 users in 7 days.")

    def test_not_before_the_first_user_has_had_the_whole_window(self) -> None:
        young = rule_with(PLAIN, started_at=NOW - timedelta(days=6, hours=23))

        found = only(suggested(young, {CONTROL: (10_000, 1_000), BOLD: (10_000, 1_400)}))

        assert (found.kind, found.applicable) == (SuggestionKind.ROLL_OUT, False)
        assert found.text.endswith("Not to be applied yet: the first user has not had all the days of the goal.")

    def test_the_interval_that_is_told_is_the_one_that_decided(self) -> None:
        """So few of the control reached the goal that a lift may be anything, but no chance explains the difference."""
        found = only(suggested(rule_with(PLAIN), {CONTROL: (137, 13), BOLD: (127, 122)}))

        lowest = found.evidence["liftLow"]
        assert isinstance(lowest, float)
        assert lowest < 0
        assert "+86.57 points [+72.48, +100.67] (relative +912.4 %)" in found.text

    def test_values_are_told_in_their_own_units(self) -> None:
        spent = replace(PLAIN, goal=replace(BOUGHT, measure=GoalMeasure.COUNT_MEAN))

        found = only(suggested(rule_with(spent), {CONTROL: (10_000, 1_000), BOLD: (10_000, 1_400)}))

        assert "+0.04 [" in found.text
        assert "points" not in found.text

    def test_a_concluded_experiment_suggests_nothing(self) -> None:
        over = rule_with(PLAIN, status=ExperimentStatus.CONCLUDED, winner=BOLD)

        assert suggested(over, {CONTROL: (10_000, 1_000), BOLD: (10_000, 1_400)}) == []

    def test_a_broken_split_suggests_nothing(self) -> None:
        assert suggested(rule_with(PLAIN), {CONTROL: (10_000, 1_000), BOLD: (8_000, 1_400)}) == []


class TestHarm:
    def test_a_worsened_guardrail_pauses_whatever_the_goal_says(self) -> None:
        found = only(suggested(rule_with(GUARDED), {CONTROL: (10_000, 1_000, 500), BOLD: (10_000, 1_400, 900)}))

        assert (found.kind, found.applicable, found.step) == (SuggestionKind.PAUSE, True, Pause())
        assert found.evidence["guardrail"] == 0
        assert found.evidence["estimate"] == pytest.approx(0.04)
        assert "worsens guardrail 1" in found.text

    def test_a_rule_that_does_worse_than_nothing_is_to_be_paused(self) -> None:
        held = rule_with(replace(PLAIN, holdout=0.3))

        found = only(suggested(held, {"": (10_000, 1_500), CONTROL: (10_000, 1_000), BOLD: (10_000, 1_010)}))

        assert (found.kind, found.applicable) == (SuggestionKind.PAUSE, True)
        assert "held out" in found.text

    def test_a_variation_that_loses_ends_the_experiment_with_the_control(self) -> None:
        found = only(suggested(rule_with(PLAIN), {CONTROL: (10_000, 1_400), BOLD: (10_000, 1_000)}))

        assert (found.kind, found.applicable, found.step) == (SuggestionKind.CONCLUDE, True, Conclude(CONTROL))


def test_no_difference_that_matters_ends_the_experiment_with_the_control() -> None:
    same = 2_000_000
    found = only(suggested(rule_with(PLAIN), {CONTROL: (same, 1_000_000), BOLD: (same, 1_000_100)}))

    assert (found.kind, found.applicable, found.step) == (SuggestionKind.CONCLUDE, True, Conclude(CONTROL))
    assert "no difference that matters" in found.text


EVERYBODY: dict[str, Reached] = {CONTROL: (20_000, 2_000), BOLD: (20_000, 2_080)}


class TestSegments:
    def test_a_segment_where_alone_it_works_is_to_be_targeted(self) -> None:
        inside: dict[str, Reached] = {CONTROL: (4_000, 400), BOLD: (4_000, 700)}

        found = only(suggested(rule_with(PLAIN), EVERYBODY, power_user=inside))

        assert (found.kind, found.applicable, found.segment) == (SuggestionKind.TARGET_SEGMENT, True, "power_user")
        assert found.step == Target(SegmentKey("power_user"), BOLD)
        assert "power_user only" in found.text

    def test_what_looks_better_by_chance_in_one_of_many_is_not(self) -> None:
        """At p of about .02 in one of twenty segments."""
        ordinary: dict[str, Reached] = {CONTROL: (1_000, 100), BOLD: (1_000, 104)}
        lucky: dict[str, Reached] = {CONTROL: (1_000, 100), BOLD: (1_000, 133)}
        many = {f"segment-{number}": ordinary for number in range(19)}

        assert suggested(rule_with(PLAIN), EVERYBODY, lucky=lucky, **many) == []


class TestBandits:
    bandit = replace(PLAIN, mode=ExperimentMode.BANDIT)

    def test_what_a_bandit_would_do_next_is_told(self) -> None:
        sums = {"": {"r1/1": sums_of({CONTROL: (1_000, 100), BOLD: (1_000, 110)})}}
        measured = replace(measured_of(rule_with(self.bandit), sums, NOW), next_allocation=(0.2, 0.8))

        found = only(list(suggested_by_experiment(measured)))

        assert (found.kind, found.applicable, found.step) == (
            SuggestionKind.REALLOCATE,
            True,
            Reallocate((0.2, 0.8)),
        )
        assert "“control” from 50% to 20%" in found.text

    def test_in_segments_too_users_are_compared_with_those_of_the_same_day(self) -> None:
        """Nine of ten get bold on a day on which nobody in the segment does well: it is no worse than the control."""
        days: list[dict[str, dict[str, Reached]]] = [
            {
                "": {CONTROL: (4_000, 2_400), BOLD: (4_000, 2_400)},
                "busy": {CONTROL: (1_000, 500), BOLD: (1_000, 500)},
            },
            {
                "": {CONTROL: (800, 310), BOLD: (7_200, 2_790)},
                "busy": {CONTROL: (200, 10), BOLD: (1_800, 90)},
            },
        ]
        by_day = [
            {name: {"r1/1": sums_of(reached, chances=chances)} for name, reached in day.items()}
            for day, chances in zip(days, [{}, {"control": 0.1, "bold": 0.9}], strict=True)
        ]
        whole = {name: {"r1/1": together(day[name]["r1/1"] for day in by_day)} for name in ("", "busy")}
        rule = rule_with(replace(self.bandit, goal=replace(BOUGHT, increase=False)), allocation=(0.1, 0.9))
        everybody = [{"r1/1": day[""]["r1/1"]} for day in by_day]

        pooled = measured_of(rule, whole, NOW, everybody, [whole]).segments
        by_day_found = measured_of(rule, whole, NOW, everybody, by_day).segments

        assert [one.inside.comparison is not None and one.inside.comparison.sequential_high < 0 for one in pooled] == [
            True
        ]
        assert [one.inside.comparison is not None and one.inside.comparison.difference for one in by_day_found] == [
            pytest.approx(0.0, abs=1e-9)
        ]


@given(
    control=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    bold=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    holdout=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    days=st.integers(0, 1_000),
    mode=st.sampled_from(ExperimentMode),
)
def test_on_too_few_users_nothing_is_ever_applicable(
    control: Reached, bold: Reached, holdout: Reached, days: int, mode: ExperimentMode
) -> None:
    rule = rule_with(replace(PLAIN, holdout=0.1, mode=mode), started_at=NOW - timedelta(days=days))
    few = {"": _possible(holdout), CONTROL: _possible(control), BOLD: _possible(bold)}

    assert not any(found.applicable for found in suggested(rule, few, some=few))


@given(
    control=st.tuples(st.integers(0, 10**4), st.integers(0, 10**4)),
    bold=st.tuples(st.integers(0, 10**4), st.integers(0, 10**4)),
    days=st.integers(0, 14),
)
def test_what_is_not_applicable_says_what_it_waits_for(control: Reached, bold: Reached, days: int) -> None:
    rule = rule_with(PLAIN, started_at=NOW - timedelta(days=days))

    for found in suggested(rule, {CONTROL: _possible(control), BOLD: _possible(bold)}):
        assert found.applicable == ("Not to be applied yet" not in found.text)


def _possible(counts: Reached) -> Reached:
    return max(counts), min(counts)


class TestCarryingOut:
    rule = rule_with(PLAIN)

    def test_concluding_gives_everybody_the_winner(self) -> None:
        run = carried_out(Conclude(BOLD), self.rule, NOW).run

        assert run is not None
        assert (run.status, run.winner, run.concluded_at, run.number) == (ExperimentStatus.CONCLUDED, BOLD, NOW, 1)

    def test_targeting_concludes_and_narrows(self) -> None:
        after = carried_out(Target(SegmentKey("power_user"), BOLD), self.rule, NOW)

        assert after.run is not None
        assert after.run.winner == BOLD
        narrowed = AllOf((self.rule.content.condition, InSegment((SegmentKey("power_user"),))))
        assert after.content == replace(self.rule.content, condition=narrowed)

    def test_the_rest_changes_one_thing(self) -> None:
        assert carried_out(Pause(), self.rule, NOW) == replace(self.rule, status=RuleStatus.PAUSED)
        raised = carried_out(Prioritise(7), self.rule, NOW)
        assert raised == replace(self.rule, content=replace(self.rule.content, priority=7))
        moved = carried_out(Reallocate((0.1, 0.9)), self.rule, NOW).run
        assert moved is not None
        assert moved.allocation == (0.1, 0.9)
