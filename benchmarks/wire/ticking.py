"""What does the transport alone push? One event that all subscribers of a small schema are told alike.

`python -m benchmarks.wire.ticking PORT` serves `subscription { tick { ... } }` and `mutation { tick }`, which returns
once every subscriber's source has the event; how it gets onto the sockets is the transport's business.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator
from datetime import datetime

import strawberry
import uvicorn
from starlette.types import Receive, Scope, Send

from app import garbage
from transport.endpoint import GraphQLEndpoint
from transport.gate import Gate
from transport.limits import Limits

FEATURES = 5


@strawberry.type
class FeatureState:
    key: str
    visible: bool
    highlighted: bool


@strawberry.type
class Tick:
    """As many fields as a config that a page is sent."""

    number: int
    theme: str = "DARK"
    density: str = "COMPACT"
    order: list[str] = strawberry.field(default_factory=lambda: ["home", "board", "reports", "settings"])
    shortcuts: list[str] = strawberry.field(default_factory=lambda: ["export", "search"])
    difficulty: str = "BEGINNER"

    @strawberry.field
    def features(self) -> list[FeatureState]:
        return [FeatureState(key=f"feature_{n}", visible=True, highlighted=n == self.number) for n in range(FEATURES)]


class _Ticks:
    """Each subscriber is told the current tick first, then the latest one only."""

    def __init__(self) -> None:
        self.number = 0
        self._news = asyncio.Event()

    def go_on(self) -> int:
        self.number += 1
        self._news.set()
        self._news = asyncio.Event()
        return self.number

    async def stream(self) -> AsyncGenerator[Tick, None]:
        while True:
            news = self._news
            yield Tick(number=self.number)
            await news.wait()


ticks = _Ticks()


@strawberry.type
class Query:
    @strawberry.field
    def number(self) -> int:
        return ticks.number


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def tick(self) -> int:
        return ticks.go_on()


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def tick(self) -> AsyncGenerator[Tick, None]:
        async for tick in ticks.stream():
            yield tick


class Anybody:
    expires_at: datetime | None = None


async def _anybody(_: str | None) -> Anybody:
    return Anybody()


def _context_for(_principal: Anybody, _request_id: str) -> None:
    return None


def _any(_field: object) -> bool:
    return True


def _same_for_all(event: object, _context: object, _fields: frozenset[str]) -> object:
    return event.number if isinstance(event, Tick) else None


class Application:
    """The endpoint, and an answer to who asks whether it runs."""

    def __init__(self) -> None:
        gate = Gate(authenticate=_anybody, context_for=_context_for, shared_by=_same_for_all, is_determined=_any)
        schema = strawberry.Schema(Query, Mutation, Subscription)
        self._endpoint = GraphQLEndpoint(schema, gate=gate, limits=Limits(), queries_by_get=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            garbage.settle()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self._endpoint.close()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await self._endpoint(scope, receive, send)


if __name__ == "__main__":
    uvicorn.run(
        Application(),
        port=int(sys.argv[1]),
        log_config=None,
        access_log=False,
        server_header=False,
        ws_per_message_deflate=False,
    )
