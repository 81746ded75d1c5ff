"""How many exposures a second become durable?"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg

from benchmarks.tables import Figure, share
from domain.model.adaptations import SetTheme, ThemeMode
from domain.model.assignments import Applied
from domain.model.experiments import VariationKey
from domain.model.rules import Rule, RuleChangeKind, RuleContent, RuleId, RuleKey, RuleStatus
from domain.model.users import UserId
from domain.ports.assignments import Application
from domain.use_cases.applications import APPLICATIONS_PER_UNIT_OF_WORK
from persistence.postgres.engine import create_engine
from persistence.postgres.units_of_work import PostgresUnitsOfWork

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.engines import MeasuredEngine

EXPOSURES = 20_000
RULE = RuleId("bench-exposures")
BOLD = VariationKey("bold")


async def measure(engine: MeasuredEngine) -> list[Figure]:
    """Of users nobody has heard of, then counts of the same. The engine folds them meanwhile, as it would."""
    exposures = _exposures()
    database = create_engine(engine.database_url)
    begin = PostgresUnitsOfWork(database)
    await _add_rule(begin)
    first = await _recorded_per_second(begin, exposures)
    again = await _recorded_per_second(begin, exposures)
    await database.dispose()
    floor = await _copied_per_second(engine, exposures)
    batch = f"{APPLICATIONS_PER_UNIT_OF_WORK:,} a transaction, durable"
    copied = f"COPY of the same rows {floor:,.0f}/s"
    return [
        Figure(f"first exposures of new users, {batch}", f"{first:,.0f}/s", copied, share(first, floor)),
        Figure(f"counts of known exposures, {batch}", f"{again:,.0f}/s", copied, share(again, floor)),
    ]


def _exposures() -> list[Application]:
    now, applied = datetime.now(UTC), Applied(RULE, 1, BOLD, probability=0.5)
    return [Application(UserId(f"exposed-{number}"), applied, now, now) for number in range(EXPOSURES)]


async def _add_rule(begin: PostgresUnitsOfWork) -> None:
    """A draft: it decides nothing."""
    now = datetime.now(UTC)
    content = RuleContent(RuleKey(RULE), RULE, (SetTheme(ThemeMode.DARK),))
    async with begin() as work:
        await work.rules.add(
            Rule(RULE, RULE, RuleStatus.DRAFT, 1, content, now, now, UserId("bench")), RuleChangeKind.CREATED
        )
        await work.commit()


async def _recorded_per_second(begin: PostgresUnitsOfWork, exposures: Sequence[Application]) -> float:
    began = time.perf_counter()
    for start in range(0, len(exposures), APPLICATIONS_PER_UNIT_OF_WORK):
        async with begin() as work:
            await work.assignments.record(exposures[start : start + APPLICATIONS_PER_UNIT_OF_WORK])
            await work.commit()
    return len(exposures) / (time.perf_counter() - began)


async def _copied_per_second(engine: MeasuredEngine, exposures: Sequence[Application]) -> float:
    """Rows a second that COPY makes durable in an unindexed table, as many a transaction."""
    connection = await asyncpg.connect(engine.database_url.replace("+asyncpg", ""))
    await connection.execute(
        "CREATE TABLE floor_rows (user_id text, rule_id text, run int, variation text, probability float8, "
        "first_exposed_at timestamptz, last_applied_at timestamptz, times_applied bigint)"
    )
    rows = [
        (one.user_id, RULE, one.applied.run, BOLD, one.applied.probability, one.first_at, one.last_at, one.times)
        for one in exposures
    ]
    began = time.perf_counter()
    for start in range(0, len(rows), APPLICATIONS_PER_UNIT_OF_WORK):
        batch = rows[start : start + APPLICATIONS_PER_UNIT_OF_WORK]
        await connection.copy_records_to_table("floor_rows", records=batch)
    seconds = time.perf_counter() - began
    await connection.execute("DROP TABLE floor_rows")
    await connection.close()
    return len(rows) / seconds
