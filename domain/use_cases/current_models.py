"""Which models score in this process, and how they are kept up to date."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domain.model.trained_models import ArtifactRefused, Replacement
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
    refused: Callable[[Replacement], None]

    def __call__(self, artifact: Artifact) -> LoadedModel | ArtifactRefused:
        try:
            check_artifact(artifact, self.signals_version)
            return LoadedModel(artifact.manifest, self.read(artifact))
        except ArtifactRefused as refusal:
            return refusal


@dataclass(slots=True)
class CurrentModels:
    """The newest models in use that this process knows of, and can read.

    A model that is refused changes nothing: the one that serves here goes on, else the previous one serves, else none.
    """

    begin: UnitsOfWork
    read: ReadModels
    _loaded: Mapping[ModelTask, LoadedModel] = field(default_factory=dict)
    _replacements: Mapping[ModelTask, Replacement] = field(default_factory=dict)
    _revision: int | None = None
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def known(self) -> Mapping[ModelTask, LoadedModel]:
        """By task; empty as long as nothing could be read. One mapping is never changed: scoring may keep it."""
        return self._loaded

    @property
    def replacements(self) -> Mapping[ModelTask, Replacement]:
        """Of the models in use that were read last, those that this process refused, and what serves instead."""
        return self._replacements

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
            loaded: dict[ModelTask, LoadedModel] = {}
            replacements: dict[ModelTask, Replacement] = {}
            for task, wanted in stored.artifacts.items():
                read = await self._read(wanted)
                if isinstance(read, LoadedModel):
                    loaded[task] = read
                    continue
                serves = self._loaded.get(task) or await self._previous(stored, task)
                replacements[task] = _replacement(wanted, read, serves)
                if serves is not None:
                    loaded[task] = serves
            self._loaded, self._replacements, self._revision = loaded, replacements, stored.revision
        for replacement in replacements.values():
            self.read.refused(replacement)
        return loaded

    async def _read(self, wanted: Artifact) -> LoadedModel | ArtifactRefused:
        known = self._loaded.get(wanted.manifest.task)
        if known is not None and known.manifest == wanted.manifest:
            return known
        # Trees are taken apart for milliseconds: others on the event loop go on.
        return await asyncio.to_thread(self.read, wanted)

    async def _previous(self, stored: ModelsInUse, task: ModelTask) -> LoadedModel | None:
        if (version := stored.previous.get(task)) is None:
            return None
        async with self.begin() as work:
            artifact = await work.trained_models.get(task, version)
        read = None if artifact is None else await asyncio.to_thread(self.read, artifact)
        return read if isinstance(read, LoadedModel) else None


def _replacement(wanted: Artifact, refusal: ArtifactRefused, serves: LoadedModel | None) -> Replacement:
    manifest = wanted.manifest
    instead = None if serves is None else serves.manifest.version
    return Replacement(manifest.task, manifest.version, refusal.flaw, str(refusal), instead)
