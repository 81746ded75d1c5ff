"""How are the answers to one operation streamed over HTTP, where no WebSocket gets through?

By the distinct connections mode of https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md: a request that
accepts `text/event-stream` is answered by `next` events, then `complete`. A stream that ends without `complete` - the
token has expired, the server restarts, the client reads too slowly - is one to be opened again.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

from starlette.types import Receive, Send

from transport.closings import NORMAL, TRY_AGAIN_LATER, Closed
from transport.errors import NotAnswered
from transport.media_types import EVENT_STREAM
from transport.operations import Operation, Operations, error_answer
from transport.waiting import in_time

# A comment. The first one makes browsers and proxies pass the headers on.
KEEP_ALIVE = b":\n\n"
# With `data`, because EventSource drops events that have none.
COMPLETE = b"event: complete\ndata:\n\n"
UNBUFFERED = {
    "cache-control": "no-cache",
    # What nginx understands: pass on every event at once.
    "x-accel-buffering": "no",
}
HEADERS = {"content-type": f"{EVENT_STREAM}; charset=utf-8", **UNBUFFERED}


def next_(answer: bytes) -> bytes:
    """Return the event of an answer; JSON as it is written here has no line breaks."""
    return b"event: next\ndata: " + answer + b"\n\n"


def refusal(not_answered: NotAnswered) -> bytes:
    """Return the whole stream of an operation that was not begun: EventSource tells nothing of other statuses."""
    return next_(error_answer(not_answered.errors)) + COMPLETE


class EventStream:
    """The answers to one operation on one connection.

    An event of a subscription is taken from its source when the one before is on its way, and no earlier: nothing
    piles up here, and of a source that keeps only the latest a slow client gets the latest.
    """

    def __init__(self, operations: Operations, operation: Operation, receive: Receive, send: Send) -> None:
        self._operation = operation
        self._limits = operations.limits
        self._receive = receive
        self._send = send
        self._sending = asyncio.Lock()
        self._deadline = asyncio.timeout(None)
        self._told: Closed | None = None

    async def run(self, headers: Mapping[str, str]) -> None:
        """Send everything, until either side ends it; nothing to a client that does not even read the head."""
        try:
            await in_time(self._begin(headers), self._limits.send_timeout_seconds)
        except (TimeoutError, OSError):
            return
        ended = await self._ended()
        if ended.code is not None:
            await self._finish(ended)

    def end(self, closed: Closed) -> None:
        """End the stream from outside."""
        self._told = closed
        with suppress(RuntimeError):  # it has not begun, or is ending already
            self._deadline.reschedule(asyncio.get_running_loop().time())

    async def _begin(self, headers: Mapping[str, str]) -> None:
        started = [(name.encode(), value.encode()) for name, value in {**HEADERS, **headers}.items()]
        await self._send({"type": "http.response.start", "status": 200, "headers": started})

    async def _ended(self) -> Closed:
        beside = (self._watch(), self._keep_alive())
        try:
            async with self._deadline, _meanwhile(*beside):
                return self._told or await self._written()
        except TimeoutError:
            return self._told or Closed(None)

    async def _written(self) -> Closed:
        """Send all events; return why there are no more."""
        try:
            async with aclosing(self._events()) as events:
                async for event in events:
                    await self._put(event)
        except Closed as closed:
            return closed
        return Closed(NORMAL)

    async def _events(self) -> AsyncGenerator[bytes, None]:
        yield KEEP_ALIVE
        try:
            async with aclosing(self._operation.answers()) as answers:
                async for answer in answers:
                    yield next_(answer)
        except NotAnswered as not_answered:
            yield refusal(not_answered)
        else:
            yield COMPLETE

    async def _put(self, event: bytes) -> None:
        """Send, waiting for the client to read; raises Closed if it does not."""
        async with self._sending:
            try:
                async with asyncio.timeout(self._limits.send_timeout_seconds):
                    await self._send({"type": "http.response.body", "body": event, "more_body": True})
            except TimeoutError:
                raise Closed(TRY_AGAIN_LATER, "The client reads too slowly") from None
            except OSError:  # by ASGI, what sending to a client that has left raises
                raise Closed(None) from None

    async def _watch(self) -> None:
        """End the stream when its client leaves: nothing else that it could send matters."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.end(Closed(None))

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._limits.keep_alive_seconds)
            if not self._sending.locked():
                try:
                    await self._put(KEEP_ALIVE)
                except Closed as closed:
                    self.end(closed)

    async def _finish(self, ended: Closed) -> None:
        """Say that the response is over, and in a comment why.

        A client that reads nothing cannot be told: it is left to the server, which closes a response that is not
        complete.
        """
        comment = f": {ended.reason}\n\n".encode() if ended.reason else b""
        self._deadline = asyncio.timeout(self._limits.send_timeout_seconds)
        with suppress(TimeoutError, OSError):
            async with self._deadline:
                await self._send({"type": "http.response.body", "body": comment, "more_body": False})


@asynccontextmanager
async def _meanwhile(*coroutines: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run these beside what is done inside, and no longer; if one of them fails, all of it does."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine) for coroutine in coroutines]
        yield
        for task in tasks:
            task.cancel()
