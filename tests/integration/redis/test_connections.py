"""What does Redis cost when it is away, and how soon is it noticed that it is back?"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.errors import Unavailable
from persistence.redis.connections import Breaker, RedisConnections, RedisLimits
from tests.fakes.clocks import ManualClock

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.integration.redis.servers import RedisServer

pytest_plugins = ("tests.integration.redis.servers",)

REST = timedelta(seconds=1)
A_TICK = timedelta(microseconds=1)


class CountedPings:
    """An operation that says how often Redis was really asked."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, redis: Redis) -> str:
        self.count += 1
        await redis.ping()
        return "pong"


def test_an_unbroken_breaker_admits_everybody() -> None:
    breaker = Breaker(ManualClock(), REST)

    assert all(breaker.admits() for _ in range(3))


def test_a_broken_breaker_admits_one_trial_per_rest() -> None:
    clock = ManualClock()
    breaker = Breaker(clock, REST)
    breaker.failed()

    assert not breaker.admits()
    clock.advance(REST - A_TICK)
    assert not breaker.admits()
    clock.advance(A_TICK)
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    clock.advance(REST)
    assert breaker.admits()


def test_a_failed_trial_breaks_the_breaker_for_another_rest() -> None:
    clock = ManualClock()
    breaker = Breaker(clock, REST)
    breaker.failed()
    clock.advance(REST)
    breaker.admits()
    breaker.failed()

    assert not breaker.admits()


def test_a_successful_trial_mends_the_breaker() -> None:
    clock = ManualClock()
    breaker = Breaker(clock, REST)
    breaker.failed()
    clock.advance(REST)
    breaker.admits()
    breaker.succeeded()

    assert all(breaker.admits() for _ in range(3))


async def test_after_a_failure_redis_is_left_alone_for_a_rest_and_then_found_again(
    redis_server: RedisServer, connections: RedisConnections, clock: ManualClock
) -> None:
    pings = CountedPings()
    await connections.call(pings)
    redis_server.kill()
    for _ in range(100):
        assert await connections.attempt(pings) is None
    assert pings.count == 2

    redis_server.start()
    assert await connections.attempt(pings) is None
    assert pings.count == 2
    clock.advance(REST)
    assert await connections.call(pings) == "pong"
    assert await connections.call(pings) == "pong"


async def test_ping_raises_while_redis_is_away_and_mends_the_breaker_when_it_is_back(
    redis_server: RedisServer, connections: RedisConnections
) -> None:
    redis_server.kill()
    with pytest.raises(Unavailable):
        await connections.ping()

    redis_server.start()
    await connections.ping()
    assert await connections.call(CountedPings()) == "pong"


async def test_a_frozen_redis_costs_one_short_timeout_and_no_connections(redis_server: RedisServer) -> None:
    limits = RedisLimits(connections=4, call=timedelta(milliseconds=50), rest=timedelta())
    connections = RedisConnections.to(redis_server.url, ManualClock(), limits)
    redis_server.freeze()
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*[connections.attempt(CountedPings()) for _ in range(20)])
    assert answers == [None] * 20

    redis_server.thaw()
    for _ in range(8):
        assert await connections.call(CountedPings()) == "pong"
    await connections.aclose()


async def test_more_calls_than_connections_wait_for_their_turn(redis_server: RedisServer) -> None:
    connections = RedisConnections.to(redis_server.url, ManualClock(), RedisLimits(connections=2))

    answers = await asyncio.gather(*[connections.call(CountedPings()) for _ in range(50)])

    assert answers == ["pong"] * 50
    await connections.aclose()


async def test_a_refused_command_is_trouble_like_any_other(connections: RedisConnections, clock: ManualClock) -> None:
    with pytest.raises(Unavailable):
        await connections.call(lambda redis: redis.eval("return redis.error_reply('OOM no memory')", 0))

    clock.advance(REST)
    assert await connections.call(CountedPings()) == "pong"
