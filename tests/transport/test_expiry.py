"""A live socket ends when the token of its principal does."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.transport.servers import serving
from tests.transport.sockets import acknowledged
from transport.gate import SystemClock

EXPIRES = datetime(2030, 1, 1, tzinfo=UTC)
BEFORE = EXPIRES - timedelta(hours=1)


class HandSetClock:
    """A clock that only tests move."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._moved = asyncio.Condition()

    def now(self) -> datetime:
        return self._now

    async def wait_until(self, instant: datetime) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: self._now >= instant)

    async def set(self, now: datetime) -> None:
        async with self._moved:
            self._now = now
            self._moved.notify_all()


async def test_when_the_token_expires_the_subscription_ends_with_4403_and_its_source_is_closed() -> None:
    clock = HandSetClock(BEFORE)
    async with serving(clock=clock) as server, acknowledged(server, {"token": "until-2030"}) as socket:
        await socket.subscribe("1", "subscription { forever }")
        await socket.receive()
        await clock.set(EXPIRES - timedelta(microseconds=1))
        await socket.check_alive()
        await clock.set(EXPIRES)
        assert await socket.closed() == (4403, "token expired")
        assert server.world.active == 0


async def test_a_socket_whose_principal_never_expires_lives_on() -> None:
    clock = HandSetClock(BEFORE)
    async with (
        serving(clock=clock) as server,
        acknowledged(server) as anonymous,
        acknowledged(server, {"token": "until-2030"}) as expiring,
    ):
        await clock.set(EXPIRES)
        await expiring.closed()
        await anonymous.check_alive()


async def test_the_system_clock_does_not_wait_for_an_instant_that_has_passed() -> None:
    clock = SystemClock()
    await clock.wait_until(clock.now())
    soon = clock.now() + timedelta(milliseconds=5)
    await clock.wait_until(soon)
    assert clock.now() >= soon
