"""How does PostgreSQL store trained models, and which of them serve?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from domain.errors import Refused
from domain.model.insights import ModelTask, ModelVersion
from domain.model.trained_models import KEPT_VERSIONS, Artifact, ModelsInUse, RegisteredModel, Standing
from persistence.documents.manifests import drift_document, manifest_document, parse_drift, stored_manifest
from persistence.postgres.tables import model_parts, models_in_use, trained_models

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from domain.model.trained_models import Drift, Manifest
    from persistence.postgres.transactions import Transaction

_PRUNE = text(
    """
    DELETE FROM trained_models
    WHERE task = :task
        AND version NOT IN (
            SELECT version FROM trained_models WHERE task = :task ORDER BY trained_at DESC, version DESC LIMIT :kept
        )
        AND version NOT IN (
            SELECT served FROM models_in_use, unnest(ARRAY[version, previous]) AS served
            WHERE task = :task AND served IS NOT NULL
        )
    """
)
_GET = text(
    """
    SELECT m.task, m.version, m.trained_at, m.manifest, p.name, p.content
    FROM trained_models m LEFT JOIN model_parts p USING (task, version)
    WHERE m.task = :task AND m.version = :version
    """
)
_REGISTERED = text(
    """
    SELECT m.task, m.version, m.trained_at, m.manifest, u.version AS used, u.previous, u.drift
    FROM trained_models m LEFT JOIN models_in_use u USING (task)
    ORDER BY m.task COLLATE "C", m.trained_at DESC, m.version COLLATE "C" DESC
    """
)
# One statement sees one state of the database: the revision is that of the models read with it.
_IN_USE = text(
    """
    SELECT coalesce((SELECT value FROM revisions WHERE name = 'models'), 0) AS revision,
        u.task, u.previous, u.version, m.trained_at, m.manifest, p.name, p.content
    FROM (SELECT) AS always
    LEFT JOIN models_in_use u ON true
    LEFT JOIN trained_models m ON (m.task, m.version) = (u.task, u.version)
    LEFT JOIN model_parts p ON (p.task, p.version) = (u.task, u.version)
    """
)
_REVISION = text("SELECT coalesce((SELECT value FROM revisions WHERE name = 'models'), 0)")
# First of all statements of a switch: whoever else switches waits here.
_ADVANCE = text(
    """
    INSERT INTO revisions (name, value) VALUES ('models', 1)
    ON CONFLICT (name) DO UPDATE SET value = revisions.value + 1
    RETURNING value
    """
)
_SWITCH = text(
    """
    INSERT INTO models_in_use (task, version, switched_at) VALUES (:task, :version, :at)
    ON CONFLICT (task) DO UPDATE
    SET version = EXCLUDED.version, previous = models_in_use.version, switched_at = EXCLUDED.switched_at, drift = NULL
    """
)
_SERVING = text("SELECT version, previous FROM models_in_use WHERE task = :task")
_EXISTS = text("SELECT 1 FROM trained_models WHERE task = :task AND version = :version FOR KEY SHARE")


class PostgresTrainedModels:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, artifact: Artifact) -> None:
        manifest = artifact.manifest
        key = {"task": manifest.task, "version": manifest.version}
        model = {**key, "trained_at": manifest.card.trained_at, "manifest": manifest_document(manifest)}
        await self._transaction.execute(trained_models.insert(), model)
        for name, content in artifact.parts.items():
            await self._transaction.execute(model_parts.insert(), {**key, "name": name, "content": content})
        await self._transaction.execute(_PRUNE, {"task": manifest.task, "kept": KEPT_VERSIONS})

    async def get(self, task: ModelTask, version: ModelVersion) -> Artifact | None:
        rows = (await self._transaction.execute(_GET, {"task": task, "version": version})).all()
        return _artifact(rows) if rows else None

    async def registered(self) -> Sequence[RegisteredModel]:
        return [_registered(row) for row in await self._transaction.execute(_REGISTERED)]

    async def in_use(self) -> ModelsInUse:
        rows = (await self._transaction.execute(_IN_USE)).all()
        by_task: dict[ModelTask, list[Row[Any]]] = {}
        for row in rows:
            if row.task is not None:
                by_task.setdefault(ModelTask(row.task), []).append(row)
        previous = {task: some[0].previous for task, some in by_task.items() if some[0].previous is not None}
        return ModelsInUse(rows[0].revision, {task: _artifact(some) for task, some in by_task.items()}, previous)

    async def revision(self) -> int:
        revision: int = (await self._transaction.execute(_REVISION)).scalar_one()
        return revision

    async def use(self, task: ModelTask, version: ModelVersion, at: datetime) -> int:
        revision = await self._advance()
        key = {"task": task, "version": version}
        if (await self._transaction.execute(_EXISTS, key)).first() is None:
            raise Refused.because("NOT_FOUND", f"there is no {task} model {version}", "version")
        serving = (await self._transaction.execute(_SERVING, {"task": task})).first()
        if serving is not None and serving.version == version:
            raise Refused.because("UNCHANGED", f"the {task} model {version} is in use already", "version")
        await self._transaction.execute(_SWITCH, {**key, "at": at})
        return revision

    async def roll_back(self, task: ModelTask, at: datetime) -> tuple[ModelVersion, int]:
        revision = await self._advance()
        serving = (await self._transaction.execute(_SERVING, {"task": task})).first()
        if serving is None or serving.previous is None:
            raise Refused.because("NOT_FOUND", f"no other {task} model was in use before", "task")
        await self._transaction.execute(_SWITCH, {"task": task, "version": serving.previous, "at": at})
        return ModelVersion(serving.previous), revision

    async def note_drift(self, task: ModelTask, version: ModelVersion, drift: Drift) -> None:
        measured = models_in_use.update().where(models_in_use.c.task == task, models_in_use.c.version == version)
        await self._transaction.execute(measured.values(drift=drift_document(drift)))

    async def _advance(self) -> int:
        revision: int = (await self._transaction.execute(_ADVANCE)).scalar_one()
        return revision


def _artifact(rows: Sequence[Row[Any]]) -> Artifact:
    """From one row per part; a row without one when there is none."""
    parts = {row.name: bytes(row.content) for row in rows if row.name is not None}
    return Artifact(_manifest(rows[0]), parts)


def _registered(row: Row[Any]) -> RegisteredModel:
    if row.version == row.used:
        drift = None if row.drift is None else parse_drift(row.drift)
        return RegisteredModel(_manifest(row), Standing.IN_USE, drift)
    standing = Standing.PREVIOUS if row.version == row.previous else Standing.CANDIDATE
    return RegisteredModel(_manifest(row), standing)


def _manifest(row: Row[Any]) -> Manifest:
    return stored_manifest(ModelTask(row.task), ModelVersion(row.version), row.trained_at, row.manifest)
