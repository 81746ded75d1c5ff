"""What would the users of an experiment have done under another allocation? From what was logged, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.model.allocation_values import AllocationValue, EstimatedMean
from domain.statistics.bandits.evidence import Evidence
from domain.statistics.off_policy.logs import Logged, NoPolicyValue, Target
from domain.statistics.off_policy.values import evaluate_policy
from domain.use_cases.exposed_sums import read_days, run_subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.model.experiments import Experiment
    from domain.model.rules import Rule
    from domain.ports.units_of_work import UnitsOfWork
    from domain.statistics.off_policy.values import Estimate
    from domain.use_cases.exposed_sums import RunSums

_MILLION = 1_000_000
_SUM_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class ValueAllocation:
    """Doubly robust, over the latest run; a bandit's users are weighted by the chances they had on their day."""

    begin: UnitsOfWork

    async def __call__(self, rule: Rule, shares: Mapping[str, float]) -> AllocationValue | None:
        """`None` before the experiment was started. Raises `Refused` for shares that are no allocation of it."""
        experiment = rule.content.experiment
        if experiment is None or rule.run is None:
            return None
        _check(experiment, shares)
        async with self.begin() as work:
            by_day = await read_days(work, [run_subject(rule)])
        days = {day: runs[run_subject(rule)] for day, runs in by_day.items()}
        return value_of(experiment, days, shares)


def value_of(experiment: Experiment, days: Mapping[int, RunSums], shares: Mapping[str, float]) -> AllocationValue:
    """`days`: the sums over those who were exposed first on each day."""
    logged = list(_logged(experiment, days))
    users = sum(entry.outcomes.users for entry in logged)
    value = evaluate_policy(logged, Target(dict(shares)))
    if isinstance(value, NoPolicyValue):
        return AllocationValue(users, value.text)
    return AllocationValue(
        users,
        value.text,
        value.effective_users,
        _shown(value.logged),
        _shown(value.doubly_robust),
        _shown(value.gain),
    )


def _logged(experiment: Experiment, days: Mapping[int, RunSums]) -> Iterator[Logged]:
    """Who was held out got no variation, so the chances of all others are those among the rest."""
    rest = 1 - experiment.holdout
    for day, sums in days.items():
        for variation in experiment.variations:
            exposed = sums.exposed(variation.key)
            if exposed.users and exposed.inverse_micros:
                probability = min(exposed.users * _MILLION / exposed.inverse_micros / rest, 1.0)
                outcomes = Evidence.of(sums.sample(variation.key, 0, experiment.goal))
                yield Logged(variation.key, probability, outcomes, str(day))


def _check(experiment: Experiment, shares: Mapping[str, float]) -> None:
    keys = [variation.key for variation in experiment.variations]
    if unknown := sorted(shares.keys() - set(keys)):
        message = f"the experiment has no variation {unknown[0]}: its variations are {', '.join(keys)}"
        raise Refused.because("UNKNOWN_VALUE", message, "allocation")
    if not all(0 <= share <= 1 for share in shares.values()) or abs(sum(shares.values()) - 1) > _SUM_TOLERANCE:
        raise Refused.because("SUM_IS_NOT_ONE", "the shares, each from 0 to 1, have to sum to 1", "allocation")


def _shown(estimate: Estimate) -> EstimatedMean:
    return EstimatedMean(estimate.value, estimate.low, estimate.high)
