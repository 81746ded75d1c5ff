"""Where do the embedded servers of an engine answer that is running already?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.embedded.accounts import Account
from app.embedded.locks import DataDirectoryLock
from app.embedded.postgres import Durability, EmbeddedPostgres
from app.embedded.redis import EmbeddedRedis
from app.embedded.refusals import EmbeddedRefused
from app.embedded.sockets import socket_directory

if TYPE_CHECKING:
    from pathlib import Path


class Addresses(NamedTuple):
    database_url: str
    redis_url: str


def is_in_use(data_dir: Path) -> bool:
    """Does an engine run on this directory?"""
    try:
        DataDirectoryLock.acquire(data_dir).release()
    except EmbeddedRefused:
        return True
    return False


def addresses_in(data_dir: Path) -> Addresses:
    """Of the servers of the engine that is running on `data_dir`."""
    account = Account.owning(data_dir / "postgres")
    sockets = socket_directory(data_dir, account)
    postgres = EmbeddedPostgres.below(data_dir, sockets, account, Durability.DURABLE)
    return Addresses(postgres.url, EmbeddedRedis.below(data_dir, sockets, account).url)
