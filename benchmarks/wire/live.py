"""What do ten thousand live pages cost: idle, and when a rule moves a tenth of them?"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

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
    return [_idle(_kib_each(held), raw), moved]


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


async def _moved(engine: MeasuredEngine, users: Sequence[str], pages: Sequence[Pages]) -> Row:
    """Activate and pause a rule that covers a tenth of all users, while others ask by HTTP; without it, in turn."""
    covered = {user for user in users if is_covered(RULE, user, COVERED)}
    expected = [len(covered.intersection(users[start : start + AT_ONCE])) for start in range(0, LIVE, AT_ONCE)]
    requests = [post(engine.port, engine.token(user), {"query": QUERY}) for user in users[:ASKING]]
    usage, used = Usage(engine.pid), []
    took, asked, quiet = [], Latencies(), Latencies()
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{engine.port}", timeout=60) as http:
        admin = Admin(engine, http)
        rule = await admin.create_rule(RULE, {"always": True}, "bench", coverage=COVERED)
        for turn in range(ROUNDS):
            async with asked_steadily(engine.port, requests) as latencies:
                await asyncio.sleep(QUIET_SECONDS)
            quiet.ms += latencies.ms
            before = usage.seconds()
            async with asked_steadily(engine.port, requests) as latencies:
                rule = await admin.set_status(rule, "PAUSED" if turn % 2 else "ACTIVE")
                acknowledged = time.perf_counter()
                arrived = [await some.arrivals(count) for some, count in zip(pages, expected, strict=True)]
            assert [one.frames for one in arrived] == expected, "a page missed its push, or had none to get"
            took.append(max(0.0, max(one.last_at for one in arrived) - acknowledged) * 1e3)
            used.append((usage.seconds() - before) * 1e3)
            asked.ms += latencies.ms
    last = Spread.of(took)
    return Row(
        f"a rule change that moves {len(covered):,} of {LIVE:,} live users: acknowledged until the last push",
        f"{last.shown(0, ' ms')}, {Spread.of(used).median:.0f} ms of the processor; HTTP meanwhile {_told(asked)}",
        f"HTTP without a change {_told(quiet)}",
        "-",
        f"< {LAST_MS} ms, p99 < {HTTP_P99_MS} ms",
        last.median < LAST_MS and asked.p99 < HTTP_P99_MS,
    )


def _told(latencies: Latencies) -> str:
    return f"p50 {latencies.p50:.1f} ms, p99 {latencies.p99:.0f} ms"
