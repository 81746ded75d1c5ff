"""What is still to be sent on one socket, and what if its client does not read?"""

import asyncio
from typing import NoReturn

from starlette.types import Send

from transport.closings import POLICY_VIOLATION, Closed
from transport.limits import Limits


class Outbox:
    """A bounded queue with one writer: whoever fills it waits for this client to read, and for no other client."""

    def __init__(self, send: Send, limits: Limits) -> None:
        self._send = send
        self._frames: asyncio.Queue[str] = asyncio.Queue()
        # A semaphore serves whoever waits in turn; a full queue would let an operation that never pauses starve others.
        self._places = asyncio.Semaphore(limits.max_queued_frames)
        self._timeout_seconds = limits.send_timeout_seconds

    async def put(self, frame: str) -> None:
        """Queue a frame, waiting while the queue is full."""
        await self._places.acquire()
        self._frames.put_nowait(frame)

    async def write(self) -> NoReturn:
        """Send frame by frame; raises Closed when the client is gone or has stopped reading."""
        while True:
            frame = await self._frames.get()
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    await self._send({"type": "websocket.send", "text": frame})
            except TimeoutError:
                raise Closed(POLICY_VIOLATION, "The client reads too slowly") from None
            except OSError:  # by ASGI, what sending to a closed socket raises
                raise Closed(None) from None
            self._places.release()
