"""What can be done to an experiment, and what may not be changed while it runs?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from domain.errors import Refused
from domain.model.experiments import ExperimentMode, ExperimentStatus, VariationKey
from domain.model.rules import BucketSpan
from domain.rules.comparisons import changes_between
from domain.rules.exclusion_groups import holding_its_share
from domain.rules.experiment_changes import check_windows, concluded, reallocated, started, with_content
from domain.rules.experiments import status_of
from tests.builders.experiments import BUYING, build_experiment, build_run, build_trial, build_variation
from tests.builders.profiles import NOW
from tests.builders.rules import DARK, LIGHT, build_rule

if TYPE_CHECKING:
    from domain.model.experiments import Experiment
    from domain.model.rules import Rule

TRIED = build_experiment()
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
        TRIED, 1, status=ExperimentStatus.CONCLUDED, concluded_at=LATER, winner=VariationKey("dark")
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
