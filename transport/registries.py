"""Which live connections are open, whatever they speak, whose are they, and may there be another one?"""

import asyncio
import random
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from transport.closings import SERVICE_RESTART, TOO_MANY_CONNECTIONS, Closed
from transport.expirations import Expirations
from transport.gate import Gate, Principal
from transport.limits import Limits

ENDED_PER_SECOND = 2_000
"""So fast are connections ended before a restart: their clients come to other processes one after another."""


class LiveConnection(Protocol):
    """A socket or an event stream."""

    def end(self, closed: Closed) -> None:
        """End it from outside, soon and for this reason."""
        ...


class Registry:
    """Counts live connections up to limits, ends them when their principals expire, and at last all of them."""

    def __init__(self, gate: Gate[Any], limits: Limits) -> None:
        self._gate = gate
        self._limits = limits
        self._open: dict[LiveConnection, Hashable | None] = {}
        self._counts: Counter[Hashable] = Counter()
        self._expirations = Expirations(gate.clock)
        self._closing = False
        self._empty = asyncio.Event()
        self._ending: list[asyncio.TimerHandle] = []

    def __len__(self) -> int:
        return len(self._open)

    @property
    def admits(self) -> bool:
        return not self._closing and len(self._open) < self._limits.max_connections

    @contextmanager
    def holding(self, connection: LiveConnection) -> Iterator[None]:
        """Count the connection as long as it lasts."""
        self._open[connection] = None
        try:
            yield
        finally:
            self._leave(connection)

    def attribute(self, connection: LiveConnection, principal: Principal) -> None:
        """Now it is known whose it is: it ends when they expire. Raises Closed if they have too many.

        Clients take that for final: connecting again would help nobody.
        """
        whose = self._gate.identity(principal)
        if whose is not None and self._counts[whose] >= self._limits.max_connections_per_user:
            raise Closed(TOO_MANY_CONNECTIONS, "Too many connections")
        if whose is not None:
            self._open[connection] = whose
            self._counts[whose] += 1
        if principal.expires_at is not None:
            self._expirations.expect(connection, principal.expires_at)

    def begin_to_close(self) -> float:
        """Admit no more, and begin to end those that are open, some after others: in so many seconds."""
        self._closing = True
        waiting = list(self._open)
        random.shuffle(waiting)
        loop = asyncio.get_running_loop()
        restarting = Closed(SERVICE_RESTART, "The server is shutting down")
        for number, connection in enumerate(waiting):
            self._ending.append(loop.call_later(number / ENDED_PER_SECOND, connection.end, restarting))
        return len(waiting) / ENDED_PER_SECOND

    async def close(self) -> None:
        """End all at once, as far as they have not been, and return when all have ended."""
        self._closing = True
        for ending in self._ending:
            ending.cancel()
        while self._open:
            for connection in self._open:
                connection.end(Closed(SERVICE_RESTART, "The server is shutting down"))
            self._empty.clear()
            await self._empty.wait()

    def _leave(self, connection: LiveConnection) -> None:
        whose = self._open.pop(connection)
        self._expirations.forget(connection)
        if whose is not None:
            self._counts[whose] -= 1
            if not self._counts[whose]:
                del self._counts[whose]
        if not self._open:
            self._empty.set()
