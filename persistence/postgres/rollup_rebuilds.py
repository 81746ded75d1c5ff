"""How are sums over users made afresh while users go on, without losing or doubling what they do?

Everything happens in one transaction that sees the database as of one instant (REPEATABLE READ): the footprints, the
sums and the differences of that instant, which it replaces. Folding writes a footprint and its difference together,
so both are seen or neither. Merging alone would move something from one side to the other: whoever merges is kept out
from before that instant on by a connection that holds their lock. If that should break, the replacing transaction
meets rows that others changed, and fails.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from persistence.postgres.outages import outages_as_unavailable
from persistence.postgres.rollups import (
    COPIED_COLUMNS,
    KEY_COLUMNS,
    MERGE_LOCK,
    SPAN_COLUMNS,
    added_up,
    records,
    spans_of,
)
from persistence.postgres.transactions import Transaction
from persistence.postgres.units_of_work import PostgresUnitOfWork

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping

    from sqlalchemy.ext.asyncio import AsyncEngine

    from domain.model.rollups import RollUpKey, Sums

_KEEP_MERGERS_OUT = text("SELECT pg_advisory_xact_lock(:lock)")
_PLACE_FOR_SUMS = text(
    f"CREATE TEMP TABLE afresh ON COMMIT DROP AS SELECT {KEY_COLUMNS}, sums FROM rollup_changes WITH NO DATA"  # noqa: S608
)
_OF_MEASURES = "WHERE measure = ANY (CAST(:measures AS text[]))"
_FORGET = tuple(
    text(f"DELETE FROM {table} {_OF_MEASURES}")  # noqa: S608
    for table in ("rollups", "rollup_spans", "rollup_changes")
)
_AFRESH = f"SELECT {KEY_COLUMNS}, sums::numeric[] AS sums FROM afresh {_OF_MEASURES}"  # noqa: S608
_KEEP = tuple(
    text(
        f"""
        INSERT INTO {table} ({key}, sums)
        SELECT * FROM ({added_up(source, key)}) AS totals WHERE 0 <> ANY (sums)
        """  # noqa: S608
    )
    for table, key, source in (
        ("rollups", KEY_COLUMNS, _AFRESH),
        ("rollup_spans", SPAN_COLUMNS, spans_of(_AFRESH)),
    )
)


def _taken_away(key: str, source: str) -> str:
    """The rows of a source, to be added up with what they are taken away from."""
    negative = "ARRAY(SELECT -amount FROM unnest(sums) WITH ORDINALITY AS placed (amount, at) ORDER BY at)"
    return f"SELECT {key}, {negative} FROM ({source}) AS taken_away"  # noqa: S608


# What is left of a key when the sums made afresh are taken away from those that are kept.
_LEFT = added_up(
    f"""
    SELECT {KEY_COLUMNS}, sums FROM rollups {_OF_MEASURES}
    UNION ALL SELECT {KEY_COLUMNS}, sums::numeric[] FROM rollup_changes {_OF_MEASURES}
    UNION ALL {_taken_away(KEY_COLUMNS, _AFRESH)}
    """  # noqa: S608
)
# The same of spans and the days in them, as they are kept.
_LEFT_OF_SPANS = added_up(
    f"""
    SELECT {SPAN_COLUMNS}, sums FROM rollup_spans {_OF_MEASURES}
    UNION ALL {_taken_away(SPAN_COLUMNS, spans_of(f"SELECT {KEY_COLUMNS}, sums FROM rollups {_OF_MEASURES}"))}
    """,  # noqa: S608
    SPAN_COLUMNS,
)
_DIFFERING = text(
    f"""
    SELECT measure, count(*) AS keys_differing
    FROM (SELECT measure, sums FROM ({_LEFT}) AS days UNION ALL SELECT measure, sums FROM ({_LEFT_OF_SPANS}) AS spans)
        AS rest
    WHERE 0 <> ANY (sums) GROUP BY measure
    """  # noqa: S608
)


class PostgresRollUpRebuild:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.work = PostgresUnitOfWork(transaction)

    async def add(self, sums: Mapping[RollUpKey, Sums]) -> None:
        await self._transaction.copy("afresh", COPIED_COLUMNS, records(sums))

    async def differing(self, measures: Collection[str]) -> Mapping[str, int]:
        rows = await self._transaction.execute(_DIFFERING, {"measures": list(measures)})
        return {row.measure: row.keys_differing for row in rows}

    async def replace(self, measures: Collection[str]) -> None:
        for statement in (*_FORGET, *_KEEP):
            await self._transaction.execute(statement, {"measures": list(measures)})

    async def commit(self) -> None:
        await self._transaction.commit()


class PostgresRollUpRebuilds:
    """Needs two connections, and patience: everything is one transaction, and its lock is held idly."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresRollUpRebuild]:
        with outages_as_unavailable():
            async with self._engine.connect() as keeper, self._engine.connect() as connection:
                await keeper.execute(_KEEP_MERGERS_OUT, {"lock": MERGE_LOCK})
                await connection.execution_options(isolation_level="REPEATABLE READ")
                await connection.execute(_PLACE_FOR_SUMS)
                yield PostgresRollUpRebuild(Transaction(connection))
