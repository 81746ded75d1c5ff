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

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class NotStored(Exception):
    """One of the units of work failed, so none of them is stored, even if somebody made do without it."""


class JointUnitsOfWork:
    """Units of work within one transaction, one after another; each sees what those before it committed.

    What they lock stays locked until the end: others who want to change it wait, and give up. Whoever does not commit
    must have written nothing, or fail: units have no savepoints, since PostgreSQL would compare every version of a row,
    and everybody who locked it, with each of thousands of them.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._has_failed = False

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresUnitOfWork]:
        self.refuse_failed()
        try:
            yield PostgresUnitOfWork(_WithinAnother(self._connection))
        except BaseException:
            self._has_failed = True
            raise

    def refuse_failed(self) -> None:
        """Raises `NotStored` after a unit of work that failed."""
        if self._has_failed:
            raise NotStored


class _WithinAnother(Transaction):
    """What is committed is durable with the transaction around it."""

    async def commit(self) -> None:
        pass


@asynccontextmanager
async def jointly(engine: AsyncEngine) -> AsyncIterator[JointUnitsOfWork]:
    """Durable, all of them, when this ends without an exception; else none of them. Raises `NotStored`."""
    with outages_as_unavailable():
        connection = await engine.connect()
    try:
        begin = JointUnitsOfWork(connection)
        yield begin
        begin.refuse_failed()
        with outages_as_unavailable():
            await connection.commit()
    finally:
        with suppress(Unavailable), outages_as_unavailable():
            await asyncio.shield(asyncio.ensure_future(connection.close()))
