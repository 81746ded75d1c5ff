"""Does every socket end when the endpoint closes, whatever it is just about to do?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.transport import example
from tests.transport.sockets import PATIENCE_SECONDS
from transport.endpoint import GraphQLEndpoint
from transport.limits import Limits
from transport.messages import SUBPROTOCOL

if TYPE_CHECKING:
    from starlette.types import Message

SCOPE: dict[str, Any] = {"type": "websocket", "headers": [], "subprotocols": [SUBPROTOCOL]}


class Client:
    """The other side of one socket, without a network between: what it hears of is heard at once."""

    def __init__(self, world: example.World) -> None:
        self.endpoint = GraphQLEndpoint(example.schema, gate=example.gate(world), limits=Limits())
        self.says: asyncio.Queue[Message] = asyncio.Queue()
        self.hears: asyncio.Queue[Message] = asyncio.Queue()
        self.lets_through = asyncio.Event()
        self.says.put_nowait({"type": "websocket.connect"})

    async def send(self, message: Message) -> None:
        self.hears.put_nowait(message)
        await self.lets_through.wait()

    async def served(self) -> None:
        await self.endpoint(SCOPE, self.says.get, self.send)

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
