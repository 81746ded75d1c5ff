"""What does the process do that a worker starts? It measures drift and trains models, as far as that is due."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import structlog

from app.observability import configure_logging
from app.settings import load_settings, log_key
from app.training.courses import curriculum
from app.training.processes import NICENESS
from app.training.runs import Order, TrainingIsRunning
from app.training.schedules import TrainIfDue
from app.wiring import measuring_drift, training, training_adapters
from domain.errors import Unavailable
from domain.ports.training_data import DataWindow

if TYPE_CHECKING:
    from app.settings import Settings
    from domain.model.trained_models import TrainingCause

log = structlog.get_logger("app.training")


async def train_if_due(settings: Settings) -> None:
    known = curriculum()
    async with training_adapters(settings) as parts:
        run = training(parts, known)

        async def train(cause: TrainingCause) -> None:
            window = DataWindow(parts.clock.now(), received_as_occurred=settings.train_received_as_occurred)
            try:
                ended = await run(Order(tuple(known.courses), window, cause=cause))
            except TrainingIsRunning:
                return
            for outcome in ended.outcomes:
                log.info("model_trained", task=outcome.task, result=outcome.result, reason=outcome.message)

        await TrainIfDue(parts.begin, parts.clock, settings.train_every, measuring_drift(parts), train)()


def main() -> int:
    """Return the exit code."""
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level, log_key(settings))
    os.nice(NICENESS)
    try:
        asyncio.run(train_if_due(settings))
    except Unavailable as reason:
        log.warning("training_stopped", reason=str(reason))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
