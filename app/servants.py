"""How is what runs beside the requests kept running?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

PAUSE_SECONDS = 1.0

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(servants: Mapping[str, Callable[[], Awaitable[None]]]) -> AsyncIterator[None]:
    """Run every servant until the end of the block; one that fails is logged and begun again."""
    tasks = [asyncio.create_task(_kept_running(name, run), name=name) for name, run in servants.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await run()
        except Exception:
            log.exception("servant_failed", servant=name)
        await asyncio.sleep(PAUSE_SECONDS)
