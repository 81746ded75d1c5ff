"""When do live connections end because their principals expire? One wait for all of them, not one each."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count
from typing import TYPE_CHECKING

from transport.closings import FORBIDDEN, Closed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from transport.gate import Clock
    from transport.registries import LiveConnection

SPARE = 100
"""Entries of connections that have ended stay until they are more than the others and these."""


class Expirations:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: list[tuple[datetime, int, LiveConnection]] = []
        self._expected: set[LiveConnection] = set()
        self._numbers: Iterator[int] = count()
        self._changed = asyncio.Event()
        self._waiting: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._expected)

    def expect(self, connection: LiveConnection, at: datetime) -> None:
        """End the connection at this instant, unless it is forgotten before."""
        self._expected.add(connection)
        heapq.heappush(self._queue, (at, next(self._numbers), connection))
        if self._queue[0][2] is connection:
            self._changed.set()
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._wait())

    def forget(self, connection: LiveConnection) -> None:
        self._expected.discard(connection)
        if len(self._queue) > 2 * len(self._expected) + SPARE:
            self._queue = [entry for entry in self._queue if entry[2] in self._expected]
            heapq.heapify(self._queue)
        if not self._expected:
            self._changed.set()

    async def _wait(self) -> None:
        while self._expected:
            self._changed.clear()
            due = asyncio.ensure_future(self._clock.wait_until(self._queue[0][0]))
            changed = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait((due, changed), return_when=asyncio.FIRST_COMPLETED)
            finally:
                due.cancel()
                changed.cancel()
            self._end_due()
        self._queue.clear()
        self._waiting = None

    def _end_due(self) -> None:
        now = self._clock.now()
        while self._queue and self._queue[0][0] <= now:
            connection = heapq.heappop(self._queue)[2]
            if connection in self._expected:
                self._expected.discard(connection)
                connection.end(Closed(FORBIDDEN, "token expired"))
