"""How bandits change what new users get: again and again, from what users have done so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.model.experiments import ExperimentMode, GoalMeasure
from domain.rules.instants import DAY_US, microseconds
from domain.statistics.bandits.evidence import Evidence
from domain.statistics.bandits.reallocations import BanditGoal, reallocate
from domain.statistics.bandits.stratified import Day, stratified
from domain.use_cases.exposed_sums import ALL_DAYS, read_days, run_subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.model.rules import Rule
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitsOfWork
    from domain.use_cases.current_rules import CurrentRules
    from domain.use_cases.exposed_sums import RunSums
    from domain.use_cases.rules import RuleWriter

HALF_LIFE_DAYS = 30.0
"""After a month, what users did counts half as much: the world changes, and a bandit goes on."""

NOTICEABLE = 0.01
"""An allocation that moves no share by this much stays in force: every change makes all processes compile the rule."""


@dataclass(frozen=True, slots=True)
class ReallocateBandits:
    """Puts a new allocation in force wherever a bandit runs. Who was assigned before keeps what they got."""

    begin: UnitsOfWork
    rules: CurrentRules
    writer: RuleWriter
    clock: Clock

    async def __call__(self) -> int:
        """How many allocations were changed."""
        loaded = await self.rules.refresh()
        bandits = [compiled.rule for compiled in loaded.rule_set.rules if _is_bandit(compiled.rule)]
        if not bandits:
            return 0
        async with self.begin() as work:
            days = await read_days(work, [run_subject(rule) for rule in bandits], ALL_DAYS)
        changed = 0
        for rule in bandits:
            allocation = self.allocation_of(rule, {day: runs[run_subject(rule)] for day, runs in days.items()})
            if rule.run is not None and _moves(rule.run.allocation, allocation):
                changed += await self._put_in_force(rule, allocation)
        return changed

    def allocation_of(self, rule: Rule, days: Mapping[int, RunSums]) -> tuple[float, ...]:
        """What the sums over the users of each day say that a running experiment should go on with."""
        experiment, run = rule.content.experiment, rule.run
        if experiment is None or run is None:
            return ()
        today = microseconds(self.clock.now()) // DAY_US
        keys = [variation.key for variation in experiment.variations]
        seen = [Day(today - day, tuple(_evidence(sums, key) for key in keys)) for day, sums in days.items()]
        evidence = stratified([day for day in seen if day.users], HALF_LIFE_DAYS)
        is_rate = experiment.goal.measure is GoalMeasure.CONVERSION_RATE
        goal = BanditGoal(rates=is_rate, increase=experiment.goal.increase)
        return reallocate(evidence or (Evidence(),) * len(keys), run.allocation, goal).allocation

    async def _put_in_force(self, rule: Rule, allocation: tuple[float, ...]) -> int:
        try:
            await self.writer.reallocate(rule, allocation)
        except Refused:  # somebody concluded or changed it meanwhile
            return 0
        return 1


def _is_bandit(rule: Rule) -> bool:
    experiment, run = rule.content.experiment, rule.run
    is_running = run is not None and run.is_running
    return is_running and experiment is not None and experiment.mode is ExperimentMode.BANDIT


def _evidence(sums: RunSums, key: str) -> Evidence:
    goal = sums.goal(key, 0)
    return Evidence(float(goal.users), float(goal.y), float(goal.y_squares))


def _moves(before: Sequence[float], after: Sequence[float]) -> bool:
    return max((abs(new - old) for old, new in zip(before, after, strict=True)), default=0.0) >= NOTICEABLE
