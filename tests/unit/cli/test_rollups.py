"""Do `attune rollups check` and `rebuild` say what is wrong with the sums, and make it right?"""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.embedded.services import start_embedded
from domain.ports.rollups import RollUpKey
from domain.rules.rollups.contributions import ACTIVITY
from migrations.runner import migrate
from persistence.postgres.engine import create_engine
from persistence.postgres.units_of_work import PostgresUnitsOfWork
from tests.unit.cli.shells import attune, refusal

DATA = Path("kept")


def add_something_wrong() -> None:
    """Sums of users that there are not, of an engine that was stopped."""

    async def append(url: str) -> None:
        await migrate(url)
        engine = create_engine(url, pool_size=1)
        async with PostgresUnitsOfWork(engine)() as work:
            await work.rollups.append({RollUpKey(ACTIVITY, 20_000): (1, 5), RollUpKey(ACTIVITY, 20_001): (2,)})
            await work.commit()
        await engine.dispose()

    with start_embedded(DATA) as services:
        asyncio.run(append(services.database_url))


def test_without_data_there_is_nothing_to_check() -> None:
    assert "there is no data" in refusal("rollups", "check", "--data-dir", DATA)


def test_wrong_sums_are_told_and_made_anew() -> None:
    add_something_wrong()
    wrong = attune("rollups", "check", "--data-dir", DATA)
    assert (wrong.code, wrong.output) == (1, "2 of activity differ: run `attune rollups rebuild`\n")
    assert attune("rollups", "rebuild", "--data-dir", DATA).output == "2 of activity were different\n"
    right = attune("rollups", "check", "--data-dir", DATA)
    assert (right.code, right.output) == (0, "all sums are what is stored of the users\n")
