"""What measured performance suggests about rules, and how it is carried out: all that is applicable, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.model.conditions import AllOf, InSegment
from domain.model.experiments import ExperimentMode
from domain.model.rules import RuleChangeKind, RuleStatus
from domain.model.segments import SegmentKey
from domain.model.suggestions import Conclude, Optimised, Pause, Prioritise, Reallocate, Target
from domain.rules.experiment_changes import concluded, reallocated, with_content
from domain.rules.instants import DAY_US, microseconds
from domain.rules.optimisation.experiments import suggested_by_experiment
from domain.rules.optimisation.measurements import Measured, SegmentEffect
from domain.rules.optimisation.ranks import suggested_by_ranks
from domain.rules.outcomes.contributions import EVERYBODY, NO_VARIATION
from domain.statistics.questions import Question
from domain.use_cases.experiment_results import against_holdout, compared, results_of
from domain.use_cases.exposed_sums import (
    RunSums,
    latest_days,
    read_days,
    read_runs,
    read_segment_days,
    read_segments,
    run_subject,
    subjects_of,
)
from domain.use_cases.rules import RuleChange
from domain.use_cases.segment_samples import SegmentSamples

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.model.rules import Rule, RuleId
    from domain.model.suggestions import RuleStep, Suggestion
    from domain.model.users import UserId
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork
    from domain.use_cases.current_rules import CurrentRules
    from domain.use_cases.findings import AnalyseRule
    from domain.use_cases.reallocations import ReallocateBandits
    from domain.use_cases.rules import RuleWriter
    from domain.use_cases.segment_samples import Segments

MAX_APPLIED = 100
"""So many suggestions are carried out at once, the rest next time."""


@dataclass(frozen=True, slots=True)
class SuggestChanges:
    """Asks sums over users only; the statements do not grow with the number of rules."""

    begin: UnitsOfWork
    rules: CurrentRules
    analyse: AnalyseRule
    bandits: ReallocateBandits
    clock: Clock

    async def __call__(self, rule_ids: Sequence[RuleId] | None = None) -> list[Suggestion]:
        """About these active rules, or all of them; the applicable ones first, then by rank of the rule."""
        loaded = await self.rules.refresh()
        active = [compiled.rule for compiled in loaded.rule_set.rules]
        wanted = active if rule_ids is None else [rule for rule in active if rule.id in set(rule_ids)]
        if not wanted:
            return []
        async with self.begin() as work:
            everybody = await read_runs(work, subjects_of(active))
            running = [run_subject(rule) for rule in wanted if rule.run is not None and rule.run.is_running]
            segments = await read_segments(work, running) if running else {}
            bandits = [run_subject(rule) for rule in wanted if _is_bandit(rule)]
            days = await read_days(work, bandits) if bandits else {}
            segment_days = await read_segment_days(work, bandits, latest_days(self.clock.now())) if bandits else []
        users = {rule.id: _users(rule, everybody) for rule in active}
        found: list[Suggestion] = []
        for rule in wanted:
            measured = replace(
                measured_of(rule, segments, self.clock.now(), list(days.values()), segment_days),
                users=users[rule.id],
                next_allocation=self._next_allocation(rule, days),
                findings=await self.analyse(rule),
            )
            found += suggested_by_experiment(measured)
            found += suggested_by_ranks(measured, users, loaded.rule_set)
        return sorted(found, key=lambda suggestion: not suggestion.applicable)

    def _next_allocation(self, rule: Rule, days: Mapping[int, Mapping[str, RunSums]]) -> tuple[float, ...] | None:
        if not _is_bandit(rule):
            return None
        return self.bandits.allocation_of(rule, {day: runs[run_subject(rule)] for day, runs in days.items()})


@dataclass(frozen=True, slots=True)
class OptimizeRules:
    """Each rule's first applicable suggestion is carried out, each as a revision of its own, all in one transaction."""

    suggest: SuggestChanges
    writer: RuleWriter

    async def __call__(self, rule_ids: Sequence[RuleId] | None, author: UserId, *, apply: bool) -> Optimised:
        """Raises `Refused` (STALE_REVISION) where somebody was faster: then nothing was changed."""
        suggestions = tuple(await self.suggest(rule_ids))
        if not apply:
            return Optimised(suggestions)
        firsts: dict[RuleId, Suggestion] = {}
        for suggestion in suggestions:
            if suggestion.applicable and len(firsts) < MAX_APPLIED:
                firsts.setdefault(suggestion.rule.id, suggestion)
        changed = await self.writer.change_all(
            [_change(one, self.writer.clock.now()) for one in firsts.values()], author
        )
        after = {rule.id: rule for rule in changed}
        return Optimised(suggestions, tuple(replace(one, rule=after[one.rule.id]) for one in firsts.values()))


