"""How do tests talk to a whole engine, as host applications do?"""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import orjson
import uvicorn
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app.asgi import Application
from app.authentication import TokenIssuer
from app.http_protocol import HttpProtocol
from app.settings import Settings, signing_secret
from app.websocket_protocol import WebSocketProtocol
from domain.model.principals import Role
from domain.model.users import UserId
from prediction.serving.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.client import ClientConnection

    from prediction.serving.kinds import Kinds

PATIENCE_SECONDS = 30.0
"""Only a hung test takes this long."""


class Refusal(AssertionError):
    """The answer holds GraphQL errors."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(orjson.dumps(errors).decode())
        self.errors = errors

    @property
    def code(self) -> str:
        return str(self.errors[0].get("extensions", {}).get("code"))


@dataclass(frozen=True, slots=True)
class Api:
    """One engine's API. `as_user("ann")` and `as_admin()` speak with a token of their own."""

    settings: Settings
    port: int
    application: Application
    client: httpx2.AsyncClient

    def token(self, user_id: str, *roles: Role, expires_in: timedelta = timedelta(hours=1)) -> str:
        issuer = TokenIssuer(signing_secret(self.settings))
        return issuer.issue(UserId(user_id), roles or (Role.USER,), expires_in, datetime.now(UTC))

    def speaking(self, user_id: str, *roles: Role) -> Speaker:
        return Speaker(self, user_id, self.token(user_id, *roles))

    def as_user(self, user_id: str | None = None) -> Speaker:
        """By default a user nobody has heard of before."""
        return self.speaking(user_id or unique("user"), Role.USER)

    def as_admin(self) -> Speaker:
        return self.speaking("test-admin", Role.ADMIN)

    def as_service(self) -> Speaker:
        return self.speaking("test-service", Role.SERVICE)

    def as_analyst(self) -> Speaker:
        return self.speaking("test-analyst", Role.ANALYST)

    def as_nobody(self) -> Speaker:
        return Speaker(self, "", "")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody with a token, asking over HTTP or following over a WebSocket."""

    api: Api
    user_id: str
    token: str

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The `data` of the answer; raises `Refusal` when there are errors."""
        answer = await self.answer(query, **variables)
        if answer.get("errors"):
            raise Refusal(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    async def answer(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors included."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        response = await self.api.client.post(
            "/graphql", json={"query": query, "variables": variables}, headers=headers
        )
        answer: dict[str, Any] = orjson.loads(response.content)
        return answer

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Socket]:
        """A WebSocket, acknowledged."""
        url = f"ws://127.0.0.1:{self.api.port}/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], compression=None) as raw:
            socket_ = Socket(raw)
            payload = {"authorization": f"Bearer {self.token}"} if self.token else {}
            await socket_.send({"type": "connection_init", "payload": payload})
            assert (await socket_.receive())["type"] == "connection_ack"
            yield socket_

    @asynccontextmanager
    async def following(self, query: str, **variables: Any) -> AsyncIterator[Following]:
        """One subscription on a socket of its own."""
        async with self.connection() as socket_:
            yield await socket_.follow(query, **variables)


@dataclass(frozen=True, slots=True)
class Socket:
    raw: ClientConnection
    _ids: count[int] = field(default_factory=count)

    async def send(self, message: dict[str, Any]) -> None:
        await self.raw.send(orjson.dumps(message).decode())

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            message: dict[str, Any] = orjson.loads(await self.raw.recv())
        return message

    async def follow(self, query: str, **variables: Any) -> Following:
        identifier = str(next(self._ids))
        payload = {"query": query, "variables": variables}
        await self.send({"id": identifier, "type": "subscribe", "payload": payload})
        return Following(self, identifier)


@dataclass(frozen=True, slots=True)
class Following:
    """One subscription. Only one per socket may be read with `next`."""

    socket: Socket
    id: str

    async def next(self) -> dict[str, Any]:
        """The `data` of the next event; raises `Refusal` when it holds errors or the subscription was refused."""
        message = await self.socket.receive()
        assert message.get("id") == self.id, message
        if message["type"] == "error":
            raise Refusal(message["payload"])
        assert message["type"] == "next", message
        if message["payload"].get("errors"):
            raise Refusal(message["payload"]["errors"])
        data: dict[str, Any] = message["payload"]["data"]
        return data

    async def has_nothing_waiting(self) -> bool:
        """A ping overtakes nothing: once its pong is here, everything sent before it would be."""
        await self.socket.send({"type": "ping"})
        return bool((await self.socket.receive())["type"] == "pong")


@asynccontextmanager
async def serving(settings: Settings, kinds: Kinds = KINDS) -> AsyncIterator[Api]:
    """A real uvicorn in this event loop, on a port of its own."""
    application = Application(settings, kinds=kinds)
    config = uvicorn.Config(
        application,
        http=HttpProtocol,
        ws=WebSocketProtocol,
        lifespan="on",
        log_config=None,
        access_log=False,
        ws_per_message_deflate=False,
        workers=1,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # asyncio turns Nagle's algorithm off only for sockets that say they are TCP: else answers take 40 ms longer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        await server.startup(sockets=[listener])
        await server.on_tick(0)  # nothing else gives answers their date
        try:
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client:
                yield Api(settings, port, application, client)
        finally:
            await server.shutdown(sockets=[listener])


def unique(name: str) -> str:
    """A name that no other test uses."""
    return f"{name}-{uuid4().hex[:12]}"
