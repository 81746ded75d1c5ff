"""When are models trained anew, and who sees to it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from app.training.drifts import drift_is_due
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


async def cause_of_training(begin: UnitsOfWork, now: datetime, every: timedelta | None) -> TrainingCause | None:
    """Why it is time for a training, if it is. Whatever was trained last, by anybody, counts. Raises `Unavailable`.

    `every`: `None` when models are trained only by hand.
    """
    if every is None:
        return None
    async with begin() as work:
        latest = await work.trainings.latest(1)
        registered = await work.trained_models.registered()
    since = None if not latest else now - latest[0].started_at
    if since is None or since >= every:
        return TrainingCause.SCHEDULE
    drifted = any(
        model.standing is Standing.IN_USE and model.drift is not None and model.drift.level is DriftLevel.DRIFTED
        for model in registered
    )
    return TrainingCause.DRIFT if drifted and since >= BETWEEN_DRIFT_TRAININGS else None


@dataclass(frozen=True, slots=True)
class TrainingSchedule:
    """Looks every `LOOK_EVERY` whether there is anything to train or to measure, and has that done by a process.

    `launch` starts it and returns its exit code. Every worker does so: what has been done meanwhile is not done again.
    """

    begin: UnitsOfWork
    clock: Clock
    every: timedelta | None
    launch: Callable[[], Awaitable[int]]

    async def run(self) -> None:
        """Look for ever; stores that do not answer are asked again at the next look."""
        while True:
            await self.clock.wait_until(self.clock.now() + LOOK_EVERY)
            try:
                await self.look()
            except Unavailable as reason:
                log.warning("schedule_paused", reason=str(reason))

    async def look(self) -> None:
        now = self.clock.now()
        if await drift_is_due(self.begin, now) or await cause_of_training(self.begin, now, self.every) is not None:
            code = await self.launch()
            if code != 0:
                log.error("training_failed", exit_code=code)


@dataclass(frozen=True, slots=True)
class TrainIfDue:
    """What the process does: measures drift, and trains if it is time for that."""

    begin: UnitsOfWork
    clock: Clock
    every: timedelta | None
    measure_drift: Callable[[], Awaitable[None]]
    train: Callable[[TrainingCause], Awaitable[None]]

    async def __call__(self) -> None:
        await self.measure_drift()
        cause = await cause_of_training(self.begin, self.clock.now(), self.every)
        if cause is not None:
            await self.train(cause)
