"""What does one machine need to run the engine? PostgreSQL and Redis, started together on one data directory."""

import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from app.embedded.accounts import Account
from app.embedded.locks import DataDirectoryLock
from app.embedded.postgres import Durability, EmbeddedPostgres
from app.embedded.redis import EmbeddedRedis
from app.embedded.sockets import socket_directory


@dataclass(frozen=True, slots=True)
class EmbeddedServices:
    """Both servers and the claim on their data; leaving the context stops them."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    _lock: DataDirectoryLock = field(repr=False)

    @property
    def database_url(self) -> str:
        """For SQLAlchemy's asyncpg dialect, password included; the same at every start."""
        return self.postgres.url

    @property
    def redis_url(self) -> str:
        """For redis-py; the same at every start."""
        return self.redis.url

    def stop(self) -> None:
        """Stop both servers cleanly, then give up the data directory; stopping twice does nothing."""
        if not self._lock.is_held:  # by now the servers may be another engine's
            return
        with ExitStack() as last_first:
            last_first.callback(self._lock.release)
            last_first.callback(self.postgres.stop)
            last_first.callback(self.redis.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def start_embedded(data_dir: Path, durability: Durability = Durability.DURABLE) -> EmbeddedServices:
    """Start PostgreSQL and Redis on `data_dir` (created if missing); returns when both answer.

    Servers that a killed engine left behind are ended first. Blocks for about two seconds the first time and
    well under one later: call it before the event loop starts, or in a thread.

    Raises:
        EmbeddedRefused: the directory is in use by another engine, or a server cannot start; one line.

    """
    data_dir = _prepared(data_dir)
    lock = DataDirectoryLock.acquire(data_dir)
    account = Account.owning(data_dir / "postgres")
    try:
        sockets = socket_directory(data_dir, account)
        services = EmbeddedServices(
            EmbeddedPostgres.below(data_dir, sockets, account, durability),
            EmbeddedRedis.below(data_dir, sockets, account),
            lock,
        )
    except BaseException:
        lock.release()
        raise
    try:
        services.redis.start()
        services.postgres.start()
    except BaseException:  # an interrupt during the start must not leave a server behind either
        services.stop()
        raise
    return services


def _prepared(data_dir: Path) -> Path:
    data_dir = data_dir.resolve()
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        data_dir.chmod(data_dir.stat().st_mode | 0o011)  # the servers' account has to pass, not to read
    return data_dir
