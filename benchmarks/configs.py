"""What does one config query cost, warm and cold?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import asyncpg

from benchmarks.load import Latencies, many_at_a_time, one_after_another, post
from benchmarks.tables import Figure, share, times
from benchmarks.tracking import track_users

if TYPE_CHECKING:
    from benchmarks.engines import MeasuredEngine

QUERY = """query Config($context: ContextInput!) { viewer { id config(context: $context) {
  revision source decidedAt holdsUntil theme { mode } layout { density } features { key visible highlighted }
  navigation { order shortcuts } content { difficulty include exclude } recommendations { feature score reason }
  parameters decisions { slot variation rule { key } } } } }"""
CONTEXT = {"place": "dashboard", "device": "DESKTOP", "timeZone": "Europe/Vienna"}
ONE_AFTER_ANOTHER = 1_000
MANY = 6_000
COLD_USERS = 500


async def measure(engine: MeasuredEngine, hello_port: int) -> list[Figure]:
    users = [f"config-{number}" for number in range(COLD_USERS)]
    await track_users(engine, users)
    cold = await one_after_another(engine.port, [config_request(engine, user) for user in users])
    select = await _selects(engine, users)
    warm_request, hello_request = config_request(engine, users[0]), post(hello_port, None, {})
    for port, request in ((engine.port, warm_request), (hello_port, hello_request)):
        await many_at_a_time(port, [request], MANY // 4)  # warms up
    warm = await one_after_another(engine.port, [warm_request] * ONE_AFTER_ANOTHER)
    hello = await one_after_another(hello_port, [hello_request] * ONE_AFTER_ANOTHER)
    warm_many = await many_at_a_time(engine.port, [warm_request], MANY)
    hello_many = await many_at_a_time(hello_port, [hello_request], MANY)
    return [
        Figure("config query, warm, one at a time", _ms(warm), f"hello-world {_ms(hello)}", times(warm.p50, hello.p50)),
        Figure(
            "config query, warm, 32 at a time",
            f"{warm_many.per_second:,.0f}/s, p99 {warm_many.p99:.1f} ms",
            f"hello-world {hello_many.per_second:,.0f}/s, p99 {hello_many.p99:.1f} ms",
            share(warm_many.per_second, hello_many.per_second),
        ),
        Figure(
            "first config of a user, nothing cached",
            _ms(cold),
            f"SELECT by primary key {_ms(select)}",
            times(cold.p50, select.p50),
        ),
    ]


def config_request(engine: MeasuredEngine, user: str) -> bytes:
    return post(engine.port, engine.token(user), {"query": QUERY, "variables": {"context": CONTEXT}})


async def _selects(engine: MeasuredEngine, users: list[str]) -> Latencies:
    latencies = Latencies()
    connection = await asyncpg.connect(engine.database_url.replace("+asyncpg", ""))
    statement = await connection.prepare("SELECT * FROM profiles WHERE user_id = $1")
    for user in users:
        began = time.perf_counter()
        assert await statement.fetchrow(user) is not None
        latencies.ms.append((time.perf_counter() - began) * 1e3)
    await connection.close()
    return latencies


def _ms(latencies: Latencies) -> str:
    return f"p50 {latencies.p50:.2f} ms, p99 {latencies.p99:.2f} ms"
