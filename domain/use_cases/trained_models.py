"""How another model is put in use, and how one goes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.model.news import ModelsChanged
from domain.rules.artifacts import check_artifact

if TYPE_CHECKING:
    from domain.model.insights import ModelTask, ModelVersion
    from domain.ports.buses import Bus
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class UseModel:
    """Puts a stored model in use, everywhere at once as soon as the news arrives.

    `Refused` (NOT_FOUND, UNCHANGED); `ArtifactRefused` for a model that no process of this release would let serve.
    """

    begin: UnitsOfWork
    bus: Bus
    clock: Clock
    signals_version: str

    async def __call__(self, task: ModelTask, version: ModelVersion) -> None:
        async with self.begin() as work:
            artifact = await work.trained_models.get(task, version)
            if artifact is None:
                raise Refused.because("NOT_FOUND", f"there is no {task} model {version}", "version")
            check_artifact(artifact, self.signals_version)
            revision = await work.trained_models.use(task, version, self.clock.now())
            await work.commit()
        await self.bus.publish(ModelsChanged(revision))


@dataclass(frozen=True, slots=True)
class RollBackModel:
    """Puts the previous model of a task in use again. `Refused` (NOT_FOUND), `ArtifactRefused` as above."""

    begin: UnitsOfWork
    bus: Bus
    clock: Clock
    signals_version: str

    async def __call__(self, task: ModelTask) -> ModelVersion:
        async with self.begin() as work:
            version, revision = await work.trained_models.roll_back(task, self.clock.now())
            artifact = await work.trained_models.get(task, version)
            if artifact is not None:
                check_artifact(artifact, self.signals_version)
            await work.commit()
        await self.bus.publish(ModelsChanged(revision))
        return version
