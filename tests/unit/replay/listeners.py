"""An engine reduced to `trackInteractions`, listening on a real socket and failing on demand."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

STORED = 200
Answer = tuple[int, Any]
Element = dict[str, Any]


def tracked(accepted: int, duplicates: int, user_errors: list[dict[str, Any]]) -> Answer:
    result = {"accepted": accepted, "duplicates": duplicates, "userErrors": user_errors}
    return STORED, {"data": {"trackInteractions": result}}


def failed(code: str, status: int = STORED, message: str = "no") -> Answer:
    return status, {"errors": [{"message": message, "extensions": {"code": code}}]}


DROPPED: Answer = (0, None)
"""Close the connection instead of answering."""


@dataclass
class Listener:
    """Stores all of a batch or nothing, and counts every (user, key) once.

    `script` holds what to answer to the next requests instead; `stores_first` makes such a request take effect
    although its answer is lost. `refuse` says what is wrong with an element, if anything.
    """

    script: list[Answer] = field(default_factory=list)
    stores_first: bool = False
    refuse: Callable[[Element], str | None] = lambda _element: None
    most_elements: int = 5_000
    on_request: Callable[[int], None] = lambda _count: None
    gate: asyncio.Event | None = None

    url: str = ""
    stored: dict[tuple[str, str], Element] = field(default_factory=dict)
    requests: list[list[Element]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    open_requests: int = 0
    most_open_requests: int = 0
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def keys(self) -> list[list[str]]:
        """The keys of every request."""
        return [[element["key"] for element in elements] for elements in self.requests]

    async def until_open(self, count: int) -> None:
        async with self.arrived:
            await self.arrived.wait_for(lambda: self.open_requests >= count)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Listener"]:
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        try:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql"
            yield self
        finally:
            server.close()

    @contextmanager
    def in_thread(self) -> Iterator["Listener"]:
        """Listen on an event loop of its own: for commands, which run one themselves."""
        ready = threading.Event()
        ends: list[Callable[[], object]] = []

        async def listen() -> None:
            end = asyncio.Event()
            loop = asyncio.get_running_loop()
            ends.append(lambda: loop.call_soon_threadsafe(end.set))
            async with self.listening():
                ready.set()
                await end.wait()

        thread = threading.Thread(target=asyncio.run, args=(listen(),))
        thread.start()
        ready.wait()
        try:
            yield self
        finally:
            ends[0]()
            thread.join()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        headers = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
        body = orjson.loads(await reader.readexactly(int(headers["content-length"])))
        assert "trackInteractions(input: $input)" in body["query"]
        self.tokens.add(headers["authorization"])
        await self._opened()
        if self.gate is not None:
            await self.gate.wait()
        status, payload = self._answer(body["variables"]["input"])
        self.open_requests -= 1
        if status == 0:
            return False
        content = orjson.dumps(payload)
        writer.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%b" % (status, len(content), content))
        await writer.drain()
        return True

    async def _opened(self) -> None:
        self.open_requests += 1
        self.most_open_requests = max(self.most_open_requests, self.open_requests)
        async with self.arrived:
            self.arrived.notify_all()

    def _answer(self, elements: list[Element]) -> Answer:
        self.requests.append(elements)
        self.on_request(len(self.requests))
        if self.script:
            if self.stores_first:
                self._store(elements)
            return self.script.pop(0)
        if len(elements) > self.most_elements:
            return 413, {"errors": [{"message": "too many bytes"}]}
        errors = [
            {"message": message, "code": "WRONG", "path": ["input", str(index), "value"]}
            for index, element in enumerate(elements)
            if (message := self.refuse(element)) is not None
        ]
        return tracked(0, 0, errors[:2]) if errors else tracked(*self._store(elements), [])

    def _store(self, elements: list[Element]) -> tuple[int, int]:
        before = len(self.stored)
        for element in elements:
            self.stored.setdefault((element["userId"], element["key"]), element)
        accepted = len(self.stored) - before
        return accepted, len(elements) - accepted
