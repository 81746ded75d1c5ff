"""How far has the population of each model in use moved since it was trained?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from domain.model.trained_models import Drift, Standing
from prediction.drift import MAX_SAMPLE, drift_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from domain.model.insights import ModelTask
    from domain.model.trained_models import Manifest, RegisteredModel
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitsOfWork

MEASURE_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ScoredUser:
    """The signals of one user as float32 numbers, and what models made of them."""

    signals: bytes
    scores: Mapping[ModelTask, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MeasureDrift:
    """Notes the drift of the models in use that were not measured lately, from a sample of users scored lately.

    `sample`: up to so many users, drawn without regard to what they do.
    """

    begin: UnitsOfWork
    clock: Clock
    sample: Callable[[int], Awaitable[Sequence[ScoredUser]]]

    async def __call__(self) -> None:
        now = self.clock.now()
        async with self.begin() as work:
            registered = await work.trained_models.registered()
        due = [model.manifest for model in registered if _is_due(model, now)]
        if not due:
            return
        users = await self.sample(MAX_SAMPLE)
        # Sorting some ten thousand rows into bins: others on the event loop go on.
        measured = await asyncio.to_thread(lambda: [_measured(manifest, users, now) for manifest in due])
        async with self.begin() as work:
            for manifest, drift in zip(due, measured, strict=True):
                if drift is not None:
                    await work.trained_models.note_drift(manifest.task, manifest.version, drift)
            await work.commit()


def _is_due(model: RegisteredModel, now: datetime) -> bool:
    if model.standing is not Standing.IN_USE or model.manifest.reference is None:
        return False
    return model.drift is None or now >= model.drift.measured_at + MEASURE_EVERY


def _measured(manifest: Manifest, users: Sequence[ScoredUser], now: datetime) -> Drift | None:
    """Users scored from other signals are left out."""
    if manifest.reference is None:
        return None
    size = np.dtype(np.float32).itemsize * len(manifest.signals)
    comparable = [user for user in users if len(user.signals) == size]
    rows = (np.frombuffer(user.signals, dtype=np.float32) for user in comparable)
    scores = (user.scores[manifest.task] for user in comparable if manifest.task in user.scores)
    return drift_of(manifest.reference, manifest.signals, rows, scores, now)
