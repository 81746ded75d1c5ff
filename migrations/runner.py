"""How is a database brought to the schema that this release needs?"""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

# Any number will do, as long as every release uses the same one.
_ADVISORY_LOCK = 4_175_216_077
# A process that starts while another one migrates waits for it this long.
_WAIT_FOR_OTHERS = "600s"
# A change that cannot have its table's lock soon gives up, instead of queueing all readers behind it.
_LOCK_TIMEOUT = "5s"
_CONNECT_SECONDS = 5.0
_PARTITION_PREFIX = "interactions_p"


async def migrate(database_url: str, revision: str = "head") -> None:
    """Upgrade to `revision`, all or nothing; several processes may do so at once, the first one does the work."""
    await _run(database_url, command.upgrade, revision)


async def downgrade(database_url: str, revision: str = "base") -> None:
    """Go back to `revision`, all or nothing; what later revisions stored is lost."""
    await _run(database_url, command.downgrade, revision)


async def current_revision(database_url: str) -> str | None:
    """The revision that the database is at; `None` for a database never migrated."""
    async with _connected(database_url) as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def is_current(database_url: str) -> bool:
    """Is the database at the revision that this release needs?"""
    return await current_revision(database_url) == head_revision()


def head_revision() -> str | None:
    """The newest revision of this release."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_compared(name: str | None, kind: str, _parents: Mapping[Any, Any]) -> bool:
    """Leave the partitions out of comparisons between tables and metadata: only their parent is declared there."""
    return not (kind == "table" and name is not None and name.startswith(_PARTITION_PREFIX))


async def _run(database_url: str, migration: Callable[[Config, str], None], revision: str) -> None:
    def run(sync: Connection) -> None:
        config = _config()
        config.attributes["connection"] = sync
        migration(config, revision)

    async with _connected(database_url) as connection:
        await connection.execute(text(f"SET LOCAL lock_timeout = '{_WAIT_FOR_OTHERS}'"))
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
        await connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
        await connection.run_sync(run)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(database_url, poolclass=NullPool, connect_args={"timeout": _CONNECT_SECONDS})
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()
