"""How does a worker run as a process of its own?"""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import structlog

from app import garbage
from app.observability import configure_logging
from app.servants import running
from app.settings import log_key
from app.wiring import adapters, assemble, training_schedule

if TYPE_CHECKING:
    from app.settings import Settings

log = structlog.get_logger(__name__)


def run_worker(settings: Settings) -> None:
    """Fold until SIGTERM or SIGINT; what is being folded then is rolled back and folded by whoever is next."""
    configure_logging(settings.log_format, settings.log_level, log_key(settings))
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    async with adapters(settings) as parts:
        engine = assemble(parts)
        schedule = training_schedule(settings, parts)
        async with running({**engine.servants(), **engine.chores(settings.reallocate_every), "training": schedule.run}):
            garbage.settle()
            log.info("worker_started")
            await asked_to_stop.wait()
    log.info("worker_stopped")
