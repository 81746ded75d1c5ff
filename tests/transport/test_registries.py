"""Whose live connections are counted, when do they end, and how do all of them?"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus

from tests.transport.event_streams import streamed
from tests.transport.example import World, gate
from tests.transport.servers import Server, serving
from tests.transport.sockets import PATIENCE_SECONDS, acknowledged, opened
from tests.transport.test_expiry import BEFORE, EXPIRES, HandSetClock
from transport.expirations import SPARE, Expirations
from transport.limits import Limits
from transport.registries import ENDED_PER_SECOND, Registry

if TYPE_CHECKING:
    from transport.closings import Closed

LIVING = "subscription { forever }"


class Ended:
    """A connection that only remembers why it ended."""

    def __init__(self) -> None:
        self.closed: list[Closed] = []
        self._ended = asyncio.Event()

    def end(self, closed: Closed) -> None:
        self.closed.append(closed)
        self._ended.set()

    async def ended(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._ended.wait()


async def refused(server: Server, name: str) -> tuple[int | None, str | None]:
    async with opened(server) as socket:
        await socket.send({"type": "connection_init", "payload": {"token": name}})
        return await socket.closed()


async def test_one_user_may_have_so_many_sockets_and_the_next_is_told_not_to_come_back() -> None:
    async with serving(Limits(max_connections_per_user=2)) as server, AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(acknowledged(server, {"token": "ada"})) for _ in range(2)]

        assert await refused(server, "ada") == (4429, "Too many connections")

        await first.check_alive()
        await second.check_alive()
        async with acknowledged(server, {"token": "bob"}) as other:
            await other.check_alive()


async def test_a_socket_that_has_ended_leaves_its_place_to_another_of_its_user() -> None:
    async with serving(Limits(max_connections_per_user=1)) as server:
        for _ in range(3):
            async with acknowledged(server, {"token": "ada"}) as socket:
                await socket.subscribe("1", LIVING)
                await socket.receive()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await server.world.idle.wait()
            assert server.world.active == 0


async def test_whoever_is_nobody_is_not_counted() -> None:
    async with serving(Limits(max_connections_per_user=1)) as server, AsyncExitStack() as stack:
        for _ in range(3):
            await (await stack.enter_async_context(acknowledged(server))).check_alive()


async def test_event_streams_count_among_the_connections_of_a_user() -> None:
    async with serving(Limits(max_connections_per_user=1)) as server, acknowledged(server, {"token": "ada"}):
        async with streamed(server, LIVING, token="ada") as stream:
            assert stream.response.status_code == 429
        async with streamed(server, LIVING, token="bob") as stream:
            assert stream.response.status_code == 200


async def test_before_a_restart_all_are_ended_one_after_another_and_no_more_are_admitted() -> None:
    registry = Registry(gate(World()), Limits())
    connections = [Ended() for _ in range(3)]
    with ExitStack() as stack:
        for connection in connections:
            stack.enter_context(registry.holding(connection))
        seconds = registry.begin_to_close()
        assert seconds == 3 / ENDED_PER_SECOND
        assert not registry.admits
        await asyncio.gather(*(connection.ended() for connection in connections))
    assert [[closed.code for closed in connection.closed] for connection in connections] == [[1012]] * 3


async def test_while_the_sockets_are_ended_requests_are_still_answered() -> None:
    async with serving() as server, acknowledged(server) as socket:
        server.endpoint.begin_to_close()

        assert await socket.closed() == (1012, "The server is shutting down")
        with pytest.raises(InvalidStatus) as refusal:
            async with opened(server):
                pass
        assert refusal.value.response.status_code == 503
        async with streamed(server, "{ hello }", accept="application/json") as stream:
            assert stream.response.status_code == 200


async def test_connections_end_when_their_time_has_come_and_not_before() -> None:
    clock = HandSetClock(BEFORE)
    expirations = Expirations(clock)
    late, early, leaving = Ended(), Ended(), Ended()
    expirations.expect(late, EXPIRES)
    expirations.expect(leaving, EXPIRES - timedelta(minutes=2))
    expirations.expect(early, EXPIRES - timedelta(minutes=1))
    expirations.forget(leaving)

    await clock.set(EXPIRES - timedelta(minutes=1))
    await early.ended()
    assert (late.closed, leaving.closed, len(expirations)) == ([], [], 1)

    await clock.set(EXPIRES)
    await late.ended()
    assert (len(early.closed), late.closed[0].code, late.closed[0].reason) == (1, 4403, "token expired")


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=40), st.integers(0, 60))
async def test_of_any_number_exactly_those_end_whose_time_has_come(
    expected: list[tuple[int, bool]], minutes: int
) -> None:
    clock = HandSetClock(BEFORE)
    expirations = Expirations(clock)
    connections = [(Ended(), number, leaves) for number, leaves in expected]
    for connection, number, _ in connections:
        expirations.expect(connection, BEFORE + timedelta(minutes=number))
    for connection, _, leaves in connections:
        if leaves:
            expirations.forget(connection)
    await clock.set(BEFORE + timedelta(minutes=minutes))

    due = [connection for connection, number, leaves in connections if number <= minutes and not leaves]
    for connection in due:
        await connection.ended()

    assert [bool(connection.closed) for connection, _, _ in connections] == [
        connection in due for connection, _, _ in connections
    ]
    for connection, _, _ in connections:
        expirations.forget(connection)


async def test_what_has_ended_is_not_remembered_until_it_would_have_expired() -> None:
    expirations = Expirations(HandSetClock(BEFORE))
    staying = Ended()
    expirations.expect(staying, EXPIRES)
    for _ in range(10 * SPARE):
        leaving = Ended()
        expirations.expect(leaving, EXPIRES)
        expirations.forget(leaving)
    assert len(expirations._queue) <= SPARE + 4
    expirations.forget(staying)
