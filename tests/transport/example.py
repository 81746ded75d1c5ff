"""A small schema that has everything a transport can meet, and a gate for it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

import strawberry

from transport.errors import UNAUTHENTICATED, Presenter, Refused
from transport.gate import Clock, Gate, SystemClock, everybody, token_of_payload

SECRET = "secret detail"


class NoSuchThing(Exception):
    code = "NO_SUCH_THING"


@dataclass(frozen=True, slots=True)
class Caller:
    name: str
    expires_at: datetime | None = None


@dataclass(slots=True)
class World:
    """What resolvers count and wait for, so that tests can see it."""

    active: int = 0
    yielded: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    contexts: list["Context"] = field(default_factory=list)


@dataclass(slots=True)
class Context:
    caller: Caller
    request_id: str
    world: World
    hellos: int = 0


Info = strawberry.Info[Context, None]


@strawberry.type
class Node:
    name: str

    @strawberry.field
    def child(self) -> "Node":
        return Node(name=self.name)

    @strawberry.field
    def children(self, first: int = 1) -> list["Node"]:
        return [Node(name=self.name) for _ in range(first)]


@strawberry.enum
class Colour(Enum):
    RED = "red"
    GREEN = "green"


@strawberry.input
class Nested:
    inner: "Nested | None" = None


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, info: Info) -> str:
        info.context.hellos += 1
        return "world"

    @strawberry.field
    def who(self, info: Info) -> str:
        return info.context.caller.name

    @strawberry.field
    def node(self) -> Node:
        return Node(name="n")

    @strawberry.field
    def when(self, at: datetime) -> str:
        return at.isoformat()

    @strawberry.field
    def nested(self, value: Nested) -> bool:
        return value.inner is None

    @strawberry.field
    def mixed(self, colours: list[Colour]) -> int:
        return len(colours)

    @strawberry.field
    def fails(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def missing(self) -> str | None:
        raise NoSuchThing("There is no such thing.")

    @strawberry.field
    def too_large_for_json(self) -> strawberry.scalars.JSON:
        return strawberry.scalars.JSON({"number": 2**70})

    @strawberry.field
    async def never(self, info: Info) -> str:
        info.context.world.started.set()
        await asyncio.Event().wait()
        return "never"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def noop(self, x: int = 1) -> int:
        return x


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, to: int = 3, delay: float = 0.01) -> AsyncGenerator[int, None]:
        async with _active(info.context.world):
            for number in range(to):
                await asyncio.sleep(delay)
                yield number

    @strawberry.subscription
    async def fail(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError(SECRET)

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int, None]:
        if SECRET:
            raise NoSuchThing("There is no such thing.")
        yield 1

    @strawberry.subscription
    async def forever(self, info: Info) -> AsyncGenerator[int, None]:
        """One event, then silence until the client leaves."""
        async with _active(info.context.world):
            yield 1
            await asyncio.Event().wait()

    @strawberry.subscription
    async def nodes(self, info: Info, to: int) -> AsyncGenerator[Node, None]:
        for number in range(to):
            info.context.world.yielded += 1
            yield Node(name=str(number))

    @strawberry.subscription
    async def flood(self, info: Info, kilobytes: int = 64) -> AsyncGenerator[str, None]:
        """Yield without end and without ever waiting."""
        async with _active(info.context.world):
            while True:
                info.context.world.yielded += 1
                yield "x" * (kilobytes * 1024)


class _active:  # noqa: N801 - a context manager
    def __init__(self, world: World) -> None:
        self._world = world

    async def __aenter__(self) -> None:
        self._world.active += 1
        self._world.idle.clear()
        self._world.started.set()

    async def __aexit__(self, *_: object) -> None:
        self._world.active -= 1
        if not self._world.active:
            self._world.idle.set()


schema = strawberry.Schema(Query, Mutation, Subscription)


def gate(
    world: World, *, clock: Clock | None = None, origins: frozenset[str] = frozenset(), discreet: bool = False
) -> Gate[Caller]:
    """Return a gate whose tokens say what happens: `bad` is refused, `slow` takes a second, `broken` fails,
    `waits` waits until the world releases it, `until-2030` expires; every other is its bearer's name.

    `trusted` may do whatever others may not; `discreet`: nobody else may introspect.
    """

    async def authenticate(token: str | None) -> Caller:
        match token:
            case None:
                return Caller("anonymous")
            case "bad":
                raise Refused(UNAUTHENTICATED, "The token is not valid.")
            case "banned":
                raise Refused("FORBIDDEN", "You may not enter.")
            case "broken":
                raise RuntimeError(SECRET)
            case "slow":
                await asyncio.sleep(1)
            case "waits":
                await world.released.wait()
            case "until-2030":
                return Caller("guest", datetime(2030, 1, 1, tzinfo=UTC))
            case _:
                pass
        return Caller(token)

    def context_for(caller: Caller, request_id: str) -> Context:
        context = Context(caller, request_id, world)
        world.contexts.append(context)
        return context

    return Gate(
        authenticate=authenticate,
        context_for=context_for,
        present=Presenter(shown=(NoSuchThing,)),
        token_of=_token_of,
        clock=clock or SystemClock(),
        identity=lambda caller: None if caller.name == "anonymous" else caller.name,
        origins=origins,
        is_trusted=_is_trusted,
        may_send_any=_is_trusted,
        may_introspect=_is_trusted if discreet else everybody,
    )


def _is_trusted(caller: Caller) -> bool:
    return caller.name == "trusted"


def _token_of(payload: Mapping[str, object]) -> str | None:
    """Also understand the `token` that the audits send."""
    token = payload.get("token")
    return token if isinstance(token, str) else token_of_payload(payload)
