"""How does a client load a server without costing much itself? 32 kept connections, one request on each at a time.

A process of its own, so that neither its work nor its garbage is taken for the server's:
`python -m benchmarks.wire.clients PORT SECONDS FILE`, where the file holds requests as they go over the wire.
"""

from __future__ import annotations

import asyncio
import select
import socket
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from benchmarks.wire.processes import settled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONNECTIONS = 32
RECEIVED_BYTES = 256 * 1024
GRACE_SECONDS = 30
END_OF_HEAD = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Load:
    """What one round of load was answered."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


async def loaded(port: int, requests: Sequence[bytes], seconds: float) -> Load:
    """As many of these requests as are answered in this time, in a process of its own. Fails on any other answer."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(orjson.dumps([request.decode() for request in requests]))
        file.flush()
        command = (sys.executable, "-m", "benchmarks.wire.clients", str(port), str(seconds), file.name)
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        answer, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the client of port {port} ended with status {process.returncode}")
    return Load(**orjson.loads(answer))


@dataclass(slots=True, eq=False)
class _Connection:
    """One request at a time; `began` is when it was sent."""

    socket: socket.socket
    began: float = 0.0
    received: bytes = b""

    def ask(self, request: bytes) -> None:
        self.received = b""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def is_answered(self) -> bool:
        """Read what there is. Raises RuntimeError unless it is the beginning of a good answer."""
        part = self.socket.recv(RECEIVED_BYTES)
        self.received = self.received + part if self.received else part
        if not part or not self.received.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"no good answer: {self.received.decode(errors='replace')}")
        return is_whole(self.received)


def is_whole(answer: bytes) -> bool:
    """Has all of an answer arrived? Raises RuntimeError for one with GraphQL errors."""
    end = answer.find(END_OF_HEAD)
    if end < 0:
        return False
    body = len(answer) - end - len(END_OF_HEAD)
    _, _, rest = answer[:end].lower().partition(b"content-length:")
    whole = body >= int(rest.split(b"\r\n", 1)[0]) if rest else answer.endswith(LAST_CHUNK)
    if whole and b'"errors":[' in answer:
        raise RuntimeError(answer.decode())
    return whole


@dataclass(slots=True)
class _Round:
    """Connections that are asked in turn until the time is over."""

    requests: Iterator[bytes]
    until: float
    took_ms: list[float] = field(default_factory=list)

    def run(self, connections: Sequence[_Connection]) -> None:
        poll = select.epoll()
        by_file = {connection.socket.fileno(): connection for connection in connections}
        for file, connection in by_file.items():
            poll.register(file, select.EPOLLIN)
            connection.ask(next(self.requests))
        waiting = len(connections)
        while waiting:
            ready = poll.poll(GRACE_SECONDS)
            if not ready:
                raise RuntimeError("an answer is missing")
            waiting -= sum(self._goes_on(by_file[file]) is False for file, _ in ready)
        poll.close()

    def _goes_on(self, connection: _Connection) -> bool | None:
        """Ask anew once answered; False when the time is over, None while the answer is on its way."""
        if not connection.is_answered():
            return None
        now = time.perf_counter()
        self.took_ms.append((now - connection.began) * 1e3)
        if now >= self.until:
            return False
        connection.ask(next(self.requests))
        return True


def main(port: int, seconds: float, file: Path) -> None:
    requests = [request.encode() for request in orjson.loads(file.read_bytes())]
    connections = [_Connection(socket.create_connection(("127.0.0.1", port))) for _ in range(CONNECTIONS)]
    for connection in connections:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    settled()
    began = time.perf_counter()
    one_round = _Round(cycle(requests), began + seconds)
    one_round.run(connections)
    took = sorted(one_round.took_ms)
    load = Load(len(took), time.perf_counter() - began, took[len(took) // 2], took[int(len(took) * 0.99)])
    sys.stdout.buffer.write(orjson.dumps(load))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
