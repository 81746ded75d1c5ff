"""Are the logs of all users streamed in order, without PostgreSQL sorting or hashing all of them first?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from domain.ports.training_data import DataWindow
from persistence.postgres.training_data import UNWANTED, rows_of_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.ext.asyncio import AsyncEngine

pytest_plugins = ("tests.integration.postgres.databases",)

UNTIL = datetime(2026, 3, 4, 12, tzinfo=UTC)
MANY = """
INSERT INTO users (user_id) SELECT 'user-' || n FROM generate_series(1, 5000) n;
INSERT INTO interactions (user_id, key, kind, occurred_at, utc_offset_minutes, received_at)
SELECT 'user-' || 1 + n % 5000, n, 'CLICK', now(), 0, now() FROM generate_series(1, 50000) n;
ANALYZE"""


def node_types(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["Node Type"]
    for child in plan.get("Plans", ()):
        yield from node_types(child)


@pytest.mark.parametrize("received_as_occurred", [False, True])
async def test_rows_come_in_the_order_of_the_primary_keys(engine: AsyncEngine, *, received_as_occurred: bool) -> None:
    sql = rows_of_all(DataWindow(UNTIL, received_as_occurred=received_as_occurred))
    async with engine.connect() as connection:
        for statement in MANY.split(";"):
            await connection.execute(text(statement))
        for setting in UNWANTED:
            await connection.execute(text(f"SET LOCAL {setting} = off"))
        explained = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}", (UNTIL, None, 1.0))
        types = {*node_types(explained.scalar_one()[0]["Plan"])}
        await connection.rollback()

    assert not types & {"Sort", "Incremental Sort", "Hash Join", "Materialize"}
    assert "Merge Append" in types, types
