"""What does it cost to read a profile for the first time, and to store what users did, beside PostgreSQL alone?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import asyncpg

from benchmarks import bulk
from benchmarks.configs import config_request
from benchmarks.engines import measured_engine
from benchmarks.load import Connection
from benchmarks.tracking import track_users
from benchmarks.wire.rows import Row, Spread, ratios

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.bulk import Cost
    from benchmarks.engines import MeasuredEngine

ROUNDS = 7
FIRST_CONFIGS = 150
OF_SELECT, OF_COPY = 6.0, 0.40


async def measure() -> list[Row]:
    with measured_engine() as engine:
        rows = [await _first_configs(engine), *await _bulk(engine, 1, folding=True)]
    with measured_engine(worker_inside=False) as engine:
        return [*rows, *await _bulk(engine, max(bulk.AT_A_TIME), folding=False)]


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


async def _bulk(engine: MeasuredEngine, at_a_time: int, *, folding: bool) -> list[Row]:
    """The bar is for requests one after another, folded beside by the worker in the server: what was tracked in one
    turn is folded before the next.
    """
    tracked, bare, indexed = await bulk.turns(engine, at_a_time, folding=folding)
    share, of_indexed = _shares(tracked, bare), _shares(tracked, indexed)
    what = f"bulk tracking, {bulk.ROWS:,} a request, durable"
    if not folding:
        what = f"the same, {at_a_time} at a time, not folded beside"
    has_bar = folding and at_a_time == 1
    bar, met = (f">= {OF_COPY:.0%}", share.median >= OF_COPY) if has_bar else ("", None)
    beside = "asyncpg COPY of the same rows"
    with_indexes = f"{beside} into a table with the same keys and indexes"
    return [
        Row(what, _told(tracked), f"{beside}: {_told(bare)}", share.share(), bar, met),
        Row(what, _told(tracked), f"{with_indexes}: {_told(indexed)}", of_indexed.share()),
    ]


def _shares(tracked: Sequence[Cost], copied: Sequence[Cost]) -> Spread:
    return ratios([cost.per_second for cost in tracked], [cost.per_second for cost in copied])


def _told(costs: Sequence[Cost]) -> str:
    per_second = Spread.of(cost.per_second for cost in costs).shown(0, "/s")
    return f"{per_second}, {Spread.of(cost.processor_us for cost in costs).median:.1f} µs a row"
