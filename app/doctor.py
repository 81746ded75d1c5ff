"""What keeps the engine from working here, and what helps?"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from redis.asyncio import Redis
from sqlalchemy import NullPool, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from app.authentication import CLOCK_SKEW
from app.clocks import SystemClock
from app.documents import check_trusted_documents
from app.embedded.refusals import EmbeddedRefused
from app.embedded.running import addresses_in, is_in_use
from app.embedded.services import start_embedded
from app.settings import Environment, SettingsRefused, cache_key_secret
from domain.ports.counters import Counter
from migrations import runner
from persistence.redis.connections import TROUBLE, RedisConnections
from persistence.redis.counters import RedisCounters
from persistence.redis.keys import Keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.settings import Settings

OLDEST_POSTGRES = 15
OLDEST_REDIS = (6, 2)
# This release did not exist before.
EARLIEST_NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE_SECONDS = 5.0
LEAST_FREE_BYTES = 1 << 30
IDENTIFICATION = """
    SELECT current_setting('server_version_num')::int, current_setting('server_version'), clock_timestamp()
"""


class State(StrEnum):
    FINE = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one subject; `remedy` says what to do, if anything."""

    subject: str
    state: State
    text: str
    remedy: str = ""


class Stores(NamedTuple):
    """Where the stores answer; `are_new` says that they were started empty, just for the check."""

    database_url: str
    redis_url: str
    are_new: bool = False


class Reading(NamedTuple):
    """What a store's clock showed, and this machine's at the same moment."""

    store: str
    there: datetime
    here: datetime


def examine(settings: Settings) -> list[Finding]:
    """Check everything the engine needs; embedded servers that do not run are started meanwhile. Takes seconds."""
    findings = _configuration(settings)
    with ExitStack() as stopping:
        try:
            stores = _stores(settings, stopping)
        except (EmbeddedRefused, OSError) as refused:
            return [*findings, Finding("embedded servers", State.WRONG, str(refused), "see the reason beside")]
        return [*findings, *asyncio.run(_ask(stores, settings))]


def _configuration(settings: Settings) -> list[Finding]:
    servers = "embedded servers" if settings.uses_embedded_servers else "the servers of the two URLs"
    tokens = "an issuer's keys (JWKS)" if settings.jwks_url else "a shared secret"
    findings = [
        Finding("configuration", State.FINE, f"{settings.environment}, {servers}, tokens checked with {tokens}")
    ]
    if settings.uses_embedded_servers or (settings.token_secret is None and settings.jwks_url is None):
        findings.append(_data_directory(settings.data_dir.resolve()))
    if settings.trusted_documents is not None or settings.environment is Environment.PRODUCTION:
        findings.append(_trusted_documents(settings))
    return findings


def _trusted_documents(settings: Settings) -> Finding:
    if settings.trusted_documents is None:
        return Finding("trusted documents", State.NOTE, "users may send any operation", "see `attune documents --help`")
    try:
        number = check_trusted_documents(settings)
    except SettingsRefused as refused:
        return Finding("trusted documents", State.WRONG, str(refused), "run `attune documents` with this release")
    return Finding("trusted documents", State.FINE, f"{number:,} in {settings.trusted_documents}, all fit this release")


