"""How are statements run together in one transaction?"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from asyncpg import UniqueViolationError
from sqlalchemy import text

from persistence.postgres.outages import outages_as_unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from sqlalchemy import CursorResult, Executable
    from sqlalchemy.ext.asyncio import AsyncConnection

    from persistence.postgres.copied_rows import CopiedRows

_ANY = text("SELECT 1")


class Transaction:
    """One database transaction. Every call raises `Unavailable` when the database does not answer."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self) -> None:
        """For what goes to the driver itself: the database begins the transaction with the first other statement."""
        if not self._connection.in_transaction():
            await self.execute(_ANY)

    async def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run one statement; its rows are read already."""
        with outages_as_unavailable():
            return await self._connection.execute(statement, parameters)

    async def fetch_planned_afresh(self, sql: str, *parameters: object) -> Sequence[Sequence[Any]]:
        """Run one statement with a plan made for these very parameters and the tables as they are now.

        `execute` keeps plans with the connection: one made for thousands of keys, or while the tables were empty, can
        be a hundred times too slow for others until the next ANALYZE. As for `copy`, `begin` first.
        """
        with outages_as_unavailable():
            rows: Sequence[Sequence[Any]] = await (await self._driver()).fetch(sql, *parameters)
            return rows

    async def stream(self, sql: str, *parameters: object, batch_rows: int) -> AsyncIterator[Sequence[Sequence[Any]]]:
        """The rows of one statement in batches, as they are when it begins. `begin` first."""
        with outages_as_unavailable():
            cursor = await (await self._driver()).cursor(sql, *parameters)
            rows = await cursor.fetch(batch_rows)
        while rows:
            yield rows
            with outages_as_unavailable():
                rows = await cursor.fetch(batch_rows)

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Append rows by COPY. `begin` first."""
        with outages_as_unavailable():
            await (await self._driver()).copy_records_to_table(table, columns=columns, records=rows)

    async def append(self, table: str, rows: CopiedRows) -> None:
        """`copy` of rows that are encoded already."""
        with outages_as_unavailable():
            await _append(await self._driver(), table, rows)

    async def append_new(self, table: str, rows: CopiedRows) -> bool:
        """`append`, unless a unique key is there already: then no row is appended, and this is not so."""
        with outages_as_unavailable():
            driver = await self._driver()
            try:
                async with driver.transaction():  # a savepoint
                    await _append(driver, table, rows)
            except UniqueViolationError:
                return False
            return True

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails inside is undone alone; the transaction can go on."""
        with outages_as_unavailable():
            async with self._connection.begin_nested():
                yield

    async def commit(self) -> None:
        with outages_as_unavailable():
            await self._connection.commit()

    async def _driver(self) -> Any:
        return (await self._connection.get_raw_connection()).driver_connection


async def _append(driver: Any, table: str, rows: CopiedRows) -> None:
    await driver.copy_to_table(table, source=rows.content, columns=rows.columns, format="binary")
