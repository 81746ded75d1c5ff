"""What if many units of work are to be stored together or not at all, and seen by nobody before?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from persistence.postgres.outages import outages_as_unavailable
from persistence.postgres.transactions import Transaction
from persistence.postgres.units_of_work import PostgresUnitOfWork

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction


class JointUnitsOfWork:
    """Units of work within one transaction, one after another; each sees what those before it committed.

    What they lock stays locked until the end: others who want to change it wait, and give up.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresUnitOfWork]:
        with outages_as_unavailable():
            savepoint = await self._connection.begin_nested()
        try:
            yield PostgresUnitOfWork(_UpToSavepoint(self._connection, savepoint))
        finally:
            if savepoint.is_active:
                with suppress(Unavailable), outages_as_unavailable():
                    await savepoint.rollback()


class _UpToSavepoint(Transaction):
    """Commits into the transaction around it."""

    def __init__(self, connection: AsyncConnection, savepoint: AsyncTransaction) -> None:
        super().__init__(connection)
        self._savepoint = savepoint

    async def commit(self) -> None:
        with outages_as_unavailable():
            await self._savepoint.commit()


@asynccontextmanager
async def jointly(engine: AsyncEngine) -> AsyncIterator[JointUnitsOfWork]:
    """Durable, all of them, when this ends without an exception; else none of them."""
    with outages_as_unavailable():
        connection = await engine.connect()
    try:
        yield JointUnitsOfWork(connection)
        with outages_as_unavailable():
            await connection.commit()
    finally:
        with suppress(Unavailable), outages_as_unavailable():
            await asyncio.shield(asyncio.ensure_future(connection.close()))
