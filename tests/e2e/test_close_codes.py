"""Does the npm client graphql-ws take our close codes as they are meant: come again, or give up?"""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import repeat
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from tests.e2e.followers import node_client
from transport import closings, messages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WAITED_OUT = (closings.SERVICE_RESTART, closings.TRY_AGAIN_LATER, closings.FORBIDDEN)
FINAL = (closings.TOO_MANY_CONNECTIONS, closings.MESSAGE_TOO_BIG, closings.BAD_REQUEST, closings.UNAUTHORIZED)


@asynccontextmanager
async def closing_with(code: int) -> AsyncIterator[str]:
    """The address of a server that ends every connection so, once its client has subscribed."""

    async def end(socket: ServerConnection) -> None:
        await socket.recv()  # connection_init
        await socket.send(messages.ack())
        await socket.recv()  # subscribe
        await socket.close(code)

    async with serve(end, "127.0.0.1", 0, subprotocols=[Subprotocol(messages.SUBPROTOCOL)]) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("code", WAITED_OUT)
async def test_clients_of_servers_that_restart_or_gave_them_up_come_again(code: int) -> None:
    async with closing_with(code) as url, node_client(url, repeat("a token")) as page:
        for _ in range(2):
            assert (await page.event())["event"] == "connected"
            assert (await page.event())["code"] == code


@pytest.mark.parametrize("code", FINAL)
async def test_clients_that_would_be_refused_again_give_up(code: int) -> None:
    async with closing_with(code) as url, node_client(url, repeat("a token")) as page:
        assert [(await page.event())["event"] for _ in range(3)] == ["connected", "closed", "refused"]
