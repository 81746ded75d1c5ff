"""How does a GraphQL schema get onto the wire? One ASGI application for HTTP and WebSockets."""

from typing import Any

import strawberry
from starlette.types import Receive, Scope, Send

from transport import closings, handshakes
from transport.connections import Connection
from transport.gate import Gate
from transport.limits import Limits
from transport.manifests import Manifest
from transport.messages import SUBPROTOCOL
from transport.operations import Operations
from transport.over_http import GraphQLOverHTTP
from transport.registries import Registry


class GraphQLEndpoint:
    """An ASGI application that serves one Strawberry schema, whatever the path it is mounted at.

    HTTP: POST, by GraphQL over HTTP; `queries_by_get` also allows queries by GET. To a client that accepts
    `text/event-stream`, by the distinct connections mode of graphql-sse.
    WebSockets: graphql-transport-ws; the legacy subprotocol graphql-ws is refused.
    With a `manifest` only its documents are answered, and others to those of whom the gate says that they may.

    Run uvicorn with `ws_per_message_deflate=False` (compression costs 40 to 100 KiB a socket) and `ws_max_size` a
    little above `Limits.message_max_bytes`, so that larger messages are not even collected. Call `close` at shutdown.
    Whatever the server, it has to say `http.disconnect` when a client leaves, or else its event stream never ends:
    uvicorn 0.54 does not say so of a client that has sent another request meanwhile.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        gate: Gate[Any],
        limits: Limits,
        queries_by_get: bool = False,
        manifest: Manifest | None = None,
    ) -> None:
        """Raises ManifestRefused where a document of the manifest does not fit the schema or the limits."""
        self._gate = gate
        self.operations = Operations(schema, gate, limits, manifest)
        self._registry = Registry(gate, limits)
        self._http = GraphQLOverHTTP(self.operations, self._registry, queries_by_get=queries_by_get)

    @property
    def connections(self) -> int:
        """How many sockets and event streams are open."""
        return len(self._registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http.serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
        else:
            raise ValueError(f"This endpoint serves http and websocket, not {scope['type']}.")

    def begin_to_close(self) -> float:
        """Refuse new sockets and event streams, and end those that are open one after another, in so many seconds.

        Their clients connect again, elsewhere; requests are answered meanwhile.
        """
        return self._registry.begin_to_close()

    async def close(self) -> None:
        """End every socket with 1012 and every event stream, refuse new ones, and return when all have ended."""
        await self._registry.close()

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not handshakes.is_origin_allowed(scope, self._gate.origins):
            await handshakes.refuse(scope, send, 403)
        elif not self._registry.admits:
            await handshakes.refuse(scope, send, 503)
        elif SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            code = closings.SUBPROTOCOL_NOT_ACCEPTABLE
            await send({"type": "websocket.close", "code": code, "reason": "Subprotocol not acceptable"})
        else:
            connection = Connection(self.operations, self._registry, receive, send)
            with self._registry.holding(connection):
                await connection.run()
