"""A real Redis that tests may kill, freeze and start again: `pytest_plugins = [this module]` gives its fixtures."""

from __future__ import annotations

import os
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import redis
from redis.asyncio import Redis

from app.embedded.accounts import Account
from app.embedded.redis import EmbeddedRedis
from app.embedded.sockets import socket_directory
from persistence.redis.buses import RedisBus
from persistence.redis.connections import RedisConnections, RedisLimits
from persistence.redis.keys import Keys
from tests.fakes.clocks import ManualClock
from tests.integration.redis.listeners import IMPATIENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

SECRET = b"a secret of these tests"
# Long enough for a busy machine: what ends in a timeout here is meant to.
CALL = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RedisServer:
    embedded: EmbeddedRedis

    @property
    def url(self) -> str:
        return self.embedded.url

    def client(self) -> Redis:
        return Redis.from_url(self.url)

    def kill(self) -> None:
        self.embedded.kill()

    def start(self) -> None:
        self.embedded.start()

    def freeze(self) -> None:
        """The server keeps its connections and says nothing any more."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        process_id = self.embedded.process_id
        assert process_id is not None
        os.kill(process_id, number)


@pytest.fixture(scope="session")
def running_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    directory = tmp_path_factory.mktemp("redis")
    account = Account()
    embedded = EmbeddedRedis.below(directory, socket_directory(directory, account), account)
    embedded.start()
    yield RedisServer(embedded)
    embedded.stop()


@pytest.fixture
def redis_server(running_redis: RedisServer) -> Iterator[RedisServer]:
    """An empty server, up again after the test whatever the test did to it."""
    running_redis.start()
    with redis.Redis.from_url(running_redis.url) as client:
        client.flushall()
    yield running_redis
    if running_redis.embedded.process_id is not None:
        running_redis.thaw()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def keys() -> Keys:
    return Keys(SECRET)


@pytest.fixture
async def connections(redis_server: RedisServer, clock: ManualClock) -> AsyncIterator[RedisConnections]:
    opened = RedisConnections.to(redis_server.url, clock, RedisLimits(call=CALL))
    yield opened
    await opened.aclose()


@pytest.fixture
async def redis_bus(redis_server: RedisServer) -> AsyncIterator[RedisBus]:
    async with bus_of_a_process(redis_server) as bus:
        yield bus


@pytest.fixture
async def other_redis_bus(redis_server: RedisServer) -> AsyncIterator[RedisBus]:
    async with bus_of_a_process(redis_server) as bus:
        yield bus


@asynccontextmanager
async def bus_of_a_process(redis_server: RedisServer) -> AsyncIterator[RedisBus]:
    """A bus with connections of its own, impatient, and willing to try again at once."""
    connections = RedisConnections.to(redis_server.url, ManualClock(), RedisLimits(call=CALL, rest=timedelta()))
    bus = RedisBus(connections, IMPATIENT)
    yield bus
    await bus.aclose()
    await connections.aclose()
