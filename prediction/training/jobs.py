"""How are models of several tasks trained from one reading of the logs, so that none stops the others?"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from domain.model.insights import ModelCard, ModelVersion
from domain.model.trained_models import (
    Artifact,
    ArtifactFlaw,
    ArtifactRefused,
    CalibratedShare,
    Manifest,
    TrainingResult,
)
from domain.rules.artifacts import check_artifact, check_parts, fingerprint
from prediction.cluster import ClusterRefused
from prediction.training.comparisons import chosen
from prediction.training.outcomes import TrainingRefused
from prediction.training.samples import Sample, reference_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from domain.model.insights import ModelTask
    from domain.model.json_values import JsonObject
    from prediction.boosting import Boosting
    from prediction.serving.kinds import Kind
    from prediction.training.comparisons import Comparison
    from prediction.training.logs import UserLog
    from prediction.training.outcomes import Storable, Trained, Trainer
    from prediction.training.plans import Plan

LIBRARIES = ("numpy", "scipy", "xgboost-cpu")


@dataclass(frozen=True, slots=True)
class Course:
    """How a model of one task is trained by a plan, and read again from its parts.

    `kind`: how it is served, so that its score at the latest cut-off is known; `reads_signals`: whether it minds drift.
    """

    trainer: Callable[[Plan], Trainer[Any]]
    of_parts: Callable[[Mapping[str, bytes]], Storable]
    kind: Kind | None = None
    reads_signals: bool = True


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What all models of one training have in common."""

    plan: Plan
    signals: tuple[str, ...]
    signals_version: str
    since: datetime
    until: datetime
    users: int
    seed: int
    trained_at: datetime
    new_version: Callable[[], ModelVersion]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one task: an artifact when there is a model, and why it is used or not, in words.

    `fault` is there when something broke that should not.
    """

    task: ModelTask
    result: TrainingResult
    message: str
    artifact: Artifact | None = None
    fault: Exception | None = None


@dataclass(slots=True)
class Job:
    """Trainers of some tasks, each fed with every log. One that refuses or breaks leaves the others alone."""

    courses: Mapping[ModelTask, Course]
    plan: Plan
    _sample: Sample = field(init=False)
    _trainers: dict[ModelTask, Trainer[Any]] = field(init=False)
    _ended: dict[ModelTask, Result] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._sample = Sample(self.plan)
        self._trainers = {}
        for task in self.courses:
            self._attempt(task, partial(self._begin, task))

    def add(self, log: UserLog) -> None:
        for task, trainer in [*self._trainers.items()]:
            self._attempt(task, partial(trainer.add, log))
        if any(self.courses[task].reads_signals for task in self._trainers):
            self._sample.add(log)

    def _begin(self, task: ModelTask) -> None:
        self._trainers[task] = self.courses[task].trainer(self.plan)

    def results(
        self, boosting: Boosting, circumstances: Circumstances, in_use: Mapping[ModelTask, Storable]
    ) -> Iterator[Result]:
        """One for each task, as soon as it is known; trained one after another, and forgotten one after another."""
        for task in self.courses:
            if task in self._ended:
                yield self._ended[task]
                continue
            trainer = self._trainers.pop(task)
            try:
                trained, comparison = chosen(trainer, trainer.train(boosting), in_use.get(task))
                trained = self._with_reference(task, trained, circumstances)
                yield _result(_artifact(task, trained, circumstances), comparison)
            except (TrainingRefused, ArtifactRefused, ClusterRefused) as refusal:
                yield Result(task, TrainingResult.REFUSED, str(refusal))
            except Exception as fault:  # noqa: BLE001 - told with the result: the other tasks go on
                yield _broken(task, fault)

    def _with_reference(self, task: ModelTask, trained: Trained[Any], of: Circumstances) -> Trained[Any]:
        course = self.courses[task]
        if trained.reference is not None or not course.reads_signals:
            return trained
        model = (trained.model, ModelVersion("in training"))
        return dataclasses.replace(trained, reference=reference_in(self._sample, of.signals, task, course.kind, model))

    def _attempt(self, task: ModelTask, action: Callable[[], object]) -> None:
        try:
            action()
        except TrainingRefused as refusal:
            self._ended[task] = Result(task, TrainingResult.REFUSED, str(refusal))
        except Exception as fault:  # noqa: BLE001 - as above
            self._ended[task] = _broken(task, fault)
        else:
            return
        self._trainers.pop(task, None)


def read_model(course: Course, artifact: Artifact, signals_version: str) -> Storable:
    """The model that the artifact holds; raises `ArtifactRefused` whatever is wrong with it."""
    check_artifact(artifact, signals_version)
    try:
        model = course.of_parts(artifact.parts)
        known = model.parts().keys()
    except ArtifactRefused:
        raise
    except Exception as error:  # a part may be anything: what its reader makes of that is not ours to list
        raise _unreadable(artifact.manifest, f"{type(error).__name__}: {error}") from error
    if unknown := sorted(artifact.parts.keys() ^ known):
        raise _unreadable(artifact.manifest, f"{unknown[0]} is not what such a model is made of")
    return model


def plan_document(plan: Plan) -> JsonObject:
    """What a manifest tells of a plan."""
    return {name: _plain(value) for name, value in dataclasses.asdict(plan).items()}


def library_versions(names: Iterable[str] = LIBRARIES) -> Mapping[str, str]:
    return {name: _version(name) for name in names}


def _result(artifact: Artifact, comparison: Comparison) -> Result:
    result = TrainingResult.SWITCHED if comparison.switches else TrainingResult.KEPT_AS_CANDIDATE
    return Result(artifact.manifest.task, result, comparison.reason, artifact)


def _artifact(task: ModelTask, trained: Trained[Storable], of: Circumstances) -> Artifact:
    parts = dict(trained.model.parts())
    check_parts(parts)
    card = ModelCard(
        task=task,
        version=of.new_version(),
        trained_at=of.trained_at,
        training_rows=trained.rows,
        quality=trained.quality,
        serves_baseline=trained.serves_baseline,
        note=trained.note,
    )
    manifest = Manifest(
        card=card,
        signals=of.signals,
        signals_version=of.signals_version,
        since=of.since,
        until=of.until,
        users=of.users,
        seed=of.seed,
        sha256=fingerprint(parts),
        plan=plan_document(of.plan),
        libraries=library_versions(),
        calibration=tuple(CalibratedShare(b.predicted, b.observed, b.rows) for b in trained.calibration),
        reference=trained.reference,
    )
    return Artifact(manifest, parts)


def _broken(task: ModelTask, fault: Exception) -> Result:
    return Result(task, TrainingResult.FAILED, f"training broke ({type(fault).__name__})", fault=fault)


def _unreadable(manifest: Manifest, reason: str) -> ArtifactRefused:
    message = f"the {manifest.task} model {manifest.version} cannot be read: {reason}"
    return ArtifactRefused(ArtifactFlaw.UNREADABLE, message)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
