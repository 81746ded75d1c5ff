"""Would a variation of its own in some segments bring more than the best one for everybody, as is known by now?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.segment_choices import SegmentChoices
from domain.rules.experiments import latest_trial
from domain.rules.outcomes.contributions import EVERYBODY
from domain.statistics.segment_choices import chosen
from domain.use_cases.experiment_results import is_by_one_allocation, results_of
from domain.use_cases.exposed_sums import RunSums, latest_days, read_segment_days, read_segments, run_subject
from domain.use_cases.segment_samples import SegmentSamples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.model.rules import Rule, RuleId
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitsOfWork
    from domain.use_cases.segment_samples import Segments


@dataclass(frozen=True, slots=True)
class ReadSegmentChoices:
    """Statements do not grow with the number of rules."""

    begin: UnitsOfWork
    clock: Clock

    async def __call__(self, rules: Sequence[Rule]) -> Mapping[RuleId, SegmentChoices | None]:
        """Of the latest run of each rule's experiment; `None` before it was started."""
        started = [rule for rule in rules if latest_trial(rule) is not None]
        if not started:
            return dict.fromkeys(rule.id for rule in rules)
        now = self.clock.now()
        async with self.begin() as work:
            whole = await read_segments(work, [run_subject(rule) for rule in started])
            changed = [run_subject(rule) for rule in started if not is_by_one_allocation(rule, _everybody(rule, whole))]
            days = await read_segment_days(work, changed, latest_days(now)) if changed else []
        return {rule.id: choices_of(rule, whole, days, now) for rule in rules}


def choices_of(rule: Rule, whole: Segments, days: Sequence[Segments], now: datetime) -> SegmentChoices | None:
    """`days`: what is `whole`, by day; only asked for where the allocation changed."""
    trial, results = latest_trial(rule), results_of(rule, _everybody(rule, whole), now)
    if trial is None or results is None:
        return None
    if results.sample_ratio_mismatch:
        return SegmentChoices(results.verdict_text)
    samples = SegmentSamples.of(rule, trial[0], whole, days)
    return chosen(trial[0], samples.everybody(), {name: samples.inside(name) for name in samples.names})


def _everybody(rule: Rule, whole: Segments) -> RunSums:
    return whole.get(EVERYBODY, {}).get(run_subject(rule), RunSums())
