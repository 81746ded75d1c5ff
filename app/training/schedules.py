"""When are models trained anew, and who sees to it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from domain.errors import Unavailable
from domain.model.trained_models import DriftLevel, Standing, TrainingCause

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitsOfWork

LOOK_EVERY = timedelta(minutes=10)
"""The first look is taken so long after the start: engines that only try something out never train."""

BETWEEN_DRIFT_TRAININGS = timedelta(hours=6)
"""A population that goes on moving is no reason to train all the time."""

log = structlog.get_logger(__name__)


async def is_due(begin: UnitsOfWork, now: datetime, every: timedelta | None, cause: TrainingCause) -> bool:
    """Is it time for a training of this cause? Whatever was trained last, by anybody, counts. Raises `Unavailable`."""
    if every is None:
        return False
    async with begin() as work:
        latest = await work.trainings.latest(1)
    after = min(every, BETWEEN_DRIFT_TRAININGS) if cause is TrainingCause.DRIFT else every
    return not latest or now >= latest[0].started_at + after


@dataclass(frozen=True, slots=True)
class TrainingSchedule:
    """Looks every `LOOK_EVERY` whether a training is due, by time or because the population has drifted.

    `measure_drift` notes the drift of the models in use; `launch` trains in a process of its own and returns its exit
    code. Both may be called by every worker: what is done twice does no harm.
    """

    begin: UnitsOfWork
    clock: Clock
    every: timedelta | None
    measure_drift: Callable[[], Awaitable[None]]
    launch: Callable[[TrainingCause], Awaitable[int]]

    async def run(self) -> None:
        """Look for ever; stores that do not answer are asked again at the next look."""
        while True:
            await self.clock.wait_until(self.clock.now() + LOOK_EVERY)
            try:
                await self.look()
            except Unavailable as reason:
                log.warning("schedule_paused", reason=str(reason))

    async def look(self) -> None:
        await self.measure_drift()
        if (cause := await self._due()) is not None:
            code = await self.launch(cause)
            if code != 0:
                log.error("training_failed", cause=cause, exit_code=code)

    async def _due(self) -> TrainingCause | None:
        now = self.clock.now()
        if await is_due(self.begin, now, self.every, TrainingCause.SCHEDULE):
            return TrainingCause.SCHEDULE
        if await self._has_drifted() and await is_due(self.begin, now, self.every, TrainingCause.DRIFT):
            return TrainingCause.DRIFT
        return None

    async def _has_drifted(self) -> bool:
        async with self.begin() as work:
            registered = await work.trained_models.registered()
        return any(
            model.standing is Standing.IN_USE and model.drift is not None and model.drift.level is DriftLevel.DRIFTED
            for model in registered
        )
