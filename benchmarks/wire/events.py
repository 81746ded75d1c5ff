"""What does one event cost that many subscriptions are told alike, and what stays in memory of a million pushes?"""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from websockets.asyncio.client import connect

from benchmarks.engines import Server, broadcaster, free_port, running
from benchmarks.load import one_after_another, post
from benchmarks.wire.pages import opened
from benchmarks.wire.processes import Usage
from benchmarks.wire.rows import Row, Spread, ratios

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from benchmarks.wire.pages import Pages

LISTENING = 2_000
ROUNDS = 9
EVENTS = 10
PUSHES = 1_000_000
WARMING_PUSHES = 200_000
MIB = 1024 * 1024
OF_BROADCAST, GROWTH_MIB = 1.5, 5
SUBSCRIPTION = """subscription { tick {
  number theme density order shortcuts difficulty features { key visible highlighted } } }"""
TICK = "mutation { tick }"


@dataclass(frozen=True, slots=True)
class _Stage:
    """A server with its audience, and how it is made to tell all of them one thing."""

    server: Server
    pages: Pages
    tell: Callable[[], Awaitable[object]]

    async def each_us(self, events: int) -> float:
        """Of the server's processor time for each delivery; an event is told when the one before has arrived."""
        usage = Usage(self.server.pid)
        before = usage.seconds()
        for _ in range(events):
            await self.tell()
            arrived = await self.pages.arrivals(LISTENING)
            assert arrived.frames == LISTENING, "a subscription missed an event"
        return (usage.seconds() - before) / (events * LISTENING) * 1e6


async def measure() -> list[Row]:
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(_ticking())
        floor = await stack.enter_async_context(_broadcasting())
        for stage in (ours, floor):
            await stage.each_us(EVENTS)
        rounds = [(await ours.each_us(EVENTS), await floor.each_us(EVENTS)) for _ in range(ROUNDS)]
        grown = await _grown(ours)
    each, least = Spread.of(one for one, _ in rounds), Spread.of(other for _, other in rounds)
    times = ratios(each.rounds, least.rounds)
    return [
        Row(
            f"one event, same payload, {LISTENING:,} subscriptions",
            f"{each.shown(1, ' µs')} of the processor a delivery",
            f"`websockets.broadcast`: {least.shown(1, ' µs')}",
            times.times(),
            f"<= {OF_BROADCAST} x",
            times.median <= OF_BROADCAST,
        ),
        Row(
            f"memory after {PUSHES:,} pushed events",
            f"{grown:+.1f} MB",
            f"before, {WARMING_PUSHES:,} pushed",
            "-",
            f"+ < {GROWTH_MIB} MB",
            grown < GROWTH_MIB,
        ),
    ]


async def _grown(stage: _Stage) -> float:
    usage = Usage(stage.server.pid)
    await stage.each_us(WARMING_PUSHES // LISTENING)
    before = usage.resident_bytes()
    await stage.each_us(PUSHES // LISTENING)
    return (usage.resident_bytes() - before) / MIB


@asynccontextmanager
async def _ticking() -> AsyncIterator[_Stage]:
    begin = orjson.dumps({"type": "connection_init"}).decode()
    subscribe = orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": SUBSCRIPTION}}).decode()
    with _ticking_server() as server:
        async with opened(server.port, [(begin, subscribe)] * LISTENING, path="/graphql") as pages:
            request = post(server.port, None, {"query": TICK})
            await pages.arrivals(LISTENING)  # the current one
            yield _Stage(server, pages, lambda: one_after_another(server.port, [request]))


@contextmanager
def _ticking_server() -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.wire.ticking", str(port)]
    with running(command, {}, f"http://127.0.0.1:{port}/graphql?query=%7Bnumber%7D") as pid:
        yield Server(port, pid)


@asynccontextmanager
async def _broadcasting() -> AsyncIterator[_Stage]:
    """Its audience hears what one more socket says, which is as long as what the engine sends."""
    features = [{"key": f"feature_{n}", "visible": True, "highlighted": False} for n in range(5)]
    tick = {
        "number": 100,
        "theme": "DARK",
        "density": "COMPACT",
        "order": ["home", "board", "reports", "settings"],
        "shortcuts": ["export", "search"],
        "difficulty": "BEGINNER",
        "features": features,
    }
    payload = orjson.dumps({"id": "1", "type": "next", "payload": {"data": {"tick": tick}}}).decode()
    with broadcaster() as server:
        url = f"ws://127.0.0.1:{server.port}"
        async with opened(server.port, [()] * LISTENING) as pages, connect(url, compression=None) as speaker:

            async def tell() -> None:
                await speaker.send(payload)
                await speaker.recv()

            yield _Stage(server, pages, tell)
