"""Connections of the server end when their clients read nothing for too long."""

import asyncio
import socket
import sys

import uvicorn
from starlette.types import Receive, Scope, Send

from app.server import SILENT_CLIENT_MILLISECONDS, Server


async def application(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answers nothing: nobody asks."""


async def test_every_socket_that_is_listened_on_gives_up_clients_that_read_nothing() -> None:
    config = uvicorn.Config(application, host="localhost", port=0, lifespan="off", log_config=None)
    config.load()
    server = Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        listening = [found for each in server.servers for found in each.sockets]
        assert listening
        if sys.platform == "linux":
            options = {found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) for found in listening}
            assert options == {SILENT_CLIENT_MILLISECONDS}
    finally:
        await server.shutdown()
        await asyncio.gather(*(each.wait_closed() for each in server.servers))
