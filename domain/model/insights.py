"""What models say about one user, and how good the models are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.interactions import InteractionKind
    from domain.model.segments import SegmentMembership

ModelVersion = NewType("ModelVersion", str)
"""Identifies one trained model of a task: no two trainings share one."""


class ModelTask(StrEnum):
    """What a model predicts."""

    CHURN = "churn"
    LIFETIME_VALUE = "lifetime_value"
    NEXT_ACTION = "next_action"
    RECOMMENDATION = "recommendation"
    SEGMENTS = "segments"


class RiskLevel(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


@dataclass(frozen=True, slots=True)
class ChurnRisk:
    """`risk`: the probability, in [0, 1], of no interaction in the `horizon_days` after it was computed."""

    risk: float
    level: RiskLevel
    horizon_days: int
    model: ModelVersion


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """What a user is expected to spend in the `horizon_days` after it was computed.

    `low` to `high` holds the amount for 80 % of such users. `expected_conversions`: conversions in the horizon;
    `probability_active`: in [0, 1], that the user has not left for good.
    """

    expected: float
    low: float
    high: float
    horizon_days: int
    expected_conversions: float
    probability_active: float
    model: ModelVersion


@dataclass(frozen=True, slots=True)
class NextAction:
    """`probability`: that this is what the user does next, in [0, 1]."""

    kind: InteractionKind
    target: str | None
    probability: float


@dataclass(frozen=True, slots=True)
class RecommendedFeature:
    """`score` orders one user's recommendations, in [0, 1]; `reason` is for people to read."""

    feature: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Factor:
    """One family of signals' signed contribution to a prediction's margin, in words."""

    signal: str
    contribution: float
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Insights:
    """What the models in use say about one user; what none can say is absent.

    `outlook`: the segments the user will be in at the next horizon, each with its probability.
    """

    computed_at: datetime
    churn: ChurnRisk | None = None
    lifetime_value: LifetimeValue | None = None
    next_actions: tuple[NextAction, ...] = ()
    recommendations: tuple[RecommendedFeature, ...] = ()
    outlook: tuple[SegmentMembership, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelQuality:
    """One metric on users and times never seen in training, beside the baseline's; intervals are 95 %.

    The intervals come from resampling users; `None` where there are too few to resample.
    """

    metric: str
    value: float
    baseline: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of one trained model. `serves_baseline`: the model did not beat it, so the baseline answers.

    `note` says in words why that is, or what else there is to know.
    """

    task: ModelTask
    version: ModelVersion
    trained_at: datetime
    training_rows: int
    quality: tuple[ModelQuality, ...]
    serves_baseline: bool
    note: str
