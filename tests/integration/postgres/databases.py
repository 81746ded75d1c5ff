"""Which databases do the tests of the PostgreSQL stores use? Their own, that no worker of a running engine touches."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from migrations.runner import migrate
from persistence.postgres.engine import create_engine
from persistence.postgres.tables import metadata
from persistence.postgres.units_of_work import PostgresUnitsOfWork

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.embedded.services import EmbeddedServices


async def new_database(server_url: str) -> str:
    """The address of a new, empty, unmigrated database on the same server."""
    name = f"test_{uuid4().hex}"
    administration = create_async_engine(server_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with administration.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await administration.dispose()
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
async def engine(services: EmbeddedServices) -> AsyncIterator[AsyncEngine]:
    """Connections to a migrated database."""
    url = await new_database(services.database_url)
    await migrate(url)
    engine = create_engine(url, pool_size=20)
    yield engine
    await engine.dispose()


@pytest.fixture
async def begin(engine: AsyncEngine) -> PostgresUnitsOfWork:
    """Units of work on empty tables."""
    async with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):  # with few rows, much faster than TRUNCATE
            await connection.execute(table.delete())
    return PostgresUnitsOfWork(engine)
