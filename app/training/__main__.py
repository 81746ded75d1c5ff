"""What does the process do that a worker starts when models are due? One training, if they still are."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import structlog

from app.observability import configure_logging
from app.settings import load_settings
from app.training.courses import curriculum
from app.training.processes import NICENESS
from app.training.runs import Order, TrainingIsRunning
from app.training.schedules import is_due
from app.wiring import training, training_adapters
from domain.errors import Unavailable
from domain.model.trained_models import TrainingCause
from domain.ports.training_data import DataWindow

if TYPE_CHECKING:
    from app.settings import Settings

log = structlog.get_logger("app.training")


async def train_if_due(settings: Settings, cause: TrainingCause) -> None:
    """Another process may have begun, or ended, just before: then there is nothing to do."""
    known = curriculum()
    async with training_adapters(settings) as parts:
        now = parts.clock.now()
        if not await is_due(parts.begin, now, settings.train_every, cause):
            return
        window = DataWindow(now, received_as_occurred=settings.train_received_as_occurred)
        try:
            ended = await training(parts, known)(Order(tuple(known.courses), window, cause=cause))
        except TrainingIsRunning:
            return
    for outcome in ended.outcomes:
        log.info("model_trained", task=outcome.task, result=outcome.result, reason=outcome.message)


def main() -> int:
    """Return the exit code."""
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    os.nice(NICENESS)
    try:
        asyncio.run(train_if_due(settings, TrainingCause(sys.argv[1])))
    except Unavailable as reason:
        log.warning("training_stopped", reason=str(reason))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
