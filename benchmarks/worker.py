"""What does the engine cost beside the least possible application in the very same process? `... serve --port PORT`

Paths besides the engine's own: `/anew` is its API without answers kept as bytes, `/hello` the least application,
`/processor` says how many seconds of the processor's time this process has used.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import uvicorn

from app import garbage
from app.asgi import Application, graphql_endpoint
from app.observability import configure_logging
from app.server import uvicorn_config
from app.settings import load_settings, log_key
from benchmarks.hello import hello
from transport.limits import Limits

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.settings import Settings
    from transport.endpoint import GraphQLEndpoint

KEEPING_NOTHING = Limits(kept_answers=0)


class Worker:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine = Application(settings, on_start=garbage.settle)
        self._anew: GraphQLEndpoint | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if path == "/hello":
            await hello(scope, receive, send)
        elif path == "/anew" and self._engine.engine is not None:
            if self._anew is None:
                self._anew = graphql_endpoint(self._settings, self._engine.engine, KEEPING_NOTHING)
            await self._anew(scope, receive, send)
        elif path == "/processor":
            await receive()
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": str(time.process_time()).encode()})
        else:
            await self._engine(scope, receive, send)


def main() -> None:
    settings = load_settings(port=int(sys.argv[-1]))
    configure_logging(settings.log_format, settings.log_level, log_key(settings))
    uvicorn.Server(uvicorn_config(Worker(settings), settings)).run()


if __name__ == "__main__":
    main()
