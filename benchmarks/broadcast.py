"""What does telling many sockets one thing cost at the least? A server that repeats one message to everybody."""

from __future__ import annotations

import asyncio
import http
import sys
from typing import TYPE_CHECKING

from websockets.asyncio.server import ServerConnection, broadcast, serve

if TYPE_CHECKING:
    from websockets.http11 import Request, Response

listeners: set[ServerConnection] = set()


async def repeat(connection: ServerConnection) -> None:
    listeners.add(connection)
    async for message in connection:
        broadcast(listeners, message)
    listeners.discard(connection)


def health(connection: ServerConnection, request: Request) -> Response | None:
    return None if "upgrade" in request.headers else connection.respond(http.HTTPStatus.OK, "")


async def main(port: int) -> None:
    async with serve(repeat, "127.0.0.1", port, compression=None, process_request=health) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
