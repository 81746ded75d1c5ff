"""What comes out of a training?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.model.insights import ModelQuality, ModelTask
    from prediction.boosting import Boosting
    from prediction.training.logs import UserLog


class Storable(Protocol):
    """A model that can be written down: boosters as UBJSON (`*.ubj`), arrays as `*.npy`, the rest as `*.json`."""

    def parts(self) -> Mapping[str, bytes]:
        """By file name; equal models give equal bytes. Each model class reads them with its own `of_parts`."""
        ...


ModelT_co = TypeVar("ModelT_co", bound=Storable, covariant=True)


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
    `note` says why, in words. `calibration` is measured on the latest window, never on training data.
    """

    model: ModelT_co
    rows: int
    quality: tuple[ModelQuality, ...]
    serves_baseline: bool
    note: str
    calibration: tuple[CalibrationBin, ...] = ()


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
