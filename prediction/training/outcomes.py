"""What comes out of a training?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.model.insights import ModelQuality, ModelTask
    from domain.model.trained_models import Reference
    from prediction.boosting import Boosting
    from prediction.training.logs import UserLog


class Storable(Protocol):
    """A model that can be written down: boosters as UBJSON (`*.ubj`), arrays as `*.npy`, the rest as `*.json`."""

    def parts(self) -> Mapping[str, bytes]:
        """By file name; equal models give equal bytes. Each model class reads them with its own `of_parts`."""
        ...


ModelT_co = TypeVar("ModelT_co", bound=Storable, covariant=True)
ModelT = TypeVar("ModelT", bound=Storable)
ModelT_contra = TypeVar("ModelT_contra", bound=Storable, contravariant=True)


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Of `rows` predictions of about equal size: their mean, and the share that came true."""

    predicted: float
    observed: float
    rows: int


@dataclass(frozen=True, slots=True)
class Trained(Generic[ModelT_co]):
    """A model, the rows it was trained on, and its quality on later ones.

    `serves_baseline`: the baseline was not beaten by more than the interval, so `model` answers as the baseline does;
    `note` says why, in words. `calibration` is measured on the latest window, never on training data. The first
    `quality` is the one by which models of this task are compared. `reference`: what `prediction.drift.reference_of`
    says of the signals at the latest cut-off and the scores there, for models that read signals.
    """

    model: ModelT_co
    rows: int
    quality: tuple[ModelQuality, ...]
    serves_baseline: bool
    note: str
    calibration: tuple[CalibrationBin, ...] = ()
    reference: Reference | None = None


class TrainingRefused(Exception):
    """There is no model to be had from this data: the message says why, in a sentence for people to read."""


class Trainer(Protocol[ModelT_co]):
    """Trains the model of one task. Users are added one after another and not kept: memory is bounded."""

    @property
    def task(self) -> ModelTask: ...

    def add(self, log: UserLog) -> None:
        """Remember what training needs of one user. Each user is added once, in any order, with equal results."""
        ...

    def train(self, boosting: Boosting) -> Trained[ModelT_co]:
        """Deterministic given the added users and `boosting`'s seed. Raises `TrainingRefused`."""
        ...


@runtime_checkable
class Comparing(Protocol[ModelT_contra]):
    """A trainer that can also measure another model of its task, so that the better of two is known."""

    def measured(self, model: ModelT_contra) -> tuple[ModelQuality, ...]:
        """Its quality on the very window that `train` measured on, in the same order. Called after `train`."""
        ...


@runtime_checkable
class Recounting(Protocol[ModelT]):
    """A trainer of models that also count what is so now, which is not to grow old where nothing better was learnt."""

    def recounted(self, model: ModelT) -> Trained[ModelT]:
        """What another model of its task learnt, with what was counted now. Called after `train`."""
        ...
