"""A client of graphql-transport-ws that sends and receives single messages, right and wrong ones."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.transport.servers import Server

PATIENCE_SECONDS = 10


class Socket:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: object) -> None:
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def subscribe(self, operation_id: str, query: str, **more: Any) -> None:
        await self.send({"id": operation_id, "type": "subscribe", "payload": {"query": query, **more}})

    async def complete(self, operation_id: str) -> None:
        await self.send({"id": operation_id, "type": "complete"})

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            frame = await self.connection.recv()
        assert isinstance(frame, str), "frames are text, not binary"
        message: dict[str, Any] = json.loads(frame)
        return message

    async def results(self, operation_id: str) -> list[dict[str, Any]]:
        """Return the messages of one operation until it ends, dropping those of others."""
        messages: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not messages or messages[-1]["type"] not in ("complete", "error"):
                message = await self.receive()
                if message.get("id") == operation_id:
                    messages.append(message)
        return messages

    async def check_alive(self) -> None:
        """Check that the socket is alive and that nothing else was under way before this answer."""
        await self.send({"type": "ping", "payload": {"probe": 1}})
        assert await self.receive() == {"type": "pong", "payload": {"probe": 1}}

    async def closed(self) -> tuple[int | None, str | None]:
        """Return the code and reason that the server closes with, dropping what it sends before."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                while True:
                    await self.connection.recv()
            except ConnectionClosed:
                return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def opened(
    server: Server, *, subprotocols: tuple[str, ...] = ("graphql-transport-ws",), origin: str | None = None, **more: Any
) -> AsyncIterator[Socket]:
    names = [Subprotocol(name) for name in subprotocols]
    headers = {} if origin is None else {"Origin": origin}
    async with connect(
        server.ws, subprotocols=names or None, additional_headers=headers, compression=None, proxy=None, **more
    ) as connection:
        yield Socket(connection)


@asynccontextmanager
async def acknowledged(server: Server, payload: dict[str, Any] | None = None, **more: Any) -> AsyncIterator[Socket]:
    async with opened(server, **more) as socket:
        await socket.send({"type": "connection_init", "payload": payload})
        assert await socket.receive() == {"type": "connection_ack"}
        yield socket
