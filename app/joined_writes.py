"""How do the head of a response and the first of its body get onto the wire by one call of the system, not two?"""

from __future__ import annotations

import asyncio
from typing import Any


class JoinedWrites:
    """Stands before the transport for one response: what is written first waits for what is written next.

    If nothing is, until the event loop has had a turn, it goes alone. Half the time that a small response takes is
    spent in these calls.
    """

    __slots__ = ("_is_begun", "_transport", "_waiting")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._waiting: bytes | None = None
        self._is_begun = False

    def write(self, data: bytes) -> None:
        if not self._is_begun:
            self._is_begun = True
            self._waiting = data
            asyncio.get_running_loop().call_soon(self._flush)
        elif self._waiting is not None:
            joined, self._waiting = self._waiting + data, None
            self._transport.write(joined)
        else:
            self._transport.write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._transport.write(waiting)
