"""How far has the population of each model in use moved since it was trained?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from domain.model.trained_models import Standing
from prediction.drift import SAMPLED_USERS, drift_of
from prediction.serving.scores import score_in
from prediction.serving.signal_rows import row_from_bytes
from prediction.signals.rows import matrix_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.model.insights import Insights
    from domain.model.trained_models import Drift, Manifest, RegisteredModel
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitsOfWork
    from domain.use_cases.current_predictor import CurrentPredictor
    from prediction.matrices import Matrix

MEASURE_EVERY = timedelta(hours=1)
DEFAULT_ACTIVE_DAYS = 30


@dataclass(slots=True)
class Scored:
    """The sampled users: their signals, and what models say of them."""

    rows: list[Matrix] = field(default_factory=list)
    insights: list[Insights] = field(default_factory=list)


async def drift_is_due(begin: UnitsOfWork, now: datetime) -> bool:
    """Was the drift of a model in use never measured, or not lately? Raises `Unavailable`."""
    return bool(await _due(begin, now))


@dataclass(frozen=True, slots=True)
class MeasureDrift:
    """Notes the drift of the models in use that were not measured lately.

    Users are looked at as they are now, not as they were when they were scored last: most were scored right after they
    did something, and would all seem to have been here just now. That takes seconds, so no server does it.
    """

    begin: UnitsOfWork
    clock: Clock
    predictor: CurrentPredictor

    async def __call__(self) -> None:
        now = self.clock.now()
        if not (due := await _due(self.begin, now)):
            return
        scored = await self._sample(now - timedelta(days=max(map(_active_days, due))), now)
        async with self.begin() as work:
            for manifest in due:
                if (drift := _measured(manifest, scored, now)) is not None:
                    await work.trained_models.note_drift(manifest.task, manifest.version, drift)
            await work.commit()

    async def _sample(self, seen_since: datetime, now: datetime) -> Scored:
        predictor = await self.predictor.refresh()
        scored = Scored()
        async with self.begin() as work:
            async for subjects in work.training_data.sample(seen_since, SAMPLED_USERS):
                for predicted in predictor.predict(subjects, now):
                    row = row_from_bytes(predicted.signals)
                    if row is not None and predicted.insights is not None:
                        scored.rows.append(row)
                        scored.insights.append(predicted.insights)
        return scored


async def _due(begin: UnitsOfWork, now: datetime) -> Sequence[Manifest]:
    async with begin() as work:
        registered = await work.trained_models.registered()
    return [model.manifest for model in registered if _is_due(model, now)]


def _is_due(model: RegisteredModel, now: datetime) -> bool:
    if model.standing is not Standing.IN_USE or model.manifest.reference is None:
        return False
    return model.drift is None or now >= model.drift.measured_at + MEASURE_EVERY


def _active_days(manifest: Manifest) -> int:
    """A model is trained on users seen so lately."""
    days = manifest.plan.get("active_days")
    return days if isinstance(days, int) else DEFAULT_ACTIVE_DAYS


def _measured(manifest: Manifest, scored: Scored, now: datetime) -> Drift | None:
    if manifest.reference is None:
        return None
    scores = [score_in(insights, manifest.task) for insights in scored.insights]
    known = np.array([one for one in scores if one is not None], dtype=np.float64)
    return drift_of(manifest.reference, manifest.signals, matrix_of(scored.rows), known, now)
