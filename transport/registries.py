"""Which live connections are open, whatever they speak, and may there be another one?"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from transport.closings import SERVICE_RESTART, Closed


class LiveConnection(Protocol):
    """A socket or an event stream."""

    def end(self, closed: Closed) -> None:
        """End it from outside, soon and for this reason."""
        ...


class Registry:
    """Counts live connections up to a limit, and ends them all."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: set[LiveConnection] = set()
        self._closing = False
        self._empty = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    @property
    def admits(self) -> bool:
        return not self._closing and len(self._open) < self._limit

    @contextmanager
    def holding(self, connection: LiveConnection) -> Iterator[None]:
        """Count the connection as long as it lasts."""
        self._open.add(connection)
        try:
            yield
        finally:
            self._open.discard(connection)
            if not self._open:
                self._empty.set()

    def begin_to_close(self) -> None:
        """Admit no more, and end those that are open: their clients connect again, elsewhere."""
        self._closing = True
        for connection in self._open:
            connection.end(Closed(SERVICE_RESTART, "The server is shutting down"))

    async def close(self) -> None:
        """Begin to close, and return when all have ended."""
        self.begin_to_close()
        while self._open:
            self._empty.clear()
            await self._empty.wait()
