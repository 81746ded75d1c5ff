"""What do ten thousand live pages cost: idle, and when a rule moves a tenth of them?"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import httpx2
import orjson

from benchmarks.engines import broadcaster, measured_engine
from benchmarks.load import Latencies, post
from benchmarks.pushes import SUBSCRIPTION, Admin
from benchmarks.tracking import interaction, track
from benchmarks.wire.pages import Pages, opened
from benchmarks.wire.processes import Usage
from benchmarks.wire.rows import Row, Spread
from benchmarks.wire.steady import asked_steadily
from domain.rules.buckets import is_covered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.engines import MeasuredEngine

LIVE = 10_000
AT_ONCE = 2_000
ROUNDS = 10
TURNS_FOR_MEMORY = 100
ASKING = 50
QUIET_SECONDS = 0.5
RULE = "bench-tenth"
COVERED = 0.1
KIB = 1024
IDLE_KIB, LAST_MS, HTTP_P99_MS = 40, 500, 50
QUERY = """query { viewer { config(context: { place: "dashboard" }) {
  revision theme { mode } layout { density } parameters features { key visible } } } }"""


async def measure() -> list[Row]:
    raw = await _raw_kib()
    users = [f"live-{number}" for number in range(LIVE)]
    with measured_engine() as engine:
        now = datetime.now(UTC)
        await track(engine, [interaction(f"{user}-0", user, "board", now) for user in users])
        async with AsyncExitStack() as stack:
            held = [Usage(engine.pid).resident_bytes()]
            pages = []
            for start in range(0, LIVE, AT_ONCE):
                some = users[start : start + AT_ONCE]
                sockets = [_texts(engine, user) for user in some]
                pages.append(await stack.enter_async_context(opened(engine.port, sockets, path="/graphql")))
                await pages[-1].arrivals(len(some))  # the current configs
                held.append(Usage(engine.pid).resident_bytes())
            moved = await _moved(engine, users, pages)
    return [_idle(_kib_each(held), raw), *moved]


def _idle(idle: Spread, raw: Spread) -> Row:
    what = f"an idle `configUpdated` subscription, {LIVE:,} users"
    beside = f"raw `websockets`: {raw.shown(0, ' KiB')}"
    ratio = f"{idle.median / raw.median:.1f} x"
    return Row(what, idle.shown(0, " KiB"), beside, ratio, f"<= {IDLE_KIB} KiB", idle.median <= IDLE_KIB)


def _kib_each(held: Sequence[int]) -> Spread:
    """Of each thousands that were opened one after another."""
    return Spread.of((after - before) / AT_ONCE / KIB for before, after in pairwise(held))


async def _raw_kib() -> Spread:
    with broadcaster() as server:
        async with AsyncExitStack() as stack:
            held = [Usage(server.pid).resident_bytes()]
            for _ in range(0, LIVE, AT_ONCE):
                await stack.enter_async_context(opened(server.port, [()] * AT_ONCE))
                held.append(Usage(server.pid).resident_bytes())
    return _kib_each(held)


def _texts(engine: MeasuredEngine, user: str) -> tuple[str, str]:
    authorization = {"authorization": f"Bearer {engine.token(user)}"}
    begin = {"type": "connection_init", "payload": authorization}
    subscribe = {"id": "1", "type": "subscribe", "payload": {"query": SUBSCRIPTION}}
    return orjson.dumps(begin).decode(), orjson.dumps(subscribe).decode()


@dataclass(slots=True)
class _Switch:
    """A rule that covers a tenth of all users, to be activated and paused in turn."""

    admin: Admin
    pages: Sequence[Pages]
    expected: Sequence[int]
    rule: dict[str, Any]
    is_on: bool = False

    @classmethod
    async def made(cls, admin: Admin, users: Sequence[str], pages: Sequence[Pages]) -> Self:
        covered = {user for user in users if is_covered(RULE, user, COVERED)}
        expected = [len(covered.intersection(users[start : start + AT_ONCE])) for start in range(0, LIVE, AT_ONCE)]
        return cls(admin, pages, expected, await admin.create_rule(RULE, {"always": True}, "bench", coverage=COVERED))

    @property
    def moves(self) -> int:
        return sum(self.expected)

    async def turn(self) -> float:
        """Milliseconds from its being acknowledged until the last of those whom it moves has been told."""
        self.is_on = not self.is_on
        self.rule = await self.admin.set_status(self.rule, "ACTIVE" if self.is_on else "PAUSED")
        acknowledged = time.perf_counter()
        arrived = [await some.arrivals(count) for some, count in zip(self.pages, self.expected, strict=True)]
        assert [one.frames for one in arrived] == self.expected, "a page missed its push, or had none to get"
        return max(0.0, max(one.last_at for one in arrived) - acknowledged) * 1e3


async def _moved(engine: MeasuredEngine, users: Sequence[str], pages: Sequence[Pages]) -> list[Row]:
    """While others ask by HTTP; without a change, in turn. Then what stays in memory of many such changes."""
    requests = [post(engine.port, engine.token(user), {"query": QUERY}) for user in users[:ASKING]]
    usage = Usage(engine.pid)
    used, took, asked, quiet = [], [], Latencies(), Latencies()
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{engine.port}", timeout=60) as http:
        switch = await _Switch.made(Admin(engine, http), users, pages)
        for _ in range(ROUNDS):
            async with asked_steadily(engine.port, requests) as latencies:
                await asyncio.sleep(QUIET_SECONDS)
            quiet.ms += latencies.ms
            before = usage.seconds()
            async with asked_steadily(engine.port, requests) as latencies:
                took.append(await switch.turn())
            used.append((usage.seconds() - before) * 1e3)
            asked.ms += latencies.ms
        grown_mib = [await _grown_mib(usage, switch) for _ in range(2)]
    last, pushed = Spread.of(took), TURNS_FOR_MEMORY * switch.moves
    return [
        Row(
            f"a rule change that moves {switch.moves:,} of {LIVE:,} live users: acknowledged until the last push",
            f"{last.shown(0, ' ms')}, {Spread.of(used).median:.0f} ms of the processor; HTTP meanwhile {_told(asked)}",
            f"HTTP without a change {_told(quiet)}",
            "-",
            f"< {LAST_MS} ms, p99 < {HTTP_P99_MS} ms",
            last.median < LAST_MS and asked.p99 < HTTP_P99_MS,
        ),
        Row(
            f"memory after {pushed:,} configs pushed so",
            f"{grown_mib[1]:+.1f} MB",
            f"the {pushed:,} before, which fill what is kept: {grown_mib[0]:+.1f} MB",
            "-",
        ),
    ]


async def _grown_mib(usage: Usage, switch: _Switch) -> float:
    before = usage.resident_bytes()
    for _ in range(TURNS_FOR_MEMORY):
        await switch.turn()
    return (usage.resident_bytes() - before) / KIB / KIB


def _told(latencies: Latencies) -> str:
    return f"p50 {latencies.p50:.1f} ms, p99 {latencies.p99:.0f} ms"
