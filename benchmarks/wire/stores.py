"""What does it cost to read a profile for the first time, and to store what users did, beside PostgreSQL alone?"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import asyncpg

from benchmarks.configs import config_request
from benchmarks.engines import measured_engine
from benchmarks.load import Connection, one_after_another
from benchmarks.tracking import BATCH, bulk_batches, bulk_request, copied_per_second, folded, track_users
from benchmarks.wire.processes import Usage
from benchmarks.wire.rows import Row, Spread, ratios

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from benchmarks.engines import MeasuredEngine

ROUNDS = 7
FIRST_CONFIGS = 150
BATCHES = 8
ROWS = BATCH * BATCHES
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


@dataclass(slots=True)
class _Turns:
    """What one side stored in its turns, and used of the processor for it."""

    per_second: list[float] = field(default_factory=list)
    row_us: list[float] = field(default_factory=list)
    database_us: list[float] = field(default_factory=list)

    @property
    def told(self) -> str:
        used, database = Spread.of(self.row_us).median, Spread.of(self.database_us).median
        return f"{Spread.of(self.per_second).shown(0, '/s')}, {used:.1f} µs a row, PostgreSQL {database:.1f} µs besides"


async def _bulk(engine: MeasuredEngine) -> Row:
    """What was tracked is folded beside, by the worker in the server; each turn begins when all is folded."""
    tracked, copied = _Turns(), _Turns()
    for turn in range(ROUNDS + 1):
        batches = bulk_batches(f"wire-{turn}", BATCHES)
        requests = [bulk_request(engine, batch) for batch in batches]
        if turn == 1:  # warm
            tracked, copied = _Turns(), _Turns()
        await _take_turn(engine, tracked, engine.pid, partial(_tracked_per_second, engine, requests))
        await _take_turn(engine, copied, os.getpid(), partial(copied_per_second, engine, batches))
    share = ratios(tracked.per_second, copied.per_second)
    return Row(
        f"bulk tracking, {BATCH:,} a request, durable",
        tracked.told,
        f"asyncpg COPY of the same rows: {copied.told}",
        share.share(),
        f">= {OF_COPY:.0%}",
        share.median >= OF_COPY,
    )


async def _tracked_per_second(engine: MeasuredEngine, requests: Sequence[bytes]) -> float:
    return ROWS / (await one_after_another(engine.port, requests)).seconds


async def _take_turn(
    engine: MeasuredEngine, turns: _Turns, pid: int, store: Callable[[], Coroutine[Any, Any, float]]
) -> None:
    await folded(engine)
    before, database_before = Usage(pid).seconds(), Usage(engine.database_pid).family_seconds()
    turns.per_second.append(await store())
    turns.row_us.append((Usage(pid).seconds() - before) / ROWS * 1e6)
    turns.database_us.append((Usage(engine.database_pid).family_seconds() - database_before) / ROWS * 1e6)
