"""What can be done to an experiment, and what may not be changed while it runs?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from domain.errors import Refused
from domain.model.experiments import ExperimentMode, ExperimentStatus, VariationKey
from domain.model.rules import BucketSpan, RuleStatus
from domain.rules.comparisons import changes_between
from domain.rules.exclusion_groups import holding_its_share
from domain.rules.experiment_changes import (
    check_windows,
    concluded,
    reallocated,
    rolled_back,
    started,
    with_content,
    with_status,
)
from domain.rules.experiments import latest_trial, status_of
from tests.builders.experiments import BUYING, build_experiment, build_run, build_trial, build_variation
from tests.builders.profiles import NOW
from tests.builders.rules import DARK, LIGHT, build_rule

if TYPE_CHECKING:
    from domain.model.experiments import Experiment
    from domain.model.rules import Rule

TRIED = build_experiment()
THREE = (*(build_variation(key, allocation=0.25) for key in ("a", "b")), build_variation("c", control=True))
LATER = NOW + timedelta(days=14)


def refused(refusal: pytest.ExceptionInfo[Refused]) -> list[tuple[str, tuple[str, ...]]]:
    return [(problem.code, problem.path) for problem in refusal.value.problems]


def trying(**parts: Any) -> Experiment:
    return replace(TRIED, **parts)


def edited(rule: Rule, experiment: Experiment | None, **parts: Any) -> Rule:
    return with_content(rule, replace(rule.content, experiment=experiment, **parts))


def test_a_rule_is_started_concluded_and_started_again_as_another_run() -> None:
    draft = build_trial(run=None)
    first = started(draft, NOW)
    ended = concluded(first, "dark", LATER)
    second = started(ended, LATER)

    assert [status_of(rule) for rule in (build_rule(), draft, first, ended, second)] == [
        None,
        ExperimentStatus.DRAFT,
        ExperimentStatus.RUNNING,
        ExperimentStatus.CONCLUDED,
        ExperimentStatus.RUNNING,
    ]
    assert first.run == build_run(TRIED, 1)
    assert ended.run == build_run(
        TRIED, 1, status=ExperimentStatus.CONCLUDED, concluded_at=LATER, winner=VariationKey("dark"), tried=TRIED
    )
    assert second.run == build_run(TRIED, 2, started_at=LATER)


@pytest.mark.parametrize(("rule", "code"), [(build_rule(), "NO_EXPERIMENT"), (build_trial(), "ALREADY_RUNNING")])
def test_what_cannot_be_started_is_refused(rule: Rule, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        started(rule, NOW)

    assert refused(refusal) == [(code, ("ruleId",))]


@pytest.mark.parametrize(
    ("rule", "code", "argument"),
    [
        (build_rule(), "NO_EXPERIMENT", "ruleId"),
        (build_trial(run=None), "NOT_RUNNING", "ruleId"),
        (concluded(build_trial(), "dark", NOW), "NOT_RUNNING", "ruleId"),
        (build_trial(), "UNKNOWN_VALUE", "winner"),
    ],
)
def test_what_cannot_be_concluded_is_refused(rule: Rule, code: str, argument: str) -> None:
    with pytest.raises(Refused) as refusal:
        concluded(rule, "bright", NOW)

    assert refused(refusal) == [(code, (argument,))]


@pytest.mark.parametrize(
    ("experiment", "path"),
    [
        (None, ()),
        (trying(variations=(TRIED.variations[0], build_variation("dark", LIGHT))), ("variations",)),
        (trying(variations=TRIED.variations[::-1]), ("variations",)),
        (trying(goal=replace(BUYING, window_days=14)), ("goal",)),
        (trying(guardrails=(replace(BUYING, window_days=1),)), ("guardrails",)),
        (trying(holdout=0.1), ("holdout",)),
        (trying(mode=ExperimentMode.BANDIT), ("mode",)),
    ],
)
def test_what_would_spoil_a_running_experiment_is_refused(experiment: Experiment | None, path: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as refusal:
        edited(build_trial(), experiment)

    assert refused(refusal) == [("EXPERIMENT_RUNNING", ("experiment", *path))]
    assert "conclude the experiment first, or make a new rule" in str(refusal.value)


def test_a_running_experiment_stays_in_its_exclusion_group() -> None:
    with pytest.raises(Refused) as refusal:
        edited(build_trial(), TRIED, exclusion_group="welcome")

    assert refused(refusal) == [("EXPERIMENT_RUNNING", ("exclusionGroup",))]


def test_everything_else_may_change_while_it_runs() -> None:
    rule = build_trial()
    after = edited(rule, TRIED, priority=7, coverage=0.1, name="Another name")

    assert after.run == rule.run
    assert after.content.priority == 7


def test_another_allocation_counts_from_now_on() -> None:
    shares = (build_variation("as-is", control=True, allocation=0.2), build_variation("dark", DARK, allocation=0.8))
    after = edited(build_trial(), trying(variations=shares))

    assert after.run == build_run(TRIED, allocation=(0.2, 0.8))


def test_a_bandit_allocates_by_itself() -> None:
    bandit = trying(mode=ExperimentMode.BANDIT)
    rule = reallocated(build_trial(experiment=bandit), (0.9, 0.1))
    shares = (build_variation("as-is", control=True, allocation=0.2), build_variation("dark", DARK, allocation=0.8))

    assert edited(rule, bandit, priority=3).run == build_run(bandit, allocation=(0.9, 0.1))
    with pytest.raises(Refused) as refusal:
        edited(rule, replace(bandit, variations=shares))
    assert refused(refusal) == [("EXPERIMENT_RUNNING", ("experiment", "variations"))]


@pytest.mark.parametrize(
    ("rule", "allocation"), [(build_trial(run=None), (0.5, 0.5)), (build_trial(), (0.5, 0.3, 0.2))]
)
def test_only_what_runs_is_reallocated(rule: Rule, allocation: tuple[float, ...]) -> None:
    with pytest.raises(Refused):
        reallocated(rule, allocation)


def test_after_the_conclusion_everything_may_change() -> None:
    after = edited(concluded(build_trial(), "dark", LATER), trying(holdout=0.2))

    assert status_of(after) is ExperimentStatus.CONCLUDED
    assert status_of(edited(after, trying(variations=(TRIED.variations[0], build_variation("blue", LIGHT))))) is (
        ExperimentStatus.DRAFT
    )


def test_what_a_run_found_is_read_by_what_it_tried_whatever_is_planned_since() -> None:
    run = build_trial()
    other = trying(goal=replace(BUYING, window_days=1), variations=(*TRIED.variations[:1], build_variation("blue")))
    ended = edited(concluded(run, "dark", LATER), other)
    tried = latest_trial(ended)

    assert tried is not None
    assert (tried[0], latest_trial(run)) == (TRIED, (TRIED, run.run))
    again = latest_trial(started(ended, LATER))
    assert again is not None
    assert again[0] == other
    assert latest_trial(build_trial(run=None)) is None
    assert latest_trial(edited(run_without_tried(ended), trying(variations=THREE))) is None


def run_without_tried(rule: Rule) -> Rule:
    """As it was stored before runs remembered what they tried."""
    assert rule.run is not None
    return replace(rule, run=replace(rule.run, tried=None))


def test_archiving_ends_a_run_without_a_winner_for_good() -> None:
    rule = build_trial()
    archived = with_status(rule, RuleStatus.ARCHIVED, LATER)
    back = with_status(archived, RuleStatus.DRAFT, LATER)

    assert archived.run == build_run(TRIED, status=ExperimentStatus.CONCLUDED, concluded_at=LATER, tried=TRIED)
    assert status_of(back) is ExperimentStatus.DRAFT
    assert rolled_back(back, rule).run == archived.run  # others may have its users of the exclusion group by now
    assert rolled_back(concluded(rule, "dark", LATER), rule).run == rule.run
    again = started(back, LATER)
    assert again.run == build_run(TRIED, 2, started_at=LATER)
    assert changes_between(rule, archived)[-1].endswith("to run 1 ended")


@pytest.mark.parametrize("status", set(RuleStatus) - {RuleStatus.ARCHIVED})
def test_in_any_other_status_a_run_goes_on(status: RuleStatus) -> None:
    assert with_status(build_trial(), status, LATER) == replace(build_trial(), status=status)


def test_windows_are_no_longer_than_interactions_are_kept() -> None:
    content = build_trial(experiment=trying(guardrails=(replace(BUYING, window_days=31),))).content

    check_windows(content, None)
    check_windows(content, timedelta(days=31))
    with pytest.raises(Refused) as refusal:
        check_windows(content, timedelta(days=30))
    assert refused(refusal) == [("OUT_OF_RANGE", ("experiment", "guardrails", "0", "windowDays"))]


def test_a_running_experiment_gives_up_no_bucket_of_its_group() -> None:
    held = (BucketSpan(0, 5_000),)
    rule = build_trial(exclusion_group="welcome", coverage=0.2, held=held)

    assert holding_its_share(rule, [], held) == held
    assert holding_its_share(concluded(rule, "dark", LATER), [], held) == (BucketSpan(0, 2_000),)


def test_revisions_say_what_became_of_an_experiment() -> None:
    draft = build_trial(run=None)
    first = started(draft, NOW)
    shares = (build_variation("as-is", control=True, allocation=0.2), build_variation("dark", DARK, allocation=0.8))
    moved = edited(first, trying(variations=shares))

    plain = build_rule()

    assert changes_between(plain, edited(plain, TRIED)) == ("experiment: added",)
    assert changes_between(draft, first) == ("experiment: from not started to run 1 with shares of 0.5, 0.5",)
    assert [change.split(":")[0] for change in changes_between(first, moved)] == [
        "variations",
        "variations",
        "experiment",
    ]
    assert changes_between(moved, concluded(moved, "dark", LATER)) == (
        "experiment: from run 1 with shares of 0.2, 0.8 to run 1 concluded for dark",
    )
    assert changes_between(draft, edited(draft, trying(holdout=0.1))) == ("holdout: from 0 to 0.1",)
