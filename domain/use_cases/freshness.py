"""Does the database answer, so that what is in memory is known to be the newest?"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from domain.ports.clock import Clock

LOOK_EVERY = timedelta(seconds=1)
ANSWER_WITHIN_SECONDS = 2.0
"""A network that swallows everything is away, too."""


class Freshness:
    """Asks the database for a sign of life once a second."""

    def __init__(self, ping: Callable[[], Awaitable[None]], clock: Clock) -> None:
        self._ping = ping
        self._clock = clock
        self.database_answers = True

    async def run(self, on_answer: Callable[[], Awaitable[None]]) -> None:
        """Look for ever; `on_answer` is called whenever the database answers."""
        while True:
            await self.look()
            if self.database_answers:
                await on_answer()
            await self._clock.wait_until(self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
                await self._ping()
        except (Unavailable, TimeoutError):
            self.database_answers = False
        else:
            self.database_answers = True
