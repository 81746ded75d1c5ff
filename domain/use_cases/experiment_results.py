"""How it is read what experiments have found and what rules brought: from sums over users, never from interactions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.model.experiment_results import GoalResult, ResultsUntil, Verdict
from domain.model.experiments import NO_RUN
from domain.model.rule_performance import DayPoint, RulePerformance
from domain.rules.experiments import latest_trial
from domain.rules.instants import EPOCH
from domain.rules.outcomes.contributions import NO_VARIATION, inverse_micros, subject_of
from domain.statistics.absences import Absence
from domain.statistics.analyses import Observed, analyse
from domain.statistics.bandits.stratified import stratified_samples
from domain.statistics.comparisons import compare
from domain.statistics.logged_splits import LoggedDraw, logged_split_p_value
from domain.statistics.questions import VOID_BELOW, Design, Question
from domain.statistics.samples import Sample, merged
from domain.use_cases.deliveries import APPLIED_MEASURE
from domain.use_cases.experiment_plans import plan_of
from domain.use_cases.exposed_sums import RunSums, latest_run, read_days, read_runs, run_subject, subjects_of, together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.model.experiment_results import ExperimentPlan, ExperimentResults, VariationResult
    from domain.model.experiments import Experiment
    from domain.model.rule_performance import Period
    from domain.model.rules import Rule, RuleId
    from domain.ports.clock import Clock
    from domain.ports.rollups import RollUpKey, Sums
    from domain.ports.units_of_work import UnitsOfWork

DESIGN = Design()
_MILLION = 1_000_000
MOST_POINTS = 60
"""Of a longer run only so many days are looked at, evenly spread: a chart shows no more."""
VOID_TEXT = (
    "The results are void: users were not divided as was logged when they were assigned (p = {p:.2g}). Find out what "
    "loses or doubles users of one variation before believing any difference."
)


@dataclass(frozen=True, slots=True)
class ReadResults:
    """Statements do not grow with the number of rules."""

    begin: UnitsOfWork
    clock: Clock

    async def experiments(self, rules: Sequence[Rule]) -> Mapping[RuleId, ExperimentResults | None]:
        """What the latest run of each rule's experiment has found; `None` before it was started."""
        started = [rule for rule in rules if latest_trial(rule) is not None]
        async with self.begin() as work:
            runs = await read_runs(work, [run_subject(rule) for rule in started]) if started else {}
            changed = [run_subject(rule) for rule in started if not is_by_one_allocation(rule, runs[run_subject(rule)])]
            by_day = await read_days(work, changed) if changed else {}
            drifts = await work.links.drifts([(rule.id, latest_run(rule)) for rule in started]) if started else {}
        now, days = self.clock.now(), list(by_day.values())
        found = {rule.id: results_of(rule, runs[run_subject(rule)], now, days) for rule in started}
        for rule in started:
            results, drift = found[rule.id], drifts.get((rule.id, latest_run(rule)))
            if results is not None and drift is not None:
                found[rule.id] = replace(results, linked_users=drift.linked, drift=drift.share)
        return {rule.id: found.get(rule.id) for rule in rules}

    async def growth(self, rules: Sequence[Rule]) -> Mapping[RuleId, Sequence[ResultsUntil]]:
        """How it grew, day by day, what the latest run of each rule's experiment has found."""
        started = [rule for rule in rules if latest_trial(rule) is not None]
        async with self.begin() as work:
            days = await read_days(work, [run_subject(rule) for rule in started]) if started else {}
        now = self.clock.now()
        return {rule.id: growth_of(rule, days, now) for rule in rules}

    async def plans(self, wanted: Sequence[tuple[Rule, float]]) -> Sequence[ExperimentPlan]:
        """How long each rule's running experiment still needs to find such a relative difference."""
        async with self.begin() as work:
            runs = await read_runs(work, [run_subject(rule) for rule, _ in wanted])
        now = self.clock.now()
        return [plan_of(rule, runs[run_subject(rule)], lift, now) for rule, lift in wanted]

    async def performance(self, rules: Sequence[Rule], period: Period) -> Mapping[RuleId, RulePerformance]:
        days = range(period.first, period.end)
        async with self.begin() as work:
            by_day = await read_days(work, subjects_of(rules), days)
            applied = await work.rollups.read_whole(APPLIED_MEASURE, days, subjects=[rule.id for rule in rules])
        return {rule.id: performance_of(rule, by_day, applied) for rule in rules}


