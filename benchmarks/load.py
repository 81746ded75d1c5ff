"""How long do requests take, one after another and 32 at a time? A client that costs little itself."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CONNECTIONS = 32


@dataclass(slots=True)
class Latencies:
    """Durations in milliseconds, and the wall time in which they were collected."""

    ms: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.ms) / self.seconds

    def quantile(self, share: float) -> float:
        ordered = sorted(self.ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def p50(self) -> float:
        return self.quantile(0.5)

    @property
    def p99(self) -> float:
        return self.quantile(0.99)


def post(port: int, token: str | None, body: object) -> bytes:
    """One whole HTTP request."""
    content = orjson.dumps(body)
    authorization = f"authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
        f"{authorization}content-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def one_after_another(port: int, requests: Iterable[bytes]) -> Latencies:
    """Each request once, on one connection."""
    latencies = Latencies()
    connection = await Connection.open(port)
    began = time.perf_counter()
    for request in requests:
        latencies.ms.append(await connection.ask(request))
    latencies.seconds = time.perf_counter() - began
    connection.close()
    return latencies


async def many_at_a_time(port: int, requests: Sequence[bytes], total: int) -> Latencies:
    """`total` requests, taken in turn, on `CONNECTIONS` connections."""
    latencies = Latencies()
    supply = (request for request, _ in zip(cycle(requests), range(total), strict=False))
    connections = [await Connection.open(port) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    await asyncio.gather(*(_drain(connection, supply, latencies) for connection in connections))
    latencies.seconds = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return latencies


async def ask_once(port: int, request: bytes) -> bytes:
    """The body of the answer."""
    connection = await Connection.open(port)
    await connection.ask(request)
    connection.close()
    return connection.body


async def _drain(connection: Connection, supply: Iterator[bytes], latencies: Latencies) -> None:
    for request in supply:
        latencies.ms.append(await connection.ask(request))


@dataclass(slots=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    body: bytes = b""

    @classmethod
    async def open(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> float:
        """Milliseconds until the whole answer is here; fails unless it is a 200 without errors."""
        began = time.perf_counter()
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.body = await self._body(head)
        elapsed_ms = (time.perf_counter() - began) * 1e3
        if not head.startswith(b"HTTP/1.1 200") or b'"errors":' in self.body:
            raise RuntimeError(f"{head.decode()}{self.body.decode()}")
        return elapsed_ms

    async def _body(self, head: bytes) -> bytes:
        _, _, rest = head.lower().partition(b"content-length: ")
        if rest:
            return await self.reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += await self.reader.readexactly(size)
            await self.reader.readline()
        await self.reader.readline()
        return body

    def close(self) -> None:
        self.writer.close()
