"""What does an experiment cost a config query, and how many exposures a second become durable?"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import httpx2

from benchmarks.configs import QUERY
from benchmarks.load import Latencies, one_after_another, post
from benchmarks.pushes import CREATE, Admin
from benchmarks.tables import Figure, share, times
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
ASKING = 100
ROUNDS = 10
SETTLE_SECONDS = 3.0
PLACE = "bench-experiment"
ITS_OWN = {"addShortcut": {"target": "report"}}
VARIATIONS = [
    {"key": "as-is", "allocation": 0.5, "control": True, "adaptations": []},
    {"key": "dark", "allocation": 0.5, "adaptations": [{"setTheme": {"mode": "DARK"}}]},
]
START = "mutation ($id: ID!) { startExperiment(ruleId: $id) { userErrors { message } } }"
CONCLUDE = """mutation ($id: ID!) { concludeExperiment(ruleId: $id, winner: "dark") { userErrors { message } } }"""
RULE = RuleId("bench-exposures")
BOLD = VariationKey("bold")


async def measure(engine: MeasuredEngine) -> list[Figure]:
    return [await _experiment_figure(engine), *await _recording_figures(engine)]


async def _experiment_figure(engine: MeasuredEngine) -> Figure:
    """The same queries of the same users before an experiment is started, while it runs, and after it."""
    plan = {"variations": VARIATIONS, "goal": {"kind": "CONVERSION", "windowDays": 7}}
    content = {"key": PLACE, "name": PLACE, "places": [PLACE], "condition": {"always": True}, "experiment": plan}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{engine.port}") as http:
        admin = Admin(engine, http)
        rule = (await admin.ask(CREATE, {"input": {**content, "adaptations": [ITS_OWN]}}))["rule"]
        await admin.set_status(rule, "ACTIVE")
        before = await _warm(engine)
        await admin.ask(START, {"id": rule["id"]})
        running = await _warm(engine)
        await admin.ask(CONCLUDE, {"id": rule["id"]})
        after = await _warm(engine)
    off_ms = (before.p50 + after.p50) / 2
    return Figure(
        "config query, warm, an experiment running",
        f"p50 {running.p50:.2f} ms, p99 {running.p99:.2f} ms",
        f"not running: p50 {off_ms:.2f} ms",
        times(running.p50, off_ms),
    )


async def _warm(engine: MeasuredEngine) -> Latencies:
    """Every user again and again, one after another, once what they met is recorded and folded."""
    asked = {"query": QUERY, "variables": {"context": {"place": PLACE}}}
    requests = [post(engine.port, engine.token(f"asked-{number}"), asked) for number in range(ASKING)]
    await one_after_another(engine.port, requests)
    await asyncio.sleep(SETTLE_SECONDS)
    await one_after_another(engine.port, requests)
    return await one_after_another(engine.port, requests * ROUNDS)


async def _recording_figures(engine: MeasuredEngine) -> list[Figure]:
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
