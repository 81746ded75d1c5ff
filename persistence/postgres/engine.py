"""How does the engine connect to PostgreSQL, and how long may anything there take?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import create_async_engine

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class DatabaseTimeouts:
    """How many seconds the engine waits for what, before it calls the database unavailable."""

    wait_for_connection_seconds: float = 2.0
    connect_seconds: float = 2.0
    statement_seconds: float = 30.0
    lock_seconds: float = 5.0
    idle_in_transaction_seconds: float = 60.0


DEFAULT_TIMEOUTS = DatabaseTimeouts()
DEFAULT_POOL_SIZE = 10
_CONNECTION_LIFETIME_SECONDS = 1_800
# The server gives up first and says why; the client's own limit is for networks that swallow the answer.
_CLIENT_GRACE_SECONDS = 5.0


def create_engine(
    url: str | URL, *, pool_size: int = DEFAULT_POOL_SIZE, timeouts: DatabaseTimeouts = DEFAULT_TIMEOUTS
) -> AsyncEngine:
    """At most `pool_size` connections to `postgresql+asyncpg://...`; none is made before it is needed."""
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # they hold what users did and are: faults are logged without them
        pool_timeout=timeouts.wait_for_connection_seconds,
        pool_recycle=_CONNECTION_LIFETIME_SECONDS,
        pool_use_lifo=True,
        json_serializer=_json_text,
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": timeouts.connect_seconds,
            # SQLAlchemy keeps prepared statements itself; what goes to the driver directly is to be planned afresh.
            "statement_cache_size": 0,
            "command_timeout": timeouts.statement_seconds + _CLIENT_GRACE_SECONDS,
            "server_settings": _server_settings(timeouts),
        },
    )
    event.listen(engine.sync_engine, "checkout", _replace_if_closed)
    return engine


def _json_text(value: object) -> str:
    return orjson.dumps(value).decode()


def _server_settings(timeouts: DatabaseTimeouts) -> dict[str, str]:
    return {
        "application_name": "attune",
        "timezone": "UTC",
        "jit": "off",  # compiling costs more than any of our statements
        "statement_timeout": _milliseconds(timeouts.statement_seconds),
        "lock_timeout": _milliseconds(timeouts.lock_seconds),
        "idle_in_transaction_session_timeout": _milliseconds(timeouts.idle_in_transaction_seconds),
    }


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


def _replace_if_closed(connection: Any, _record: object, _proxy: object) -> None:
    """Notice a server that went away without asking it: its farewell has closed the connection already.

    Unlike `pool_pre_ping` this costs no round trip.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError
