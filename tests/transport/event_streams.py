"""A client of graphql-sse that tells everything it gets, comments included."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.transport.servers import Server
from tests.transport.sockets import PATIENCE_SECONDS

EVENT_STREAM = "text/event-stream"
COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Stream:
    response: httpx2.Response
    _blocks: AsyncIterator[str]

    async def block(self) -> str | None:
        """What comes next, up to an empty line; None at the end."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await anext(self._blocks, None)

    async def event(self) -> tuple[str, Any] | None:
        """The next event by its name and data, whatever comments come before; None at the end."""
        while (block := await self.block()) is not None:
            fields = dict(line.split(":", 1) for line in block.splitlines())
            if "" not in fields:
                data = fields["data"].strip()
                return fields["event"].strip(), json.loads(data) if data else None
        return None

    async def events(self) -> list[tuple[str, Any]]:
        """All that are left until the end."""
        found = []
        while (event := await self.event()) is not None:
            found.append(event)
        return found


async def _blocks(response: httpx2.Response) -> AsyncIterator[str]:
    kept = ""
    async for text in response.aiter_text():
        *blocks, kept = (kept + text).split("\n\n")
        for block in blocks:
            yield block
    assert not kept, "an event was cut off"


@asynccontextmanager
async def streamed(
    server: Server, query: str | None = None, *, token: str | None = None, accept: str = EVENT_STREAM, **more: Any
) -> AsyncIterator[Stream]:
    """Ask by POST; `more` are parameters of the request."""
    headers = {"accept": accept} | ({"authorization": f"Bearer {token}"} if token else {})
    body = more if query is None else {"query": query, **more}
    async with (
        httpx2.AsyncClient(timeout=PATIENCE_SECONDS) as client,
        client.stream("POST", server.http, json=body, headers=headers) as response,
    ):
        yield Stream(response, _blocks(response))
