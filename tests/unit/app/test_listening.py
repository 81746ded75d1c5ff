"""Where does the server listen, and until when to clients that read nothing?"""

import asyncio
import socket
import sys

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app.server import SILENT_CLIENT_MILLISECONDS, Server, refuse_taken_address
from app.settings import SettingsRefused


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


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_address_that_is_taken_is_refused_and_one_that_is_free_again_is_not(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsRefused, match=rf"ATTUNE_PORT: cannot listen at {host}, port {port}: .*in use"):
            refuse_taken_address(host, port)
    refuse_taken_address(host, port)


def test_an_address_that_is_none_of_this_machine_is_refused() -> None:
    with pytest.raises(SettingsRefused, match=r"cannot listen at 192\.0\.2\.1"):
        refuse_taken_address("192.0.2.1", 8_000)
