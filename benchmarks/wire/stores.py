"""What does it cost to read a profile for the first time, and to store what users did, beside PostgreSQL alone?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import asyncpg

from benchmarks.configs import config_request
from benchmarks.engines import measured_engine
from benchmarks.load import Connection, one_after_another
from benchmarks.tracking import BATCH, bulk_batches, bulk_request, copied_per_second, folded, track_users
from benchmarks.wire.processes import Usage
from benchmarks.wire.rows import Row, Spread, ratios

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.engines import MeasuredEngine

ROUNDS = 7
FIRST_CONFIGS = 150
BATCHES = 8
OF_SELECT, OF_COPY = 6.0, 0.40


async def measure() -> list[Row]:
    with measured_engine() as engine:
        return [await _first_configs(engine), await _bulk(engine)]


async def _first_configs(engine: MeasuredEngine) -> Row:
    users = [f"first-{number}" for number in range(ROUNDS * FIRST_CONFIGS)]
    await track_users(engine, users)
    warming = [f"warming-{number}" for number in range(FIRST_CONFIGS)]
    await track_users(engine, warming)
    await _first_and_select(engine, warming)
    starts = range(0, len(users), FIRST_CONFIGS)
    rounds = [await _first_and_select(engine, users[start : start + FIRST_CONFIGS]) for start in starts]
    first, select = Spread.of(one for one, _ in rounds), Spread.of(other for _, other in rounds)
    times = ratios(first.rounds, select.rounds)
    return Row(
        "first config of a user, nothing cached",
        f"fastest tenth within {first.shown(2, ' ms')}",
        f"`SELECT` by primary key: {select.shown(3, ' ms')}",
        times.times(),
        f"<= {OF_SELECT:g} x",
        times.median <= OF_SELECT,
    )


async def _first_and_select(engine: MeasuredEngine, users: Sequence[str]) -> tuple[float, float]:
    """Milliseconds of each, in turn; what is selected is the profile of whoever comes last, also for the first time.

    Of the fastest tenth: the rest is more about who else uses the machine, above all of the shorter of both.
    """
    requests = [config_request(engine, user) for user in users]
    database = await asyncpg.connect(engine.database_url.replace("+asyncpg", ""))
    statement = await database.prepare("SELECT * FROM profiles WHERE user_id = $1")
    connection = await Connection.open(engine.port)
    firsts, selects = [], []
    for request, user in zip(requests, reversed(users), strict=True):
        firsts.append(await connection.ask(request))
        assert b'"source":"DECIDED"' in connection.body, "it was cached"
        began = time.perf_counter()
        assert await statement.fetchrow(user) is not None
        selects.append((time.perf_counter() - began) * 1e3)
    connection.close()
    await database.close()
    return _fastest(firsts), _fastest(selects)


def _fastest(ms: Sequence[float]) -> float:
    return sorted(ms)[len(ms) // 10]


async def _bulk(engine: MeasuredEngine) -> Row:
    """What was tracked is folded beside, by the worker in the server; each turn begins when all is folded."""
    rounds, usage, used = [], Usage(engine.pid), []
    for turn in range(-1, ROUNDS):
        batches = bulk_batches(f"wire-{turn}", BATCHES)
        requests = [bulk_request(engine, batch) for batch in batches]
        await folded(engine)
        before = usage.seconds()
        took = await one_after_another(engine.port, requests)
        used.append((usage.seconds() - before) / (BATCH * len(batches)) * 1e6)
        await folded(engine)
        rounds.append((BATCH * len(batches) / took.seconds, await copied_per_second(engine, batches)))
    tracked, copied = Spread.of(one for one, _ in rounds[1:]), Spread.of(other for _, other in rounds[1:])
    share = ratios(tracked.rounds, copied.rounds)
    return Row(
        f"bulk tracking, {BATCH:,} a request, durable",
        f"{tracked.shown(0, '/s')}, {Spread.of(used[1:]).median:.0f} µs of the server's processor each",
        f"asyncpg COPY of the same rows: {copied.shown(0, '/s')}",
        share.share(),
        f">= {OF_COPY:.0%}",
        share.median >= OF_COPY,
    )