def _change(suggestion: Suggestion, now: datetime) -> RuleChange:
    step, rule = suggestion.step, suggestion.rule
    kind = RuleChangeKind.STATUS_CHANGED if isinstance(step, Pause) else RuleChangeKind.UPDATED

    async def make(_: UnitOfWork, before: Rule) -> Rule:
        return before if step is None else carried_out(step, before, now)

    return RuleChange(rule.id, rule.revision, kind, make)


def carried_out(step: RuleStep, rule: Rule, now: datetime) -> Rule:
    """The rule as it shall be; the caller gives it a revision. Raises `Refused` where it is not what it was."""
    content = rule.content
    match step:
        case Pause():
            return replace(rule, status=RuleStatus.PAUSED)
        case Prioritise(priority=priority):
            return replace(rule, content=replace(content, priority=priority))
        case Conclude(winner=winner):
            return concluded(rule, winner, now)
        case Reallocate(allocation=allocation):
            return reallocated(rule, allocation)
        case Target(segment=segment, winner=winner):
            narrowed = AllOf((content.condition, InSegment((segment,))))
            return with_content(concluded(rule, winner, now), replace(content, condition=narrowed))


def _is_bandit(rule: Rule) -> bool:
    experiment, run = rule.content.experiment, rule.run
    is_running = run is not None and run.is_running
    return is_running and experiment is not None and experiment.mode is ExperimentMode.BANDIT


def measured_of(
    rule: Rule,
    segments: Segments,
    now: datetime,
    by_day: Sequence[Mapping[str, RunSums]] = (),
    segments_by_day: Sequence[Segments] = (),
) -> Measured:
    """What the sums by segment, and by subject within, say of a rule; `EVERYBODY` is one of the segments."""
    run, experiment, subject = rule.run, rule.content.experiment, run_subject(rule)
    sums = segments.get(EVERYBODY, {}).get(subject, RunSums())
    if run is None or experiment is None or not run.is_running:
        return Measured(rule)
    return Measured(
        rule=rule,
        days=(microseconds(now) - microseconds(run.started_at)) // DAY_US,
        results=results_of(rule, sums, now, by_day),
        against_holdout=against_holdout(rule, sums),
        held_out_users=sums.exposed(NO_VARIATION).users,
        segments=tuple(_segment_effects(SegmentSamples.of(rule, experiment, segments, segments_by_day))),
    )


def _segment_effects(samples: SegmentSamples) -> list[SegmentEffect]:
    """Of every segment and variation that can be compared; p-values are adjusted for their number (Bonferroni)."""
    effects = [effect for name in samples.names for effect in _effects_in(samples, name)]
    return [replace(one, adjusted_p_value=min(1.0, one.adjusted_p_value * len(effects))) for one in effects]


def _effects_in(samples: SegmentSamples, name: str) -> Iterator[SegmentEffect]:
    variations, question = samples.experiment.variations, Question.of(samples.experiment.goal)
    sides = samples.inside(name), samples.outside(name)
    control = variations.index(samples.experiment.control)
    for number, variation in enumerate(variations):
        inside, outside = (compared(side[control], side[number], question) for side in sides)
        if number != control and inside.comparison is not None:
            adjusted = inside.comparison.sequential_p_value
            yield SegmentEffect(SegmentKey(name), variation.key, inside, outside, adjusted)


def _users(rule: Rule, runs: Mapping[str, RunSums]) -> int:
    """Who met the rule, anew in each run."""
    met = [runs[subject] for subject in subjects_of([rule])]
    return sum(sums.exposed(variation).users for sums in met for variation in sums.variations)
