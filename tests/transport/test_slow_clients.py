"""A client that does not read delays its own subscriptions, is closed at last, and is nobody else's concern."""

import asyncio

import orjson
import pytest
from starlette.types import Message
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from tests.transport.servers import Server, serving
from tests.transport.sockets import PATIENCE_SECONDS, acknowledged
from transport.closings import Closed
from transport.limits import Limits
from transport.outboxes import FRAMES_PER_TURN, Outbox

FLOOD = "subscription { flood(kilobytes: 64) }"
# What uvicorn and the kernel may hold of one connection before writing blocks, generously.
IN_FLIGHT_FRAMES = 400


async def test_whoever_sends_waits_until_the_client_has_read() -> None:
    reads: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
    outbox = Outbox(reads.put, Limits())
    await outbox.put("a")
    waiting = asyncio.create_task(outbox.put("b"))
    await asyncio.wait({waiting}, timeout=0)
    assert not waiting.done()
    assert [(await reads.get())["text"] for _ in range(2)] == ["a", "b"]
    await waiting


async def test_a_client_that_does_not_read_in_time_is_given_up() -> None:
    reads: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
    outbox = Outbox(reads.put, Limits(send_timeout_seconds=0.01))
    await outbox.put("a")
    with pytest.raises(Closed) as closed:
        await outbox.put("b")
    assert closed.value.code == 1013


async def test_of_a_client_that_is_gone_nobody_is_told_a_close_code() -> None:
    async def send(_message: Message) -> None:
        raise OSError

    with pytest.raises(Closed) as closed:
        await Outbox(send, Limits()).put("a")
    assert closed.value.code is None


async def test_frames_that_nobody_has_to_wait_for_leave_others_a_turn() -> None:
    async def send(_message: Message) -> None: ...

    outbox, turns = Outbox(send, Limits()), 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    for number in range(4 * FRAMES_PER_TURN):
        await outbox.put(str(number))
    beside.cancel()
    assert turns >= 3


async def test_a_client_that_stops_reading_is_closed_and_others_are_served_meanwhile() -> None:
    async with serving(Limits(send_timeout_seconds=0.2)) as server:
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


async def test_while_one_client_reads_nothing_the_others_get_every_event() -> None:
    events = 1_000
    async with (
        serving(Limits(send_timeout_seconds=0.5)) as server,
        acknowledged(server, max_queue=1) as stalled,
        acknowledged(server) as other,
    ):
        await stalled.subscribe("1", FLOOD)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.world.started.wait()
        await other.subscribe("1", f"subscription {{ nodes(to: {events}) {{ name }} }}")
        messages = await other.results("1")
        assert [message["type"] for message in messages] == ["next"] * events + ["complete"]
        assert server.world.yielded - events < IN_FLIGHT_FRAMES
        stalled.connection.transport.abort()


@pytest.mark.parametrize("size", [256 * 1024, 1024 * 1024])
async def test_frames_of_a_mebibyte_end_their_own_socket_only(size: int) -> None:
    async with serving() as server, acknowledged(server) as large, acknowledged(server) as other:
        await large.send({"type": "ping", "payload": {"x": "x" * size}})
        assert (await large.closed())[0] == 1009
        await other.check_alive()


async def test_a_source_that_never_waits_leaves_room_for_other_operations_of_a_client_that_reads() -> None:
    async with serving() as server, acknowledged(server) as socket:
        await socket.subscribe("flood", FLOOD)
        await socket.subscribe("1", "{ hello }")
        assert len(await socket.results("1")) == 2
        await socket.complete("flood")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.world.idle.wait()
        socket.connection.transport.abort()


async def test_a_client_that_says_goodbye_and_reads_nothing_more_does_not_keep_the_server_from_shutting_down() -> None:
    async with serving() as server, acknowledged(server, max_queue=1, close_timeout=0.1) as socket:
        await socket.subscribe("flood", FLOOD)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.world.started.wait()
    assert server.world.active == 0


async def test_a_socket_behind_an_answer_that_nobody_reads_is_given_up_and_nothing_piles_up_for_it() -> None:
    async with serving(Limits(send_timeout_seconds=0.2, max_cost=10**6)) as server:
        transport = await _unread_answer(server)
        transport.write(_upgrade(server) + _frame({"type": "connection_init"}))
        transport.write(_frame({"id": "1", "type": "subscribe", "payload": {"query": MANY_NODES}}))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.endpoint._registry._empty.wait()  # it had come, and is gone
        assert server.world.yielded == 0
        transport.abort()


MANY_NODES = "subscription { nodes(to: 10000) { name } }"
# Some ten megabytes: more than the kernel takes of one connection.
LARGE = "{ node { children(first: 300) { " + " ".join(f"{'a' * 700}{number}: name" for number in range(50)) + " } } }"


class _StopsReading(asyncio.Protocol):
    """A client that reads the beginning of what it is sent, and no more."""

    def __init__(self) -> None:
        self.has_read = asyncio.Event()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, _data: bytes) -> None:
        self.transport.pause_reading()
        self.has_read.set()


async def _unread_answer(server: Server) -> asyncio.Transport:
    body = orjson.dumps({"query": LARGE})
    head = f"host: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_connection(_StopsReading, "127.0.0.1", server.port)
    transport.write(f"POST /graphql HTTP/1.1\r\n{head}\r\n\r\n".encode() + body)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await client.has_read.wait()
    return transport


def _upgrade(server: Server) -> bytes:
    client = ClientProtocol(parse_uri(server.ws), subprotocols=[Subprotocol("graphql-transport-ws")])
    client.send_request(client.connect())
    return b"".join(client.data_to_send())


def _frame(message: object) -> bytes:
    return Frame(Opcode.TEXT, orjson.dumps(message)).serialize(mask=True)
