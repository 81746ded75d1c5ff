"""How do thousands of pages keep a socket open without costing the measuring process anything?

A process of its own holds them, answers pings, and counts what arrives: `python -m benchmarks.wire.pages FILE`. It says
when all are open, and then answers each line with what has arrived since its last answer.
"""

from __future__ import annotations

import asyncio
import select
import socket
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

from benchmarks.wire.clients import END_OF_HEAD, RECEIVED_BYTES
from benchmarks.wire.processes import settled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

AT_ONCE = 64
EXPECTED_SECONDS = 120.0
POLL_SECONDS = 0.05
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
GOING_AWAY = (1001).to_bytes(2, "big")
FINAL = 0x80
OPCODE = 0x0F
MASKED = 0x80
IN_TWO_BYTES, IN_EIGHT_BYTES = 126, 127
NO_MASK = bytes(4)


class Arrived(NamedTuple):
    """Frames since the last question; `last_at` is `time.perf_counter` of this machine."""

    frames: int
    last_at: float


@dataclass(frozen=True, slots=True)
class Pages:
    """Open sockets in another process."""

    process: asyncio.subprocess.Process

    async def arrivals(self, frames: int, seconds: float = EXPECTED_SECONDS) -> Arrived:
        """Wait until so many have arrived since the last call, but no longer than this."""
        if self.process.stdin is None:
            raise RuntimeError("the pages cannot be asked")
        self.process.stdin.write(orjson.dumps([frames, seconds]) + b"\n")
        return Arrived(*orjson.loads(await self.said()))

    async def said(self) -> bytes:
        if self.process.stdout is None or not (line := await self.process.stdout.readline()):
            raise RuntimeError("the process of the pages has ended")
        return line


@asynccontextmanager
async def opened(port: int, sockets: Sequence[Sequence[str]], *, path: str = "/") -> AsyncIterator[Pages]:
    """A socket for each, on which its texts are said one after another, each after the first has been answered."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(orjson.dumps([port, path, sockets]))
        file.flush()
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "benchmarks.wire.pages", file.name)
        pages = Pages(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe))
        try:
            await pages.said()
            yield pages
        finally:
            if pages.process.stdin is not None:
                pages.process.stdin.close()
            await pages.process.wait()


def frame(opcode: int, payload: bytes) -> bytes:
    """As clients send it; the mask is of zeros, which costs this process nothing."""
    size = len(payload)
    if size < IN_TWO_BYTES:
        head = bytes([FINAL | opcode, MASKED | size])
    else:
        head = bytes([FINAL | opcode, MASKED | IN_TWO_BYTES]) + size.to_bytes(2, "big")
    return head + NO_MASK + payload


def frames(received: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """The opcode, payload and what follows of each whole frame in what a server sent."""
    while len(received) >= 2:
        size, start = received[1], 2
        if size >= IN_TWO_BYTES:
            start = 4 if size == IN_TWO_BYTES else 10
            size = int.from_bytes(received[2:start], "big") if len(received) >= start else len(received)
        if len(received) < start + size:
            return
        payload, rest = received[start : start + size], received[start + size :]
        yield received[0] & OPCODE, payload, rest
        received = rest


@dataclass(slots=True, eq=False)
class _Page:
    socket: socket.socket
    received: bytes = b""

    def read(self) -> int:
        """How many texts have arrived; pings are answered. Raises RuntimeError at the end of the connection."""
        part = self.socket.recv(RECEIVED_BYTES)
        if not part:
            raise RuntimeError("the server has closed a socket")
        texts = 0
        self.received += part
        for opcode, payload, rest in frames(self.received):
            self.received = rest
            texts += opcode == TEXT
            if opcode == PING:
                self.socket.sendall(frame(PONG, payload))
            elif opcode not in {TEXT, PING, PONG}:
                raise RuntimeError(f"the server has ended a socket: {payload!r}")
        return texts

    def say(self, text: str) -> None:
        self.socket.sendall(frame(TEXT, text.encode()))


def _opened(port: int, path: str, sockets: Sequence[Sequence[str]]) -> Iterator[_Page]:
    """Some at a time; only the answer to the first text is awaited."""
    subprotocol = "sec-websocket-protocol: graphql-transport-ws\r\n" if path != "/" else ""
    handshake = (
        f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        f"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n{subprotocol}\r\n"
    ).encode()
    for start in range(0, len(sockets), AT_ONCE):
        some = sockets[start : start + AT_ONCE]
        pages = [_Page(socket.create_connection(("127.0.0.1", port))) for _ in some]
        for page in pages:
            page.socket.sendall(handshake)
        for page, texts in zip(pages, some, strict=True):
            _await_switch(page.socket)
            for text in texts[:1]:
                page.say(text)
        for page, texts in zip(pages, some, strict=True):
            while texts and not page.read():
                pass
            for text in texts[1:]:
                page.say(text)
        yield from pages


def _await_switch(connection: socket.socket) -> None:
    answer = b""
    while END_OF_HEAD not in answer:
        part = connection.recv(RECEIVED_BYTES)
        if not part:
            raise RuntimeError(f"no socket was opened: {answer!r}")
        answer += part
    if not answer.startswith(b"HTTP/1.1 101"):
        raise RuntimeError(f"no socket was opened: {answer!r}")


def _serve(pages: Sequence[_Page]) -> None:
    """Count until the one who asks is gone."""
    poll = select.epoll()
    by_file = {page.socket.fileno(): page for page in pages}
    for file in by_file:
        poll.register(file, select.EPOLLIN)
    asking = sys.stdin.fileno()
    poll.register(asking, select.EPOLLIN)
    arrived, last_at, wanted, until = 0, 0.0, None, 0.0
    while True:
        for file, _ in poll.poll(POLL_SECONDS):
            if file == asking:
                line = sys.stdin.buffer.readline()
                if not line:
                    return
                wanted, seconds = orjson.loads(line)
                until = time.perf_counter() + seconds
            elif texts := by_file[file].read():
                arrived, last_at = arrived + texts, time.perf_counter()
        if wanted is not None and (arrived >= wanted or time.perf_counter() > until):
            _say([arrived, last_at])
            arrived, wanted = 0, None


def _say(answer: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
    sys.stdout.buffer.flush()


def main(file: Path) -> None:
    pages = list(_opened(*orjson.loads(file.read_bytes())))
    settled()
    _say("open")
    _serve(pages)
    for page in pages:
        page.socket.sendall(frame(CLOSE, GOING_AWAY))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
