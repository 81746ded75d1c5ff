"""What does a listener hear, with an end to every wait?"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from persistence.redis.buses import BusTiming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from domain.model.news import News
    from domain.ports.buses import Bus

PATIENCE_SECONDS = 10

IMPATIENT = BusTiming(retry=timedelta(milliseconds=20), quiet=timedelta(milliseconds=200), answer=timedelta(seconds=1))


async def first_heard(count: int, listener: AsyncIterator[News]) -> list[News]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [await anext(listener) for _ in range(count)]


async def until_heard(wanted: News, listener: AsyncIterator[News], publisher: Bus) -> list[News]:
    """Publish `wanted` after everything else that is heard, until it is heard; answers what was heard before."""
    before: list[News] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for news in listener:
            if news == wanted:
                break
            before.append(news)
            await publisher.publish(wanted)
    return before
