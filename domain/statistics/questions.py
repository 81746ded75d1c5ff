"""What is asked of an experiment: which outcome, in which direction, how sure, and how often one looks?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.model.experiments import GoalMeasure

if TYPE_CHECKING:
    from domain.model.experiments import Goal

REFERENCE_USERS = 5_000
"""Where the always-valid interval is tuned to be narrowest: the value that GrowthBook uses, too."""
VOID_BELOW = 0.001
"""A split this unlikely voids the analysis."""
LEAST_USERS = 100
"""Fewer users of a variation are too few for means to be about normal, and so for any verdict."""
LEAST_REACHED = 10
"""So many users of each variation must be expected to reach the goal, and of a rate as many to miss it.

Cochran's rule, doubled: below, a rate is far from normal."""


class Outcome(StrEnum):
    """RATE: each user reached it or not. MEAN: of a number per user. RATIO: of two sums over users."""

    RATE = "RATE"
    MEAN = "MEAN"
    RATIO = "RATIO"


class Looks(StrEnum):
    """ANY_TIME: as often as one likes, and one may stop at any of them. ONCE: at an end that was planned."""

    ANY_TIME = "ANY_TIME"
    ONCE = "ONCE"


@dataclass(frozen=True, slots=True)
class Question:
    """One goal or guardrail. `increase`: is more better? `name` is what verdicts call it."""

    outcome: Outcome
    increase: bool = True
    name: str = "the goal"

    @classmethod
    def of(cls, goal: Goal) -> Question:
        rate = goal.measure is GoalMeasure.CONVERSION_RATE
        name = goal.kind if goal.target is None else f"{goal.kind} of {goal.target}"
        return cls(Outcome.RATE if rate else Outcome.MEAN, goal.increase, name)


@dataclass(frozen=True, slots=True)
class Design:
    """How the analysis is made. `alpha`: the share of false positives, and of wrong guardrails, that is accepted.

    `relevant`: the smallest relative difference that matters, for NO_DIFFERENCE; at 0 that is never said.
    """

    looks: Looks = Looks.ANY_TIME
    alpha: float = 0.05
    relevant: float = 0.01
    reference_users: int = REFERENCE_USERS
    least_users: int = LEAST_USERS
