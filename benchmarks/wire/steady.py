"""How long do requests take that come at their own pace, whether or not the server keeps up?

Each is timed from the instant at which it was due: a server that stands still for a while delays all that come in that
while, and a client that waited for each answer would see only one of them.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from itertools import cycle
from typing import TYPE_CHECKING

from benchmarks.load import Connection, Latencies

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

EVERY_SECONDS = 0.01
CONNECTIONS = 32


@asynccontextmanager
async def asked_steadily(port: int, requests: Sequence[bytes]) -> AsyncIterator[Latencies]:
    """A hundred requests a second while the context lasts; the latencies are all there when it is left."""
    latencies = Latencies()
    connections: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    opened = [await Connection.open(port) for _ in range(CONNECTIONS)]
    for connection in opened:
        connections.put_nowait(connection)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_ask(connections, cycle(requests), latencies, over))
        try:
            yield latencies
        finally:
            over.set()
    for connection in opened:
        connection.close()


async def _ask(
    connections: asyncio.LifoQueue[Connection], requests: Iterator[bytes], latencies: Latencies, over: asyncio.Event
) -> None:
    due = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        while not over.is_set():
            tasks.create_task(_answered(connections, next(requests), due, latencies))
            due += EVERY_SECONDS
            await asyncio.sleep(max(0.0, due - time.perf_counter()))


async def _answered(
    connections: asyncio.LifoQueue[Connection], request: bytes, due: float, latencies: Latencies
) -> None:
    connection = await connections.get()
    await connection.ask(request)
    latencies.ms.append((time.perf_counter() - due) * 1e3)
    connections.put_nowait(connection)
