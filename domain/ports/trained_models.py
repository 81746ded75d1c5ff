"""How trained models are stored, which of them serve, and what came of trainings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.model.insights import ModelTask, ModelVersion
    from domain.model.trained_models import Artifact, Drift, ModelsInUse, RegisteredModel, Training


class TrainedModels(Protocol):
    async def add(self, artifact: Artifact) -> None:
        """Store a model as a candidate.

        Of the task's older models, the model in use, the one before it and the latest `KEPT_VERSIONS` stay.
        """
        ...

    async def get(self, task: ModelTask, version: ModelVersion) -> Artifact | None:
        """The bytes as they are found: who uses them checks them."""
        ...

    async def registered(self) -> Sequence[RegisteredModel]:
        """All stored models, by task, latest trained first."""
        ...

    async def in_use(self) -> ModelsInUse:
        """The committed models in use, all of one revision."""
        ...

    async def revision(self) -> int:
        """Grows whenever another model is put in use."""
        ...

    async def use(self, task: ModelTask, version: ModelVersion, at: datetime) -> int:
        """Put a stored model in use; the model in use until now becomes the previous one. The new revision.

        `Refused`: NOT_FOUND, or UNCHANGED when it is in use already.
        """
        ...

    async def roll_back(self, task: ModelTask, at: datetime) -> tuple[ModelVersion, int]:
        """Put the previous model in use again, and make the one in use the previous: its version, the new revision.

        `Refused` (NOT_FOUND) when there is none.
        """
        ...

    async def note_drift(self, task: ModelTask, version: ModelVersion, drift: Drift) -> None:
        """Remember the drift of a model in use, instead of what was measured before; of another one, do nothing."""
        ...


class Trainings(Protocol):
    async def claim(self) -> bool:
        """Whether nobody else trains: until the end of this unit of work nobody else can claim to. Never waits."""
        ...

    async def save(self, training: Training) -> None:
        """Store it, or replace what is known of it; only the latest `KEPT_TRAININGS` stay."""
        ...

    async def latest(self, limit: int) -> Sequence[Training]:
        """Latest started first."""
        ...


KEPT_TRAININGS = 100
