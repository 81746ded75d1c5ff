"""How does the server write a response, and what if a client leaves that has asked for more before it was answered?"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.joined_writes import JoinedWrites

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGI3Application
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's own, which also tells the request that is being answered that its client has left.

    It writes the head of a response together with the first of its body.

    uvicorn (0.54) tells only the latest request that it has read from the connection. An event stream with another
    request behind it would go on for ever, into the void.
    """

    _answering: RequestResponseCycle | None = None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        cycle.transport = cast("asyncio.Transport", JoinedWrites(cycle.transport))
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
