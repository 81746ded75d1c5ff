"""How subscriptions follow that something changed, when only that it did matters, and not how often."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import timedelta

    from domain.ports.clock import Clock


class Pulse:
    """Whoever follows is told once, at once, and then after every change, but never more often than asked for."""

    def __init__(self) -> None:
        self._beats = 0
        self._next = asyncio.Event()

    def beat(self) -> None:
        """Something changed."""
        self._beats += 1
        self._next.set()
        self._next = asyncio.Event()

    async def follow(self, clock: Clock, at_most_every: timedelta) -> AsyncGenerator[None, None]:
        """Changes that come while nobody listens, or too soon after the last, are told as one."""
        while True:
            seen = self._beats
            told_at = clock.now()
            yield
            await clock.wait_until(told_at + at_most_every)
            if self._beats == seen:
                await self._next.wait()
