"""What is kept of trained models: how each came about, what it was trained on, and whether that still holds.

Nothing of it is about one user: artifacts hold no user's id and no user's interactions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.model.insights import ModelCard, ModelTask, ModelVersion
    from domain.model.json_values import JsonObject

KEPT_VERSIONS = 5
"""Of each task, besides the model in use and the one before it."""

MAX_ARTIFACT_BYTES = 64 * 1024 * 1024
MAX_PARTS = 64

DRIFT_TO_WATCH = 0.1
DRIFT_TO_RETRAIN = 0.25
"""The usual reading of a population stability index: below .1 nothing moved, from .25 on it is another population.

Siddiqi, Credit Risk Scorecards (2006), section 8.
"""


class ArtifactFlaw(StrEnum):
    """Why an artifact is not to be used."""

    TAMPERED = "TAMPERED"
    """Truncated or changed: its bytes are not those that the manifest is about."""
    OTHER_SIGNALS = "OTHER_SIGNALS"
    """Trained on signals of another version."""
    UNREADABLE = "UNREADABLE"
    """Its parts are not those of such a model."""
    TOO_LARGE = "TOO_LARGE"


class ArtifactRefused(Exception):
    """The model must not serve: the message says why, in a sentence for people to read."""

    def __init__(self, flaw: ArtifactFlaw, message: str) -> None:
        self.flaw = flaw
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Shares:
    """How values were distributed: the share below the first edge, between each two, and from the last edge on.

    One more share than edges; the very last is that of values that were missing. They sum to 1.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """The population at the latest cut-off of a training: what drift is measured from."""

    rows: int
    signals: Mapping[str, Shares]
    score: Shares | None = None


@dataclass(frozen=True, slots=True)
class CalibratedShare:
    """Of `rows` predictions of about equal size: their mean, and the share that came true."""

    predicted: float
    observed: float
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of an artifact. Training read what was received from `since` on, up to `until`.

    `sha256` is over the parts: equal data, seed and code give equal ones. `libraries`: versions, by name.
    """

    card: ModelCard
    signals: tuple[str, ...]
    signals_version: str
    since: datetime
    until: datetime
    users: int
    seed: int
    sha256: str
    plan: JsonObject = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    calibration: tuple[CalibratedShare, ...] = ()
    reference: Reference | None = None

    @property
    def task(self) -> ModelTask:
        return self.card.task

    @property
    def version(self) -> ModelVersion:
        return self.card.version


@dataclass(frozen=True, slots=True)
class Artifact:
    """A trained model as it is stored: files by name, never pickled."""

    manifest: Manifest
    parts: Mapping[str, bytes]


class DriftLevel(StrEnum):
    STABLE = "STABLE"
    MOVING = "MOVING"
    """Worth watching."""
    DRIFTED = "DRIFTED"
    """Another population than the one trained on: retraining is due."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Population stability indices between training and `measured_at`, over a sample of `users`.

    0 for an unchanged population. `score`: of the model's predictions; `None` where it gives no single one.
    """

    measured_at: datetime
    users: int
    signals: Mapping[str, float]
    score: float | None = None

    @property
    def greatest(self) -> float:
        return max((*self.signals.values(), self.score or 0.0))

    @property
    def level(self) -> DriftLevel:
        if self.greatest >= DRIFT_TO_RETRAIN:
            return DriftLevel.DRIFTED
        return DriftLevel.MOVING if self.greatest >= DRIFT_TO_WATCH else DriftLevel.STABLE


class Standing(StrEnum):
    """What a stored model is at present."""

    IN_USE = "IN_USE"
    PREVIOUS = "PREVIOUS"
    """What rolling back returns to."""
    CANDIDATE = "CANDIDATE"
    REFUSED = "REFUSED"
    """To be in use, but it must not serve: its remark says why, and what does instead."""


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A stored model without its bytes; `drift` is that of the model in use, if it was measured.

    `remark`: what there is to know of its standing, in words.
    """

    manifest: Manifest
    standing: Standing
    drift: Drift | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A model that is to be in use was `refused`: `serves` answers in its place, nothing if `None`."""

    task: ModelTask
    refused: ModelVersion
    flaw: ArtifactFlaw
    reason: str
    serves: ModelVersion | None


@dataclass(frozen=True, slots=True)
class ModelsInUse:
    """The models that are to serve, read at one revision, and those that served before them."""

    revision: int
    artifacts: Mapping[ModelTask, Artifact]
    previous: Mapping[ModelTask, ModelVersion]


class TrainingCause(StrEnum):
    ASKED = "ASKED"
    SCHEDULE = "SCHEDULE"
    DRIFT = "DRIFT"


class TrainingResult(StrEnum):
    SWITCHED = "SWITCHED"
    """The new model is in use."""
    KEPT_AS_CANDIDATE = "KEPT_AS_CANDIDATE"
    """The model in use is at least as good on the latest window."""
    REFUSED = "REFUSED"
    """There is no model to be had from this data."""
    FAILED = "FAILED"
    """A fault, logged where the training ran."""


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What came of one task in a training, in words."""

    task: ModelTask
    result: TrainingResult
    message: str
    version: ModelVersion | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """One training of some or all tasks; `ended_at` is `None` while it runs, or if it was interrupted."""

    id: str
    cause: TrainingCause
    started_at: datetime
    ended_at: datetime | None = None
    outcomes: tuple[TaskOutcome, ...] = ()
