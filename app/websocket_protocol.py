"""What does the server keep of a socket, and how does it end one whose client has said goodbye?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

if TYPE_CHECKING:
    from asyncio import BaseTransport


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own, with three things mended that uvicorn (0.54) does.

    It takes for granted that there is room for what is sent, also where the client has not read what it was answered
    over the same connection before: the transport has said so to the protocol for HTTP, and says it only once.
    It keeps everything that was sent for the handshake as long as the socket lives: 4 KB that nobody asks for again.
    And it fails to shut down, with all other connections, where a client has said goodbye, or was refused, but does not
    read what is still on its way.
    """

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        _, high = self.transport.get_write_buffer_limits()
        if self.transport.get_write_buffer_size() > high:
            self.pause_writing()

    def start_keepalive(self) -> None:
        super().start_keepalive()
        del self.request, self.response
        self.scope["headers"] = []

    def shutdown(self) -> None:
        is_answered = self.handshake_complete or self.conn.eof_sent
        if self.conn.state is State.OPEN or self.close_sent or not is_answered:
            super().shutdown()
        else:
            self.stop_keepalive()
            self.transport.close()
