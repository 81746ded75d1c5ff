"""How is an experiment started, changed and concluded, and what may not be changed while it runs?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from domain.errors import Problem, Refused
from domain.model.experiments import ExperimentMode, ExperimentRun, ExperimentStatus, VariationKey
from domain.model.rules import RuleStatus
from domain.rules.experiments import running, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from domain.model.experiments import Experiment, Variation
    from domain.model.rules import Rule, RuleContent

    Path: TypeAlias = tuple[str, ...]

_ADVICE = "conclude the experiment first, or make a new rule"


def started(rule: Rule, now: datetime) -> Rule:
    """Raises `Refused`: NO_EXPERIMENT or ALREADY_RUNNING."""
    experiment = rule.content.experiment
    if experiment is None:
        message = "the rule has no experiment: write its variations and its goal first (updateRule)"
        raise Refused.because("NO_EXPERIMENT", message, "ruleId")
    if running(rule) is not None:
        raise Refused.because("ALREADY_RUNNING", "the experiment runs already", "ruleId")
    number = 1 if rule.run is None else rule.run.number + 1
    return replace(rule, run=ExperimentRun(number, ExperimentStatus.RUNNING, now, _planned(experiment)))


def as_if_started(rule: Rule) -> Rule:
    """The rule with its experiment running, if it has one that was not concluded."""
    return started(rule, rule.updated_at) if status_of(rule) is ExperimentStatus.DRAFT else rule


def concluded(rule: Rule, winner: str, now: datetime) -> Rule:
    """Everybody gets the winner from now on. Raises `Refused`: NO_EXPERIMENT, NOT_RUNNING or UNKNOWN_VALUE."""
    if rule.content.experiment is None:
        raise Refused.because("NO_EXPERIMENT", "the rule has no experiment", "ruleId")
    tried = running(rule)
    if tried is None:
        raise Refused.because("NOT_RUNNING", "the experiment does not run: there is nothing to conclude", "ruleId")
    experiment, _ = tried
    keys = [variation.key for variation in experiment.variations]
    if winner not in keys:
        raise Refused.because("UNKNOWN_VALUE", f"there is no such variation: use {' or '.join(keys)}", "winner")
    return replace(rule, run=_ended(tried, now, VariationKey(winner)))


def with_status(rule: Rule, status: RuleStatus, now: datetime) -> Rule:
    """Archived, a rule gives up what it holds of its exclusion group, so its run ends, without a winner: who comes to
    hold these buckets may not lose them to users of a run that goes on.
    """
    tried = running(rule)
    if tried is None or status is not RuleStatus.ARCHIVED:
        return replace(rule, status=status)
    return replace(rule, status=status, run=_ended(tried, now, None))


def reallocated(rule: Rule, allocation: Sequence[float]) -> Rule:
    """With other shares for those who are assigned from now on. Raises `Refused`: NOT_RUNNING."""
    tried = running(rule)
    if tried is None or len(allocation) != len(tried[1].allocation):
        raise Refused.because("NOT_RUNNING", "there is no run with such variations", "ruleId")
    return replace(rule, run=replace(tried[1], allocation=tuple(allocation)))


def with_content(rule: Rule, content: RuleContent) -> Rule:
    """The rule with other content. Raises `Refused` (EXPERIMENT_RUNNING) where that would spoil what runs.

    The allocation of a FIXED experiment may change: those who are assigned from then on are drawn by it.
    """
    after = replace(rule, content=content)
    tried = running(rule)
    if tried is None:
        return after
    before, run = tried
    if problems := [*_spoiling(rule.content, content, before)]:
        raise Refused(problems)
    if content.experiment is None or _planned(content.experiment) == _planned(before):
        return after
    return replace(after, run=replace(run, allocation=_planned(content.experiment)))


def rolled_back(rule: Rule, earlier: Rule) -> Rule:
    """The rule with the content that it had. If its run was going on then and was only concluded since, it goes on
    again: everybody keeps what they got. A run that ended because the rule was archived is over: other rules may have
    its users by now. Raises `Refused` as `with_content` does.
    """
    run, was = rule.run, earlier.run
    if run is None or was is None or run.number != was.number or not was.is_running or run.winner is None:
        return with_content(rule, earlier.content)
    return replace(rule, content=earlier.content, run=was)


def _ended(tried: tuple[Experiment, ExperimentRun], now: datetime, winner: VariationKey | None) -> ExperimentRun:
    experiment, run = tried
    status, at = ExperimentStatus.CONCLUDED, max(now, run.started_at)
    return replace(run, status=status, concluded_at=at, winner=winner, tried=experiment)


def check_windows(content: RuleContent, retention: timedelta | None) -> None:
    """Raises `Refused` (OUT_OF_RANGE) when interactions are not kept as long as an experiment looks at them."""
    if content.experiment is None or retention is None:
        return
    wheres: list[Path] = [("goal",), *(("guardrails", str(n)) for n in range(len(content.experiment.guardrails)))]
    message = f"interactions are kept for {retention.days} days: look at no more than that"
    problems = [
        Problem("OUT_OF_RANGE", message, ("experiment", *where, "windowDays"))
        for where, goal in zip(wheres, content.experiment.goals, strict=True)
        if goal.window_days > retention.days
    ]
    if problems:
        raise Refused(problems)


def _planned(experiment: Experiment) -> tuple[float, ...]:
    return tuple(variation.allocation for variation in experiment.variations)


def _spoiling(before: RuleContent, after: RuleContent, tried: Experiment) -> Iterator[Problem]:
    wanted = after.experiment
    if wanted is None:
        yield _problem("the experiment runs", "experiment")
        return
    if [*map(_without_share, tried.variations)] != [*map(_without_share, wanted.variations)]:
        yield _problem("the experiment runs with other variations", "experiment", "variations")
    elif wanted.mode is ExperimentMode.BANDIT and _planned(tried) != _planned(wanted):
        yield _problem("the experiment runs and allocates by itself", "experiment", "variations")
    for name in ("goal", "guardrails", "holdout", "mode"):
        if getattr(tried, name) != getattr(wanted, name):
            yield _problem(f"the experiment runs with another “{name}”", "experiment", name)
    if before.exclusion_group != after.exclusion_group:
        yield _problem("the experiment runs on users of its exclusion group", "exclusionGroup")


def _without_share(variation: Variation) -> Variation:
    return replace(variation, allocation=0.0)


def _problem(what: str, *path: str) -> Problem:
    return Problem("EXPERIMENT_RUNNING", f"{what}: {_ADVICE}", path)
