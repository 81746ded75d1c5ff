"""Which models score in this process, and how they are kept up to date."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domain.model.trained_models import ArtifactRefused
from domain.rules.artifacts import check_artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.model.insights import ModelTask
    from domain.model.trained_models import Artifact, Manifest, ModelsInUse
    from domain.ports.units_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that can score, with what is known of it. Its class is that of the task."""

    manifest: Manifest
    model: Any


@dataclass(frozen=True, slots=True)
class ReadModels:
    """How artifacts become models here: `read` raises `ArtifactRefused`; `refused` is told of every refusal."""

    signals_version: str
    read: Callable[[Artifact], Any]
    refused: Callable[[ArtifactRefused], None]

    def __call__(self, artifact: Artifact) -> LoadedModel | None:
        try:
            check_artifact(artifact, self.signals_version)
            return LoadedModel(artifact.manifest, self.read(artifact))
        except ArtifactRefused as refusal:
            self.refused(refusal)
            return None


@dataclass(slots=True)
class CurrentModels:
    """The newest models in use that this process knows of, and can read.

    A model that is refused changes nothing: the one that serves here goes on, else the previous one serves, else none.
    """

    begin: UnitsOfWork
    read: ReadModels
    _loaded: Mapping[ModelTask, LoadedModel] = field(default_factory=dict)
    _revision: int | None = None
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def known(self) -> Mapping[ModelTask, LoadedModel]:
        """By task; empty as long as nothing could be read. One mapping is never changed: scoring may keep it."""
        return self._loaded

    @property
    def revision(self) -> int:
        """Of the models in use that were read last; 0 as long as none were."""
        return self._revision or 0

    async def refresh(self) -> Mapping[ModelTask, LoadedModel]:
        """The newest committed models, read again only if their revision has changed. Raises `Unavailable`."""
        async with self._loading:
            async with self.begin() as work:
                if await work.trained_models.revision() == self._revision:
                    return self._loaded
                stored = await work.trained_models.in_use()
            loaded = [await self._serving(stored, task) for task in stored.artifacts]
            self._loaded = {one.manifest.task: one for one in loaded if one is not None}
            self._revision = stored.revision
            return self._loaded

    async def _serving(self, stored: ModelsInUse, task: ModelTask) -> LoadedModel | None:
        known, wanted = self._loaded.get(task), stored.artifacts[task]
        if known is not None and known.manifest == wanted.manifest:
            return known
        # Trees are taken apart for milliseconds: others on the event loop go on.
        read = await asyncio.to_thread(self.read, wanted)
        return read or known or await self._previous(stored, task)

    async def _previous(self, stored: ModelsInUse, task: ModelTask) -> LoadedModel | None:
        if (version := stored.previous.get(task)) is None:
            return None
        async with self.begin() as work:
            artifact = await work.trained_models.get(task, version)
        return None if artifact is None else await asyncio.to_thread(self.read, artifact)
