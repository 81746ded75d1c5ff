"""Does every socket end when the endpoint closes, whatever it is just about to do?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders.asgi import question
from tests.transport import example
from tests.transport.sockets import PATIENCE_SECONDS
from transport.endpoint import GraphQLEndpoint
from transport.limits import Limits
from transport.messages import SUBPROTOCOL

if TYPE_CHECKING:
    from starlette.types import Message

SCOPE: dict[str, Any] = {"type": "websocket", "headers": [], "subprotocols": [SUBPROTOCOL]}
LIMITS, IMPATIENT = Limits(), Limits(send_timeout_seconds=0.01)
STREAM: dict[str, Any] = {
    "type": "http",
    "method": "POST",
    "headers": [(b"accept", b"text/event-stream"), (b"content-type", b"application/json")],
}


class Client:
    """The other side of one socket, without a network between: what it hears of is heard at once."""

    def __init__(self, world: example.World, limits: Limits = LIMITS) -> None:
        self.endpoint = GraphQLEndpoint(example.schema, gate=example.gate(world), limits=limits)
        self.says: asyncio.Queue[Message] = asyncio.Queue()
        self.hears: asyncio.Queue[Message] = asyncio.Queue()
        self.lets_through = asyncio.Event()
        self.says.put_nowait({"type": "websocket.connect"})

    async def send(self, message: Message) -> None:
        self.hears.put_nowait(message)
        await self.lets_through.wait()

    async def served(self, scope: dict[str, Any] = SCOPE) -> None:
        await self.endpoint(scope, self.says.get, self.send)

    async def closed(self) -> int:
        """The code that the socket is closed with."""
        while (message := await self.hears.get())["type"] != "websocket.close":
            pass
        code: int = message["code"]
        return code


@pytest.fixture
def world() -> example.World:
    return example.World()


@pytest.fixture
def client(world: example.World) -> Client:
    return Client(world)


async def test_a_socket_ends_whose_handshake_is_being_answered(client: Client) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        group.create_task(client.served())
        assert (await client.hears.get())["type"] == "websocket.accept"
        group.create_task(client.endpoint.close())
        await asyncio.sleep(0)
        client.lets_through.set()

        assert await client.closed() == 1012


async def test_a_socket_ends_whose_token_turns_out_to_be_good_in_the_same_moment(
    client: Client, world: example.World
) -> None:
    client.lets_through.set()
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        group.create_task(client.served())
        client.says.put_nowait(
            {"type": "websocket.receive", "text": '{"type":"connection_init","payload":{"token":"waits"}}'}
        )
        await client.hears.get()
        for _ in range(5):  # until it waits for the token to be checked
            await asyncio.sleep(0)
        group.create_task(client.endpoint.close())
        world.released.set()

        assert await client.closed() == 1012


async def test_a_socket_whose_client_does_not_even_read_that_it_was_accepted_is_given_up(world: example.World) -> None:
    client = Client(world, IMPATIENT)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await client.served()
    assert client.endpoint.connections == 0


async def test_a_stream_whose_client_does_not_even_read_the_head_is_given_up(world: example.World) -> None:
    client = Client(world, IMPATIENT)
    client.says.get_nowait()
    client.says.put_nowait({"type": "http.request", "body": question("subscription { forever }"), "more_body": False})
    async with asyncio.timeout(PATIENCE_SECONDS):
        await client.served(STREAM)
    assert (client.endpoint.connections, world.active) == (0, 0)