def results_of(
    rule: Rule, sums: RunSums, now: datetime, days: Sequence[Mapping[str, RunSums]] = ()
) -> ExperimentResults | None:
    """What the sums over the users of its latest run say; the control comes first.

    `days`: the same day by day, for where the allocation changed: then users are compared with those of the same day.
    """
    trial = latest_trial(rule)
    if trial is None:
        return None
    experiment, run = trial
    if is_by_one_allocation(rule, sums):
        return _analysed(experiment, run.allocation, samples_of(sums, experiment), now)
    samples = samples_by_day(experiment, [runs.get(run_subject(rule), RunSums()) for runs in days])
    samples = samples or samples_of(sums, experiment)
    # The split that counts is judged by what was logged: here it is what it is.
    shares = [float(one[0].users) for one in samples]
    return _checked(_analysed(experiment, shares, samples, now), sums)


def growth_of(rule: Rule, days: Mapping[int, Mapping[str, RunSums]], now: datetime) -> Sequence[ResultsUntil]:
    """What the latest run found of the users who were first exposed until each day, oldest day first.

    The last are its results: whatever users did until now counts from the day on which they were exposed.
    """
    subject = run_subject(rule)
    met = [day for day, runs in sorted(days.items()) if subject in runs and runs[subject].sums]
    points: list[ResultsUntil] = []
    for number in _evenly_spread(len(met)):
        until = [{subject: days[day][subject]} for day in met[: number + 1]]
        results = results_of(rule, together(runs[subject] for runs in until), now, until)
        if results is not None:
            points.append(ResultsUntil((EPOCH + timedelta(days=met[number])).date(), results))
    return points


