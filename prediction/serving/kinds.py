"""How are models of each task read, what do they say, and why?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from domain.model.insights import ModelTask
from domain.model.trained_models import ArtifactFlaw, ArtifactRefused
from prediction.churn.factors import factors
from prediction.churn.risks import ChurnModel
from prediction.lifetime_value.estimates import LifetimeValueModel
from prediction.next_actions.predictors import NextActionModel
from prediction.recommendations.recommenders import RecommendationModel
from prediction.segments.outlooks import SegmentsModel
from prediction.serving.answers import churn_risks, lifetime_values, next_actions, outlooks, recommendations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from domain.model.insights import Factor, ModelVersion
    from domain.model.trained_models import Artifact
    from domain.ports.predictors import Subject
    from prediction.matrices import Matrix


@dataclass(frozen=True, slots=True)
class Batch:
    """Users about whom something is to be said at one instant; `signals` has a row for each.

    `offered`: the features that may be recommended; none: all may.
    """

    subjects: Sequence[Subject]
    signals: Matrix
    at: datetime
    offered: frozenset[str] = frozenset()

    def only(self, number: int) -> Batch:
        return Batch(self.subjects[number : number + 1], self.signals[number : number + 1], self.at, self.offered)


def _no_factors(_: Any, signals: Matrix) -> Sequence[Sequence[Factor]]:
    return [()] * len(signals)


@dataclass(frozen=True, slots=True)
class Kind:
    """What serving needs to know of the models of one task.

    `say` is given a model, its version and a batch, and gives one part of the insights for each subject, `None` where
    there is nothing to say; one subject's part does not depend on the others. `explain` is given a model and rows of
    signals, and gives the factors of each, the weightiest first.
    """

    read: Callable[[Mapping[str, bytes]], Any]
    say: Callable[[Any, ModelVersion, Batch], Sequence[Any]]
    explain: Callable[[Any, Matrix], Sequence[Sequence[Factor]]] = _no_factors


Kinds: TypeAlias = "Mapping[ModelTask, Kind]"

KINDS: Kinds = {
    ModelTask.CHURN: Kind(ChurnModel.of_parts, churn_risks, factors),
    ModelTask.LIFETIME_VALUE: Kind(LifetimeValueModel.of_parts, lifetime_values),
    ModelTask.NEXT_ACTION: Kind(NextActionModel.of_parts, next_actions),
    ModelTask.RECOMMENDATION: Kind(RecommendationModel.of_parts, recommendations),
    ModelTask.SEGMENTS: Kind(SegmentsModel.of_parts, outlooks),
}
"""Those that this release serves."""

PART_OF_INSIGHTS: Mapping[ModelTask, str] = {
    ModelTask.CHURN: "churn",
    ModelTask.LIFETIME_VALUE: "lifetime_value",
    ModelTask.NEXT_ACTION: "next_actions",
    ModelTask.RECOMMENDATION: "recommendations",
    ModelTask.SEGMENTS: "outlook",
}
"""Which part a task's models say."""


def reader_of(kinds: Kinds) -> Callable[[Artifact], Any]:
    """What makes models of artifacts; it raises `ArtifactRefused` for those that are not of these kinds."""

    def read(artifact: Artifact) -> Any:
        manifest = artifact.manifest
        kind = kinds.get(manifest.task)
        if kind is None:
            message = f"this release serves no {manifest.task} models"
            raise ArtifactRefused(ArtifactFlaw.UNREADABLE, message)
        try:
            return kind.read(artifact.parts)
        except ArtifactRefused:
            raise
        except Exception as fault:
            message = f"the {manifest.task} model {manifest.version} cannot be read"
            raise ArtifactRefused(ArtifactFlaw.UNREADABLE, message) from fault

    return read
