"""The smallest real models: enough for the whole way from a fold to a pushed config, and each says why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from domain.model.insights import (
    ChurnRisk,
    Factor,
    LifetimeValue,
    ModelTask,
    ModelVersion,
    NextAction,
    RecommendedFeature,
    RiskLevel,
)
from domain.model.interactions import InteractionKind
from domain.model.segments import MembershipSource, SegmentKey, SegmentMembership
from domain.model.trained_models import Artifact, CalibratedShare, Manifest
from domain.rules.artifacts import fingerprint
from prediction.serving.kinds import Kind
from prediction.signals.catalogue import PLACES, SIGNALS, SIGNALS_VERSION
from tests.builders.trained_models import build_card

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prediction.matrices import Matrix
    from prediction.serving.kinds import Batch, Kinds

SILENCE, INTERACTIONS = PLACES["days_since_last"], PLACES["interactions"]


@dataclass(frozen=True, slots=True)
class TinyChurn:
    """A logistic curve over the days since the last interaction."""

    slope: float = 0.2
    intercept: float = -2.0
    horizon_days: int = 28

    def parts(self) -> Mapping[str, bytes]:
        return {"curve.json": json.dumps([self.slope, self.intercept, self.horizon_days]).encode()}

    @classmethod
    def of_parts(cls, parts: Mapping[str, bytes]) -> TinyChurn:
        return cls(*json.loads(parts["curve.json"]))

    def risks(self, signals: Matrix) -> Sequence[float]:
        margin = self.slope * signals[:, SILENCE].astype(np.float64) + self.intercept
        return [float(risk) for risk in 1 / (1 + np.exp(-margin))]

    def factors(self, signals: Matrix) -> Sequence[Sequence[Factor]]:
        return [
            (Factor("recency", self.slope * days, f"{days:g} days", f"The user was last here {days:g} days ago."),)
            for days in map(float, signals[:, SILENCE])
        ]


def _churn(model: TinyChurn, version: ModelVersion, batch: Batch) -> Sequence[ChurnRisk | None]:
    def one(risk: float) -> ChurnRisk:
        return ChurnRisk(risk, RiskLevel.HIGH if risk >= 0.5 else RiskLevel.LOW, model.horizon_days, version)

    known = [subject.profile.history.interactions > 0 for subject in batch.subjects]
    return [one(risk) if k else None for risk, k in zip(model.risks(batch.signals), known, strict=True)]


@dataclass(frozen=True, slots=True)
class TinyPrior:
    """Says the same of everybody: a number, and words."""

    number: float = 0.5
    words: tuple[str, ...] = ()

    def parts(self) -> Mapping[str, bytes]:
        return {"prior.json": json.dumps([self.number, list(self.words)]).encode()}

    @classmethod
    def of_parts(cls, parts: Mapping[str, bytes]) -> TinyPrior:
        number, words = json.loads(parts["prior.json"])
        return cls(number, tuple(words))


def _value(model: TinyPrior, version: ModelVersion, batch: Batch) -> Sequence[LifetimeValue]:
    """So much for every interaction."""
    expected = [model.number * float(count) for count in batch.signals[:, INTERACTIONS]]
    return [LifetimeValue(amount, amount / 2, 2 * amount, 90, 1.0, 0.75, version) for amount in expected]


def _next(model: TinyPrior, _: ModelVersion, batch: Batch) -> Sequence[tuple[NextAction, ...]]:
    actions = tuple(NextAction(InteractionKind.FEATURE_USE, word, model.number) for word in model.words)
    return [actions] * len(batch.subjects)


def _recommended(model: TinyPrior, _: ModelVersion, batch: Batch) -> Sequence[tuple[RecommendedFeature, ...]]:
    features = tuple(RecommendedFeature(word, model.number, f"Many go on to use {word}.") for word in model.words)
    return [features] * len(batch.subjects)


def _outlook(model: TinyPrior, _: ModelVersion, batch: Batch) -> Sequence[tuple[SegmentMembership, ...]]:
    return [
        tuple(
            SegmentMembership(SegmentKey(word), model.number, batch.at, MembershipSource.MODEL) for word in model.words
        )
        for _ in batch.subjects
    ]


TINY_KINDS: Kinds = {
    ModelTask.CHURN: Kind(TinyChurn.of_parts, _churn, TinyChurn.factors),
    ModelTask.LIFETIME_VALUE: Kind(TinyPrior.of_parts, _value),
    ModelTask.NEXT_ACTION: Kind(TinyPrior.of_parts, _next),
    ModelTask.RECOMMENDATION: Kind(TinyPrior.of_parts, _recommended),
    ModelTask.SEGMENTS: Kind(TinyPrior.of_parts, _outlook),
}
TINY_MODELS: Mapping[ModelTask, TinyChurn | TinyPrior] = {
    ModelTask.CHURN: TinyChurn(),
    ModelTask.LIFETIME_VALUE: TinyPrior(10.0),
    ModelTask.NEXT_ACTION: TinyPrior(0.4, ("export", "chart")),
    ModelTask.RECOMMENDATION: TinyPrior(0.75, ("import", "search")),
    ModelTask.SEGMENTS: TinyPrior(0.625, ("power_user",)),
}


def tiny_artifact(
    task: ModelTask = ModelTask.CHURN,
    version: str = "v1",
    model: TinyChurn | TinyPrior | None = None,
    signals_version: str = str(SIGNALS_VERSION),
    **card: Any,
) -> Artifact:
    """The model of a task as it is stored."""
    parts = (model or TINY_MODELS[task]).parts()
    manifest = Manifest(
        card=build_card(version, task=task, **card),
        signals=tuple(signal.name for signal in SIGNALS),
        signals_version=signals_version,
        since=datetime(2026, 1, 1, tzinfo=UTC),
        until=datetime(2026, 3, 1, tzinfo=UTC),
        users=500,
        seed=7,
        sha256=fingerprint(parts),
        calibration=(CalibratedShare(0.2, 0.25, 400), CalibratedShare(0.7, 0.6, 100)),
    )
    return Artifact(manifest, parts)
