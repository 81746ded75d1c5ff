"""What has to be known of a rule, before anything is suggested?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.experiments import GoalMeasure

if TYPE_CHECKING:
    from domain.model.experiment_results import Comparison, ExperimentResults, GoalResult
    from domain.model.experiments import VariationKey
    from domain.model.findings import Finding
    from domain.model.json_values import Json
    from domain.model.rules import Rule
    from domain.model.segments import SegmentKey

LEAST_USERS = 100
"""Of a variation, and of whoever it is compared with: with fewer, nothing is applied."""


@dataclass(frozen=True, slots=True)
class SegmentEffect:
    """One variation against the control among the users of one segment, and among all others.

    `adjusted_p_value`: of the effect inside, at any time, for all segments and variations that were looked at.
    """

    segment: SegmentKey
    variation: VariationKey
    inside: GoalResult
    outside: GoalResult
    adjusted_p_value: float


@dataclass(frozen=True, slots=True)
class Measured:
    """`days` since the run began. `against_holdout`: everybody who got a variation against those held out from the
    rule. `next_allocation`: what a bandit would put in force now. `users`: who ever met the rule.
    """

    rule: Rule
    users: int = 0
    days: int = 0
    results: ExperimentResults | None = None
    against_holdout: GoalResult | None = None
    held_out_users: int = 0
    segments: tuple[SegmentEffect, ...] = ()
    next_allocation: tuple[float, ...] | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def has_run_a_window(self) -> bool:
        """Has the first user had all the time that the goal gives?"""
        experiment = self.rule.content.experiment
        return experiment is not None and self.days >= experiment.goal.window_days


def evidence_of(result: GoalResult, compared_with: int, days: int) -> dict[str, Json]:
    """The difference with the interval that holds at any time, and the lift, if there are any."""
    evidence: dict[str, Json] = {"users": result.users, "comparedUsers": compared_with, "days": days}
    if result.comparison is not None:
        evidence |= _difference(result.comparison)
    if result.lift is not None:
        lift = result.lift
        evidence |= {"lift": lift.relative, "liftLow": lift.sequential_low, "liftHigh": lift.sequential_high}
    if result.absent:
        evidence |= {"absent": result.absent}
    return evidence


def _difference(comparison: Comparison) -> dict[str, Json]:
    return {
        "estimate": comparison.difference,
        "low": comparison.sequential_low,
        "high": comparison.sequential_high,
        "pValue": comparison.adjusted_p_value,
        "chanceToWin": comparison.chance_to_win,
    }


def in_words(result: GoalResult, measure: GoalMeasure, compared_with: int, days: int) -> str:
    """The estimate, its interval, on how many users and for how long.

    The interval is that of the difference, as that is what decides; a lift's may reach further than a sure difference.
    """
    on = f"{result.users + compared_with:,} users in {days} {'day' if days == 1 else 'days'}"
    found, lift = result.comparison, result.lift
    if found is None:
        return f"no comparison yet, on {on}"
    numbers = (found.difference, found.sequential_low, found.sequential_high)
    if measure is GoalMeasure.CONVERSION_RATE:
        estimate, low, high = (f"{number * 100:+.2f}" for number in numbers)
        estimate = f"{estimate} points"
    else:
        estimate, low, high = (f"{number:+,.4g}" for number in numbers)
    relative = "" if lift is None else f" (relative {lift.relative * 100:+,.1f} %)"
    return f"{estimate} [{low}, {high}]{relative} on {on}"
