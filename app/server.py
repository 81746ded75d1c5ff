"""How does one command bring the whole engine up, and down again?"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import uvicorn
from rich.console import Console
from uvicorn.supervisors import Multiprocess

from app import garbage
from app.asgi import GRAPHQL_PATH, Application
from app.authentication import TokenIssuer
from app.demo import DEMO_ADMIN, DEMO_USER, seed_demo
from app.documents import check_trusted_documents
from app.embedded.services import start_embedded
from app.embedded.signals import terminating_as_exit
from app.http_protocol import HttpProtocol
from app.observability import configure_logging
from app.settings import PREFIX, Environment, SettingsRefused, log_key, signing_secret
from app.sites import SITES
from app.websocket_protocol import WebSocketProtocol
from domain.model.principals import Role
from migrations.runner import migrate
from transport.limits import Limits

if TYPE_CHECKING:
    from asyncio.trsock import TransportSocket as Listening
    from collections.abc import Iterator

    from starlette.types import ASGIApp

    from app.settings import Settings
    from domain.model.users import UserId

READY_MADE_TOKENS_LAST = timedelta(days=30)
GRACE_SECONDS = 10
# What a client has not acknowledged, or has no room for, after this time it never will. A closed connection of such a
# client would otherwise keep its last 64 KiB in memory for as long as the client likes.
SILENT_CLIENT_MILLISECONDS = 60_000


class Server(uvicorn.Server):
    """One that leaves no connection to a client that stops reading."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                give_up_silent_clients(listening)


def give_up_silent_clients(listening: socket.socket | Listening) -> None:
    """Connections inherit the option from the socket that they come in by. Linux has it."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_CLIENT_MILLISECONDS)


def refuse_taken_address(host: str, port: int) -> None:
    """Before anything is started, and addresses and tokens are shown that would lead somewhere else."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: what has ended does not count
        try:
            trial.bind((host, port))
        except OSError as error:
            message = f"{PREFIX}HOST, {PREFIX}PORT: cannot listen at {host}, port {port}: {error.strerror}"
            raise SettingsRefused(message) from None


def serve(settings: Settings) -> None:
    """Start what the settings ask for and serve until a signal ends it."""
    configure_logging(settings.log_format, settings.log_level, log_key(settings))
    check_trusted_documents(settings)
    refuse_taken_address(settings.host, settings.port)
    with terminating_as_exit(), _stores(settings) as connected:
        if settings.uses_embedded_servers:
            asyncio.run(migrate(_url(connected)))
            if settings.environment is Environment.DEVELOPMENT:
                seed_demo(connected)
        _greet(connected)
        if connected.workers == 1:
            Server(uvicorn_config(Application(connected, on_start=garbage.settle), connected)).run()
        else:
            _serve_in_processes(connected)


@contextmanager
def _stores(settings: Settings) -> Iterator[Settings]:
    """The settings with the addresses of running stores."""
    if not settings.uses_embedded_servers:
        yield settings
        return
    with start_embedded(settings.data_dir) as services:
        yield settings.replaced(
            database_url=services.database_url, redis_url=services.redis_url, embedded=False, worker_in_server=True
        )


def _url(settings: Settings) -> str:
    if settings.database_url is None:
        raise ValueError("no database was started")
    return settings.database_url


def uvicorn_config(app: ASGIApp | str, settings: Settings) -> uvicorn.Config:
    """How every process serves; `app` may be named, for processes of their own."""
    return uvicorn.Config(
        app,
        http=HttpProtocol,
        ws=WebSocketProtocol,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        factory=isinstance(app, str),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Compression costs 40 to 100 KiB a socket, and configs are small.
        ws_per_message_deflate=False,
        ws_max_size=2 * Limits().message_max_bytes,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _serve_in_processes(settings: Settings) -> None:
    os.environ.update(_as_environment(settings))
    config = uvicorn_config("app.asgi:from_environment", settings)
    listening = config.bind_socket()
    give_up_silent_clients(listening)
    Multiprocess(config, sockets=[listening]).run()


def _as_environment(settings: Settings) -> dict[str, str]:
    """What worker processes need to find the same stores and accept the same tokens."""
    return {
        f"{PREFIX}DATABASE_URL": _url(settings),
        f"{PREFIX}REDIS_URL": settings.redis_url or "",
        f"{PREFIX}EMBEDDED": "false",
        f"{PREFIX}WORKER_IN_SERVER": str(settings.folds_in_server).lower(),
        f"{PREFIX}DATA_DIR": str(settings.data_dir.resolve()),
    }


def _greet(settings: Settings) -> None:
    console = Console(highlight=False, soft_wrap=True)
    base = f"http://{settings.host}:{settings.port}"
    addresses = (*(f"{pages.title} {base}/{pages.name}/" for pages in SITES), f"API {base}{GRAPHQL_PATH}")
    console.print("[bold]Attune[/bold]", *addresses, sep="  ")
    if settings.environment is Environment.DEVELOPMENT and settings.jwks_url is None:
        for user_id, role in ((DEMO_USER, Role.USER), (DEMO_ADMIN, Role.ADMIN)):
            console.print(f"{role} token ({user_id}): {ready_made_token(settings, user_id, role)}")


def ready_made_token(settings: Settings, user_id: UserId, role: Role) -> str:
    """A token for trying things out on this machine."""
    issuer = TokenIssuer(signing_secret(settings), settings.token_issuer, settings.token_audience)
    return issuer.issue(user_id, [role], READY_MADE_TOKENS_LAST, datetime.now(UTC))
