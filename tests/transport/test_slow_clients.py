"""A client that does not read delays its own subscriptions, is closed at last, and is nobody else's concern."""

import asyncio

import pytest
from starlette.types import Message

from tests.transport.servers import serving
from tests.transport.sockets import PATIENCE_SECONDS, acknowledged
from transport.closings import Closed
from transport.limits import Limits
from transport.outboxes import Outbox

FLOOD = "subscription { flood(kilobytes: 64) }"
# What uvicorn and the kernel may hold of one connection before writing blocks, generously.
IN_FLIGHT_FRAMES = 400


async def test_a_full_outbox_makes_its_user_wait_until_the_client_has_read() -> None:
    reads: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
    outbox = Outbox(reads.put, Limits(max_queued_frames=2))
    for frame in ("a", "b"):
        await outbox.put(frame)
    waiting = asyncio.create_task(outbox.put("c"))
    await asyncio.wait({waiting}, timeout=0)
    assert not waiting.done()
    writer = asyncio.create_task(outbox.write())
    assert [(await reads.get())["text"] for _ in range(3)] == ["a", "b", "c"]
    await waiting
    writer.cancel()
    await asyncio.wait({writer})


async def test_a_client_that_does_not_read_in_time_is_given_up() -> None:
    reads: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
    outbox = Outbox(reads.put, Limits(send_timeout_seconds=0.01))
    for frame in ("a", "b"):
        await outbox.put(frame)
    with pytest.raises(Closed) as closed:
        await outbox.write()
    assert closed.value.code == 1008


async def test_a_client_that_is_gone_ends_the_writer_without_a_close_code() -> None:
    async def send(_message: Message) -> None:
        raise OSError

    outbox = Outbox(send, Limits())
    await outbox.put("a")
    with pytest.raises(Closed) as closed:
        await outbox.write()
    assert closed.value.code is None


async def test_a_client_that_stops_reading_is_closed_and_others_are_served_meanwhile() -> None:
    async with serving(Limits(max_queued_frames=4, send_timeout_seconds=0.2)) as server:
        # The client library itself stops reading from the socket once it holds one message that nobody wants.
        async with acknowledged(server, max_queue=1) as stalled, acknowledged(server) as other:
            await stalled.subscribe("1", FLOOD)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await server.world.started.wait()
                await other.check_alive()
                await server.world.idle.wait()  # the source was closed: the stalled client was given up
            assert server.world.yielded < IN_FLIGHT_FRAMES
            await other.subscribe("1", "{ hello }")
            assert len(await other.results("1")) == 2
            stalled.connection.transport.abort()
        assert server.world.active == 0


async def test_a_source_that_never_waits_leaves_room_for_other_operations_of_a_client_that_reads() -> None:
    async with serving(Limits(max_queued_frames=4)) as server, acknowledged(server) as socket:
        await socket.subscribe("flood", FLOOD)
        await socket.subscribe("1", "{ hello }")
        assert len(await socket.results("1")) == 2
        await socket.complete("flood")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.world.idle.wait()
