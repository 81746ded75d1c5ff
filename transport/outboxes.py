"""How do frames get onto one socket, and what if its client does not read?"""

import asyncio

from starlette.types import Send

from transport.closings import TRY_AGAIN_LATER, Closed
from transport.limits import Limits
from transport.waiting import in_time

FRAMES_PER_TURN = 16
"""After so many frames that nobody had to wait for, everybody else on the event loop gets a turn."""


class Outbox:
    """Whoever has a frame sends it, and waits until it is on its way.

    So nothing piles up here: of a source that keeps only the latest, a client that reads slowly gets the latest. A
    client that does not read makes nobody wait but its own operations, each with one frame.
    """

    __slots__ = ("_send", "_sent", "_timeout_seconds")

    def __init__(self, send: Send, limits: Limits) -> None:
        self._send = send
        self._sent = 0
        self._timeout_seconds = limits.send_timeout_seconds

    async def put(self, frame: str) -> None:
        """Send a frame; raises Closed when the client is gone or has stopped reading."""
        try:
            await in_time(self._send({"type": "websocket.send", "text": frame}), self._timeout_seconds)
        except TimeoutError:
            # Its page may have been asleep: it is to connect again when it wakes.
            raise Closed(TRY_AGAIN_LATER, "The client reads too slowly") from None
        except OSError:  # by ASGI, what sending to a closed socket raises
            raise Closed(None) from None
        self._sent += 1
        if self._sent % FRAMES_PER_TURN == 0:
            await asyncio.sleep(0)