def _data_directory(data_dir: Path) -> Finding:
    existing = next(path for path in (data_dir, *data_dir.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Finding("data directory", State.WRONG, f"{existing} cannot be written to", "choose another --data-dir")
    free = shutil.disk_usage(existing).free
    if free < LEAST_FREE_BYTES:
        return Finding("data directory", State.WRONG, f"{free >> 20:,} MiB are free at {data_dir}", "make room")
    if not data_dir.exists():
        return Finding("data directory", State.NOTE, f"{data_dir} does not exist yet", "`attune serve` will make it")
    return Finding("data directory", State.FINE, f"{data_dir}, {free >> 30:,} GiB free")


def _stores(settings: Settings, stopping: ExitStack) -> Stores:
    if settings.database_url is not None and settings.redis_url is not None:
        return Stores(settings.database_url, settings.redis_url)
    data_dir = settings.data_dir.resolve()
    has_data = (data_dir / "postgres").exists()
    if has_data and is_in_use(data_dir):
        return Stores(*addresses_in(data_dir))
    place = data_dir if has_data else Path(stopping.enter_context(tempfile.TemporaryDirectory(prefix="attune-doctor-")))
    services = stopping.enter_context(start_embedded(place))
    return Stores(services.database_url, services.redis_url, are_new=not has_data)


async def _ask(stores: Stores, settings: Settings) -> list[Finding]:
    clocks: list[Reading] = []
    database = await _database(stores.database_url, clocks)
    migrations = [] if database.state is State.WRONG else [await _migrations(stores)]
    redis = await _redis(stores.redis_url, clocks)
    counted = redis.state is State.FINE and not stores.are_new
    activity = [await _activity(stores.redis_url, Keys(cache_key_secret(settings)))] if counted else []
    return [database, *migrations, redis, _clock(clocks), *activity]


async def _database(url: str, clocks: list[Reading]) -> Finding:
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": PATIENCE_SECONDS})
    try:
        async with engine.connect() as connection:
            before = time.monotonic()
            number, version, there = (await connection.execute(text(IDENTIFICATION))).one()
            milliseconds = (time.monotonic() - before) * 1_000
            clocks.append(Reading("PostgreSQL", there, datetime.now(UTC)))
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        remedy = "is ATTUNE_DATABASE_URL right, the server running, and the role allowed to log in?"
        return Finding("database", State.WRONG, f"PostgreSQL does not answer: {_cause(error)}", remedy)
    finally:
        await engine.dispose()
    if number // 10_000 < OLDEST_POSTGRES:
        return Finding("database", State.WRONG, f"PostgreSQL {version}", f"use {OLDEST_POSTGRES} or later")
    return Finding("database", State.FINE, f"PostgreSQL {version} answers in {milliseconds:.1f} ms")


async def _migrations(stores: Stores) -> Finding:
    if stores.are_new:
        return Finding("migrations", State.NOTE, "no database yet", "`attune serve` will make and migrate it")
    try:
        current, head = await runner.current_revision(stores.database_url), runner.head_revision()
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        return Finding("migrations", State.WRONG, _cause(error), "may the role read the table alembic_version?")
    if current != head:
        found = f"the database is at {current or 'no revision'}, this release needs {head}"
        return Finding("migrations", State.WRONG, found, "run `attune migrate`")
    return Finding("migrations", State.FINE, f"the database is at {current}, as this release needs")


async def _redis(url: str, clocks: list[Reading]) -> Finding:
    try:
        async with _client(url) as client, asyncio.timeout(PATIENCE_SECONDS):
            before = time.monotonic()
            seconds, microseconds = await client.time()
            milliseconds = (time.monotonic() - before) * 1_000
            there = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)
            clocks.append(Reading("Redis", there, datetime.now(UTC)))
            version = str((await client.info("server"))["redis_version"])
    except (*TROUBLE, ValueError) as error:
        remedy = "is ATTUNE_REDIS_URL right and the server running? Until then configs are decided without a cache"
        return Finding("Redis", State.WRONG, f"Redis does not answer: {_cause(error)}", remedy)
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        return Finding("Redis", State.WRONG, f"Redis {version}", f"use {'.'.join(map(str, OLDEST_REDIS))} or later")
    return Finding("Redis", State.FINE, f"Redis {version} answers in {milliseconds:.1f} ms")


async def _activity(url: str, keys: Keys) -> Finding:
    """What all processes together did in the last hour."""
    clock = SystemClock()
    connections = RedisConnections.to(url, clock)
    try:
        sums = await RedisCounters(connections, keys, clock).last_hour()
    finally:
        await connections.aclose()
    told = ", ".join(f"{sums.get(counter, 0):,} {counter.replace('_', ' ')}" for counter in Counter)
    return Finding("last hour", State.FINE, told)


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[Any]:
    client = Redis.from_url(url, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS, protocol=2)
    try:
        yield client
    finally:
        await client.aclose()


def _clock(clocks: list[Reading]) -> Finding:
    remedy = "let NTP set the clocks: tokens, schedules and times of interactions depend on them"
    if (now := datetime.now(UTC)) < EARLIEST_NOW:
        return Finding("clock", State.WRONG, f"this machine believes it is {now:%Y-%m-%d}", remedy)
    for reading in clocks:
        if abs(ahead := reading.here - reading.there) > CLOCK_SKEW:
            found = f"this machine is {ahead.total_seconds():+.0f} s from {reading.store}"
            return Finding("clock", State.WRONG, found, remedy)
    if not clocks:
        return Finding("clock", State.NOTE, f"{now:%Y-%m-%d %H:%M:%S} UTC, with nothing to compare it to")
    furthest = max(abs(reading.here - reading.there) for reading in clocks)
    return Finding("clock", State.FINE, f"within {furthest.total_seconds() * 1_000:.0f} ms of the stores")


def _cause(error: BaseException) -> str:
    """The driver's own words, in one line; SQLAlchemy's add the statement and a link."""
    origin = getattr(error, "orig", None) or error
    said = str(origin).strip() or type(origin).__name__
    return said.splitlines()[0]
