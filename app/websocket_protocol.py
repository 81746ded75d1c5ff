"""What does the server keep of a socket, and how does it end one whose client has said goodbye?"""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own, with two things mended that uvicorn (0.54) does.

    It keeps everything that was sent for the handshake as long as the socket lives: 4 KB that nobody asks for again.
    And it fails to shut down, with all other connections, where a client has said goodbye but does not read what is
    still on its way.
    """

    def start_keepalive(self) -> None:
        super().start_keepalive()
        del self.request, self.response
        self.scope["headers"] = []

    def shutdown(self) -> None:
        if self.conn.state is State.OPEN or self.close_sent or not self.handshake_complete:
            super().shutdown()
        else:
            self.stop_keepalive()
            self.transport.close()
