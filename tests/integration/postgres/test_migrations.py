"""Do migrations go up, down and up again, and end at the tables that the code declares?"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, NullPool, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from domain.model.footprints import ActiveDay, Footprint, Move, Standing
from migrations.runner import current_revision, downgrade, head_revision, is_compared, is_current, migrate
from persistence.documents.footprints import as_stored, earlier_to_bytes, footprint_from_bytes, footprint_to_bytes
from persistence.postgres.tables import INTERACTION_PARTITIONS, metadata
from tests.integration.postgres.databases import new_database
from tests.property.rollups.footprints import read_back

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from app.embedded.services import EmbeddedServices

pytest_plugins = ("tests.integration.postgres.databases",)

FOOTPRINT = Footprint(
    tuple(
        ActiveDay(20_000 + 3 * n, n, n % 2, n, 1, (("export", n), (f"naïve {n % 7}", 1))[: n % 3], standing)
        for n in range(63)
        for standing in [(None, Standing(("busy",), held_out=True), Standing())[n // 4 % 3]]
    ),
    is_known=True,
    segments=("busy",),
    moves=(Move(20_000, "busy", 1),),
    churn_micros=7,
)


@pytest.fixture
async def empty_url(services: EmbeddedServices) -> str:
    return await new_database(services.database_url)


async def inspected(url: str, question: Callable[[Connection], Any]) -> Any:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        answer = await connection.run_sync(question)
    await engine.dispose()
    return answer


async def changed(url: str, statement: str, values: dict[str, Any]) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.execute(text(statement), values)
    await engine.dispose()


def table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def leftovers(connection: Connection) -> list[str]:
    """Relations and types of ours, whatever their kind."""
    named = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname !~ '^alembic_version'"
    return [*connection.execute(text(named)).scalars()]


def differences(connection: Connection) -> Any:
    options = {"include_name": is_compared, "compare_type": True, "compare_server_default": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


async def test_up_down_and_up_again(empty_url: str) -> None:
    assert await current_revision(empty_url) is None
    assert not await is_current(empty_url)

    await migrate(empty_url)
    assert await current_revision(empty_url) == head_revision()
    assert await is_current(empty_url)
    migrated = await inspected(empty_url, table_names)

    await downgrade(empty_url)
    assert await current_revision(empty_url) is None
    assert await inspected(empty_url, leftovers) == []

    await migrate(empty_url)
    assert await inspected(empty_url, table_names) == migrated


async def test_the_migrated_tables_are_those_that_the_code_declares(empty_url: str) -> None:
    await migrate(empty_url)

    assert await inspected(empty_url, differences) == []


async def test_going_back_puts_all_days_of_footprints_together_again(empty_url: str) -> None:
    await migrate(empty_url)
    known = [replace(FOOTPRINT, days=FOOTPRINT.days[:length]) for length in (0, 1, 9, 60)]
    for number, footprint in enumerate(known):
        stored = read_back(as_stored(footprint))  # put away in more parts than one
        more = as_stored(replace(stored, days=(*stored.days, *FOOTPRINT.days[60:])))
        saved = {"user": f"u{number}", "latest": footprint_to_bytes(more), "earlier": earlier_to_bytes(more)}
        await changed(empty_url, "INSERT INTO users (user_id) VALUES (:user)", {"user": saved["user"]})
        await changed(
            empty_url,
            "INSERT INTO profiles (user_id, footprint, earlier_days) VALUES (:user, :latest, :earlier)",
            saved,
        )

    await downgrade(empty_url, "0012")

    stored_then = text("SELECT footprint FROM profiles ORDER BY user_id")
    found = await inspected(empty_url, lambda connection: connection.execute(stored_then).scalars().all())
    assert {orjson.loads(written)[0] for written in found} == {1}
    assert [footprint_from_bytes(written, None) for written in found] == [
        replace(one, days=(*one.days, *FOOTPRINT.days[60:])) for one in known
    ]
    await migrate(empty_url)


async def test_interactions_are_partitioned(empty_url: str) -> None:
    await migrate(empty_url)

    partitions = {f"interactions_p{number:02}" for number in range(INTERACTION_PARTITIONS)}
    assert partitions <= await inspected(empty_url, table_names)


async def test_every_constraint_has_a_name_of_ours(empty_url: str) -> None:
    await migrate(empty_url)
    unnamed = text(
        "SELECT conname FROM pg_constraint JOIN pg_class t ON t.oid = conrelid WHERE contype <> 'n' "
        "AND t.relnamespace = 'public'::regnamespace AND NOT t.relispartition AND relname <> 'alembic_version' "
        "AND conname !~ '^(pk|fk|uq|ck)_'"
    )

    assert await inspected(empty_url, lambda connection: [*connection.execute(unnamed).scalars()]) == []


async def test_every_foreign_key_has_an_index(empty_url: str) -> None:
    await migrate(empty_url)
    without = text(
        "SELECT conname FROM pg_constraint c WHERE contype = 'f' AND connamespace = 'public'::regnamespace "
        "AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])"
    )

    assert await inspected(empty_url, lambda connection: [*connection.execute(without).scalars()]) == []


async def test_processes_that_migrate_at_once_do_not_disturb_each_other(empty_url: str) -> None:
    await asyncio.gather(*(migrate(empty_url) for _ in range(4)))

    assert await is_current(empty_url)


async def test_migrating_again_changes_nothing(empty_url: str) -> None:
    await migrate(empty_url)
    await migrate(empty_url)

    assert await is_current(empty_url)
