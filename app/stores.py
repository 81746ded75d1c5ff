"""Where are the stores for a command that works on them directly, whether an engine runs beside or not?"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.embedded.refusals import EmbeddedRefused
from app.embedded.running import addresses_in, is_in_use
from app.embedded.services import start_embedded
from app.embedded.signals import terminating_as_exit
from domain.errors import OperationRefused
from migrations.runner import is_current
from persistence.postgres.outages import outages_as_unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.settings import Settings


class DatabaseOutdated(OperationRefused):
    """The schema is not the one that this release needs."""

    code = "DATABASE_OUTDATED"


@contextmanager
def reachable_stores(settings: Settings) -> Iterator[Settings]:
    """The settings with the addresses of stores that have this release's schema.

    Embedded ones that nobody runs are started, and stopped at the end; there has to be data. Raises `EmbeddedRefused`,
    `DatabaseOutdated`, and `Unavailable` when the database does not answer.
    """
    with _running(settings) as connected:
        asyncio.run(_check_schema(connected))
        yield connected


@contextmanager
def _running(settings: Settings) -> Iterator[Settings]:
    if not settings.uses_embedded_servers:
        yield settings
        return
    data_dir = settings.data_dir.resolve()
    if not (data_dir / "postgres").exists():
        raise EmbeddedRefused(f"there is no data in {data_dir} yet: start `attune serve`, or give its --data-dir")
    if is_in_use(data_dir):
        database_url, redis_url = addresses_in(data_dir)
        yield settings.replaced(database_url=database_url, redis_url=redis_url, embedded=False)
        return
    with terminating_as_exit(), start_embedded(data_dir) as services:
        yield settings.replaced(database_url=services.database_url, redis_url=services.redis_url, embedded=False)


async def _check_schema(settings: Settings) -> None:
    if settings.database_url is None:
        raise ValueError("the address of the database has to be known before")
    with outages_as_unavailable():
        if not await is_current(settings.database_url):
            raise DatabaseOutdated("the database is not at the schema of this release: run `attune migrate`")
