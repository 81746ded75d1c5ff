"""A real uvicorn in this process and event loop, as the endpoint meets it in production."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http_protocol import HttpProtocol
from app.websocket_protocol import WebSocketProtocol
from tests.transport import example
from transport.endpoint import GraphQLEndpoint
from transport.gate import Clock
from transport.limits import Limits
from transport.manifests import Manifest


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    world: example.World
    endpoint: GraphQLEndpoint

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"


@asynccontextmanager
async def serving(
    limits: Limits | None = None,
    *,
    clock: Clock | None = None,
    origins: frozenset[str] = frozenset(),
    queries_by_get: bool = False,
    manifest: Manifest | None = None,
    discreet: bool = False,
) -> AsyncIterator[Server]:
    world = example.World()
    endpoint = GraphQLEndpoint(
        example.schema,
        gate=example.gate(world, clock=clock, origins=origins, discreet=discreet),
        limits=limits or Limits(),
        queries_by_get=queries_by_get,
        manifest=manifest,
    )
    async with _listening(_with_active_count(endpoint, world)) as port:
        try:
            yield Server(port, world, endpoint)
        finally:
            await endpoint.close()


def _with_active_count(endpoint: GraphQLEndpoint, world: example.World) -> ASGIApp:
    """Also serve /active, where the audit reads how many `count` subscriptions run."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/active":
            await endpoint(scope, receive, send)
            return
        body = orjson.dumps({"active": world.active})
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    return app


@asynccontextmanager
async def _listening(app: ASGIApp) -> AsyncIterator[int]:
    config = uvicorn.Config(
        app,
        http=HttpProtocol,
        ws=WebSocketProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=5,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup(sockets=[listener])
        try:
            yield listener.getsockname()[1]
        finally:
            await server.shutdown(sockets=[listener])