def _evenly_spread(count: int) -> list[int]:
    """At most `MOST_POINTS` of the numbers below `count`, the last always among them."""
    if count <= MOST_POINTS:
        return list(range(count))
    return [(point + 1) * count // MOST_POINTS - 1 for point in range(MOST_POINTS)]


def _analysed(
    experiment: Experiment, shares: Sequence[float], samples: Sequence[Sequence[Sample]], now: datetime
) -> ExperimentResults:
    observed = {
        variation.key: Observed(variation.key, share, tuple(goals))
        for variation, share, goals in zip(experiment.variations, shares, samples, strict=True)
    }
    control = observed.pop(experiment.control.key)
    questions = [Question.of(goal) for goal in experiment.goals]
    return analyse(control, list(observed.values()), questions, now, DESIGN)


def samples_of(sums: RunSums, experiment: Experiment) -> list[list[Sample]]:
    """Of each variation, of each goal."""
    return [
        [sums.sample(variation.key, number, goal) for number, goal in enumerate(experiment.goals)]
        for variation in experiment.variations
    ]


def samples_by_day(experiment: Experiment, days: Sequence[RunSums]) -> list[list[Sample]]:
    """The same where the allocation changed: as if each had had the same share of each day's users. None of no days."""
    by_day = [samples_of(sums, experiment) for sums in days]
    goals = [
        stratified_samples([[one[number] for one in day] for day in by_day])
        for number, _ in enumerate(experiment.goals)
    ]
    return [list(one) for one in zip(*goals, strict=True)]


def compared(control: Sample, variation: Sample, question: Question) -> GoalResult:
    """One comparison as it is shown."""
    mean = float(variation.total) / variation.users if variation.users else None
    found = compare(control, variation, question, DESIGN)
    if isinstance(found, Absence):
        return GoalResult(variation.users, variation.conversions, mean, absent=found.reason)
    return GoalResult(
        variation.users,
        variation.conversions,
        mean,
        found.comparison,
        found.lift,
        found.absent,
        found.is_enough,
    )


def against_holdout(rule: Rule, sums: RunSums) -> GoalResult | None:
    """All who got a variation against all who were held out; `None` where nobody is to be held out."""
    trial = latest_trial(rule)
    if trial is None or not trial[0].holdout:
        return None
    experiment, _ = trial
    given = merged(sums.sample(variation.key, 0, experiment.goal) for variation in experiment.variations)
    return compared(sums.sample(NO_VARIATION, 0, experiment.goal), given, Question.of(experiment.goal))


def performance_of(
    rule: Rule, by_day: Mapping[int, Mapping[str, RunSums]], applied: Mapping[RollUpKey, Sums]
) -> RulePerformance:
    """`applied` holds the deliveries of all rules."""
    points = [_day_point(rule, day, runs) for day, runs in by_day.items()]
    run = together(runs[run_subject(rule)] for runs in by_day.values())
    lift = _lift(rule, run)
    return RulePerformance(
        applied=sum(sums[0] for key, sums in applied.items() if key.subject == rule.id),
        users=sum(point.users for point in points),
        conversions=sum(point.conversions for point in points),
        dismissals=sum(
            runs[subject].exposed(variation).dismissals
            for runs in by_day.values()
            for subject, variation in _given(rule, runs)
        ),
        lift=lift.lift,
        absent="" if lift.lift is not None else lift.absent,
        series=tuple(point for point in points if point.users),
    )


def _day_point(rule: Rule, day: int, runs: Mapping[str, RunSums]) -> DayPoint:
    given = _given(rule, runs)
    users = sum(runs[subject].exposed(variation).users for subject, variation in given)
    conversions = sum(runs[subject].goal(variation, 0).reached for subject, variation in given)
    return DayPoint((EPOCH + timedelta(days=day)).date(), users, conversions)


def _given(rule: Rule, runs: Mapping[str, RunSums]) -> list[tuple[str, str]]:
    """Where those are who got something of the rule: not those held out from a run."""
    return [
        (subject, variation)
        for run in range(NO_RUN, latest_run(rule) + 1)
        for subject in (subject_of(rule.id, run),)
        for variation in runs[subject].variations
        if run == NO_RUN or variation != NO_VARIATION
    ]


def _lift(rule: Rule, sums: RunSums) -> GoalResult:
    trial = latest_trial(rule)
    if trial is None:
        return GoalResult(0, 0, None, absent="without an experiment there is nobody to compare with")
    experiment, _ = trial
    held_out = against_holdout(rule, sums)
    if held_out is not None:
        return held_out
    others = [variation.key for variation in experiment.variations if not variation.control]
    if len(others) != 1:
        return GoalResult(0, 0, None, absent="several variations and nobody held out: see the experiment's results")
    control, variation = (sums.sample(key, 0, experiment.goal) for key in (experiment.control.key, others[0]))
    return compared(control, variation, Question.of(experiment.goal))


def is_by_one_allocation(rule: Rule, sums: RunSums) -> bool:
    """Was everybody assigned by the allocation in force, as far as the logged chances tell?"""
    trial = latest_trial(rule)
    if trial is None:
        return True
    experiment, run = trial
    chances = zip(experiment.variations, run.allocation, strict=True)
    return all(
        exposed.inverse_micros == exposed.users * inverse_micros((1 - experiment.holdout) * share)
        for exposed, share in ((sums.exposed(variation.key), share) for variation, share in chances)
        if exposed.users
    )


def _checked(results: ExperimentResults, sums: RunSums) -> ExperimentResults:
    """With the users that there really are, and the split judged by the chances that were logged of everybody."""
    exposed = [sums.exposed(variation) for variation in sorted(sums.variations)]
    p_value = logged_split_p_value(
        [LoggedDraw(one.users, one.inverse_micros / _MILLION, one.inverse_square_micros / _MILLION) for one in exposed]
    )
    variations = tuple(_as_counted(one, sums) for one in results.variations)
    results = replace(
        results,
        exposed_users=sum(one.users for one in variations),
        variations=variations,
        sample_ratio_p_value=p_value,
        sample_ratio_mismatch=p_value < VOID_BELOW,
    )
    if not results.sample_ratio_mismatch:
        return results
    return replace(results, verdict=Verdict.VOID, verdict_text=VOID_TEXT.format(p=p_value), winner=None)


def _as_counted(result: VariationResult, sums: RunSums) -> VariationResult:
    """Means and differences stay those among users of the same day."""
    counted = [sums.goal(result.variation, number) for number in range(1 + len(result.guardrails))]
    goal, *guardrails = (
        replace(each, users=count.users, conversions=count.reached)
        for each, count in zip((result.goal, *(one.result for one in result.guardrails)), counted, strict=True)
    )
    beside = (replace(one, result=each) for one, each in zip(result.guardrails, guardrails, strict=True))
    return replace(result, goal=goal, guardrails=tuple(beside))
