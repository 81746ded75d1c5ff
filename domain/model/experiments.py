"""A randomized comparison of a rule's variations: what its author plans, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.adaptations import Adaptation
    from domain.model.interactions import InteractionKind

VariationKey = NewType("VariationKey", str)

NO_RUN = 0
"""Stands for the run where a rule applied without a running experiment."""


class ExperimentStatus(StrEnum):
    DRAFT = "DRAFT"
    RUNNING = "RUNNING"
    CONCLUDED = "CONCLUDED"


class ExperimentMode(StrEnum):
    """BANDIT reallocates by Thompson sampling; FIXED keeps the allocation."""

    FIXED = "FIXED"
    BANDIT = "BANDIT"


class GoalMeasure(StrEnum):
    """Per user within the window: whether they reached it, how often, and the sum of its values."""

    CONVERSION_RATE = "CONVERSION_RATE"
    COUNT_MEAN = "COUNT_MEAN"
    VALUE_MEAN = "VALUE_MEAN"


@dataclass(frozen=True, slots=True)
class Goal:
    """Interactions of a kind, on a target if one is named, in the `window_days` after a user's first exposure.

    `increase`: is more better? `cap`: what one user can contribute at most (winsorising), `None`: everything counts.
    """

    kind: InteractionKind
    window_days: int
    target: str | None = None
    measure: GoalMeasure = GoalMeasure.CONVERSION_RATE
    increase: bool = True
    cap: float | None = None


@dataclass(frozen=True, slots=True)
class Variation:
    """One alternative. `allocation`: the planned share of the experiment's users, in [0, 1]."""

    key: VariationKey
    allocation: float
    control: bool = False
    adaptations: tuple[Adaptation, ...] = ()


@dataclass(frozen=True, slots=True)
class Experiment:
    """What the author of a rule plans. Exactly one variation is the control; allocations sum to 1.

    `holdout`: the share of users, of all whom the rule is for, who get nothing of the rule while it runs.
    """

    variations: tuple[Variation, ...]
    goal: Goal
    guardrails: tuple[Goal, ...] = ()
    holdout: float = 0.0
    mode: ExperimentMode = ExperimentMode.FIXED

    @property
    def control(self) -> Variation:
        return next(variation for variation in self.variations if variation.control)

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goal first, then the guardrails: a goal's place here is its number in what is counted."""
        return (self.goal, *self.guardrails)


@dataclass(frozen=True, slots=True)
class ExperimentRun:
    """What became of a planned experiment. `number` counts the runs of a rule from 1 on; every run assigns afresh.

    `allocation` is in force now, in the order of the variations: a bandit changes it. `winner` is what everybody gets
    since the run was concluded; none, if the rule was archived instead. `tried`: the experiment as it was until then,
    whatever its author has made of the plan since.
    """

    number: int
    status: ExperimentStatus
    started_at: datetime
    allocation: tuple[float, ...]
    concluded_at: datetime | None = None
    winner: VariationKey | None = None
    tried: Experiment | None = None

    @property
    def is_running(self) -> bool:
        return self.status is ExperimentStatus.RUNNING
