"""How long does it take to read analytics, and what does it cost to keep what they are read from?

Sums of 10 million interactions are made by the engine's own rules from footprints of 100,000 invented users, and
stored as merging leaves them; those of experiments and rules are invented as sums. Then everything is asked over HTTP.
What keeping costs is measured with real interactions: tracked, folded and merged, with roll-ups and without, in turns.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx2
import orjson

from app import garbage
from app.embedded.services import start_embedded
from app.settings import load_settings
from app.wiring import adapters, assemble
from benchmarks.engines import measured_engine
from benchmarks.load import one_after_another, post
from benchmarks.tables import Figure, machine, show, times
from domain.model.footprints import ActiveDay, Footprint, Move, Standing
from domain.model.interactions import Device, Interaction, InteractionKey, InteractionKind
from domain.model.principals import Role
from domain.model.rollups import RollUpKey
from domain.model.users import UserId
from domain.rules.instants import DAY_US, microseconds
from domain.rules.rollups.contributions import footprint_totals
from domain.use_cases import profiles
from domain.use_cases.deliveries import APPLIED_MEASURE
from domain.use_cases.outcomes import EXPERIMENT_MEASURE
from domain.use_cases.served_configs import SERVED
from migrations.runner import migrate
from persistence.postgres.rollups import COPIED_COLUMNS, SPAN_COLUMNS, added_up, spans_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from app.wiring import Engine
    from benchmarks.engines import MeasuredEngine
    from domain.model.rollups import Sums

USERS = 100_000
INTERACTIONS = 10_000_000
DAYS = 400
EXPERIMENTS = 50
RULES = 200
ASKED = 40
SEGMENTS = (
    *("new_user", "casual_user", "feature_explorer", "power_user", "goal_oriented", "mobile_first", "desktop_focused"),
    *("team_a", "team_b", "team_c"),
)
FEATURES = tuple(f"feature_{number:02}" for number in range(30))
CREATE = "mutation($input:RuleInput!){createRule(input:$input){rule{id} userErrors{message}}}"
ACTIVATE = "mutation($id:ID!){setRuleStatus(id:$id,expectedRevision:1,status:ACTIVE){userErrors{message}}}"
SAVE_SEGMENT = "mutation($input:SegmentInput!){saveSegment(input:$input){userErrors{message}}}"
TOLD = """users activeUsers interactions conversions configsServed cacheHitRate configLatencyMsP50 configLatencyMsP99
  pushes rulesActive experimentsRunning programmeLift{relative low high}"""
TOLD_BY_DAY = f"{TOLD} series{{day activeUsers interactions conversions}}"
ANALYSIS = """users activeUsers sessionsPerUser conversionRate valuePerUser churnRiskMean underperforming
  topFeatures{feature share}"""
ANALYSIS_BY_DAY = f"{ANALYSIS} series{{day users activeUsers conversions}}"
ASKING = "query($period:PeriodInput!)"
QUERIES = {
    "`analytics`, every field but suggestions": f"{ASKING}{{analytics(period:$period){{{TOLD_BY_DAY}}}}}",
    "the same without its series": f"{ASKING}{{analytics(period:$period){{{TOLD}}}}}",
    "10 `segments`, every field but suggestions": (
        f"{ASKING}{{segments{{key analysis(period:$period){{{ANALYSIS_BY_DAY}}}}}}}"
    ),
    "the same without their series": f"{ASKING}{{segments{{key analysis(period:$period){{{ANALYSIS}}}}}}}",
    "suggestions": f"{ASKING}{{analytics(period:$period){{suggestions{{id text}}}}}}",
}

ROUNDS = 6
MEASURED_USERS = 200
PER_USER_AND_DAY = 5
DAYS_BEFORE = 20
DAYS_MEASURED = 10


def footprint(random: Random, today: int) -> Footprint:
    """About 25 active days of four interactions each, seldom or often, of somebody in one to four segments."""
    active = min(DAYS, 1 + int(random.expovariate(1 / 24)))
    pace = active / DAYS * random.uniform(1, 4)
    first = today - DAYS if pace > 1 else random.randrange(today - DAYS, today - active)
    segments = tuple(sorted(random.sample(SEGMENTS, random.randrange(1, 5))))
    standing = Standing(segments, random.random() < 0.1)
    favourites = random.sample(FEATURES, 3)
    days = sorted({min(today, first + int(number / max(pace, 0.02))) for number in range(active)})
    return Footprint(
        tuple(_active_day(random, day, favourites, standing) for day in days),
        is_known=True,
        segments=segments,
        moves=tuple(Move(days[0], segment, 1) for segment in segments),
        churn_micros=random.randrange(1_000_000),
    )


def _active_day(random: Random, day: int, favourites: list[str], standing: Standing) -> ActiveDay:
    interactions = random.randrange(1, 9)
    conversions = int(random.random() < 0.05)
    uses = tuple(sorted((name, random.randrange(1, 3)) for name in favourites[: random.randrange(3)]))
    return ActiveDay(day, interactions, conversions, conversions * 9_500_000, 1, uses, standing)


def everybody(random: Random, today: int) -> tuple[dict[RollUpKey, Sums], int]:
    """The sums of so many users that they did `INTERACTIONS`, and how many users that took."""
    people, done = [], 0
    while done < INTERACTIONS:
        one = footprint(random, today)
        people.append(one)
        done += sum(day.interactions for day in one.days)
    return footprint_totals(people), len(people)


def experiments(random: Random, today: int) -> dict[RollUpKey, Sums]:
    """Of 50 experiments and of all rules, by day, as if each had run for 60 days."""
    sums: dict[RollUpKey, Sums] = {}
    for number in range(RULES):
        for day in range(today - 60, today):
            sums[RollUpKey(APPLIED_MEASURE, day, subject=f"rule-{number}")] = (random.randrange(1_000),)
            variations = ("control", "bold", "") if number < EXPERIMENTS else ("",)
            for segment in ("", *SEGMENTS):
                for variation in variations:
                    for goal in (-1, 0, 1):
                        key = RollUpKey(EXPERIMENT_MEASURE, day, segment, f"rule-{number}/1", variation, goal)
                        sums[key] = (random.randrange(100), 10, 50, 90, 40, 80, 30)
    for day in range(today - DAYS, today + 1):
        sums[RollUpKey(SERVED, day)] = tuple(random.randrange(100_000) for _ in range(25))
    return sums


async def store(connection: asyncpg.Connection[Any], sums: Mapping[RollUpKey, Sums]) -> None:
    await connection.copy_records_to_table(
        "rollups", columns=COPIED_COLUMNS, records=((*key, amounts) for key, amounts in sums.items())
    )


async def measure_reading(engine: MeasuredEngine) -> list[Figure]:
    random, today = Random(5), microseconds(datetime.now(UTC)) // DAY_US  # noqa: S311 - the same in every run
    connection = await asyncpg.connect(engine.database_url.replace("+asyncpg", ""))
    sums, users = everybody(random, today)
    await store(connection, sums)
    await store(connection, experiments(random, today))
    await connection.execute(
        f"INSERT INTO rollup_spans ({SPAN_COLUMNS}, sums) {added_up(spans_of('SELECT * FROM rollups'), SPAN_COLUMNS)}"  # noqa: S608
    )
    await connection.execute("VACUUM ANALYZE rollups, rollup_spans")
    rows = await connection.fetchval("SELECT count(*) FROM rollups")
    size = await connection.fetchval("SELECT pg_size_pretty(pg_total_relation_size('rollups'))")
    print(f"{users:,} users, {INTERACTIONS:,} interactions, {rows:,} rows of sums, {size}")
    admin = engine.token("bench-admin", Role.ADMIN)
    await _define(engine, admin)
    figures = [await _read(engine, connection, admin, name, days) for name in QUERIES for days in (30, DAYS - 1)]
    await connection.close()
    return figures


async def _define(engine: MeasuredEngine, admin: str) -> None:
    for key in SEGMENTS[7:]:
        segment = {"key": key, "name": key, "condition": {"traits": {"team": key}}}
        await _ask(engine, admin, SAVE_SEGMENT, {"input": segment})
    for number in range(RULES):
        content: dict[str, Any] = {
            "key": f"rule-{number}",
            "name": f"Rule {number}",
            "priority": number % 10,
            "condition": {"traits": {"plan": f"plan-{number % 7}"}},
            "adaptations": [{"setParameter": {"key": f"p{number % 40}", "value": number}}],
        }
        created = await _ask(engine, admin, CREATE, {"input": content})
        await _ask(engine, admin, ACTIVATE, {"id": created["createRule"]["rule"]["id"]})


async def _ask(engine: MeasuredEngine, token: str, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{engine.port}", timeout=60) as http:
        body = {"query": query, "variables": variables}
        answer = await http.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})
    data: dict[str, Any] = orjson.loads(answer.content)["data"]
    return data


async def _read(
    engine: MeasuredEngine, connection: asyncpg.Connection[Any], token: str, name: str, days: int
) -> Figure:
    until = datetime.now(UTC)
    period = {"from": (until - timedelta(days=days - 1)).isoformat(), "until": until.isoformat()}
    request = post(engine.port, token, {"query": QUERIES[name], "variables": {"period": period}})
    await one_after_another(engine.port, [request] * 3)
    took = await one_after_another(engine.port, [request] * ASKED)
    floor = await _selected(connection)
    return Figure(
        f"{name}, {days} days",
        f"p50 {took.p50:.1f} ms, p99 {took.p99:.1f} ms",
        f"the same by counting every row of sums {floor:,.0f} ms",
        times(took.p50, floor),
    )


async def _selected(connection: asyncpg.Connection[Any]) -> float:
    """Milliseconds to look at each row of sums once: what reading without an index would cost."""
    began = time.perf_counter()
    await connection.fetchval("SELECT sum(sums[1]) FROM rollups")
    return (time.perf_counter() - began) * 1e3


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds for tracking, folding, and merging."""

    track: float
    fold: float
    merge: float

    @property
    def all(self) -> float:
        return self.track + self.fold + self.merge


@contextmanager
def without_rollups() -> Iterator[None]:
    """Folding as if nothing of users were ever summed up."""

    async def nothing(*_: object) -> None:
        """Append nothing."""

    stand_ins: dict[str, Any] = {
        "fold_footprint": lambda footprint, *_: footprint,
        "settled": lambda before, *_: before,
        "recount": nothing,
    }
    kept = {name: getattr(profiles, name) for name in stand_ins}
    for name, stand_in in stand_ins.items():
        setattr(profiles, name, stand_in)
    try:
        yield
    finally:
        for name, real in kept.items():
            setattr(profiles, name, real)


def _batch(prefix: str, days_ago: int, now: datetime) -> list[Interaction]:
    at = now - timedelta(days=days_ago, hours=1)
    random = Random(days_ago)  # noqa: S311 - the same with and without
    return [
        Interaction(
            key=InteractionKey(f"{days_ago}-{number}"),
            user_id=UserId(f"{prefix}-{user}"),
            kind=random.choice((InteractionKind.FEATURE_USE, InteractionKind.PAGE_VIEW, InteractionKind.CLICK)),
            occurred_at=at + timedelta(minutes=number),
            target=random.choice(FEATURES),
            section="board",
            device=Device.DESKTOP,
        )
        for user in range(MEASURED_USERS)
        for number in range(PER_USER_AND_DAY)
    ]


async def _round(engine: Engine, prefix: str, now: datetime) -> Round:
    """Days that users are known for first; then the measured ones, each tracked, folded and merged."""
    track, fold, merge = engine.use_cases.track, engine.worker.fold_all, engine.merger.merge
    for days_ago in range(DAYS_MEASURED + DAYS_BEFORE, DAYS_MEASURED, -1):
        await track(_batch(prefix, days_ago, now))
        await fold()
    await merge()
    took = [0.0, 0.0, 0.0]
    for days_ago in range(DAYS_MEASURED, 0, -1):
        batch = _batch(prefix, days_ago, now)
        steps: list[Callable[[], Awaitable[object]]] = [partial(track, batch), fold, merge]
        for place, step in enumerate(steps):
            began = time.perf_counter()
            await step()
            took[place] += time.perf_counter() - began
    return Round(*took)


async def measure_keeping(engine: Engine) -> list[Figure]:
    await engine.use_cases.rules.refresh()
    now = datetime.now(UTC)
    with_, without = [], []
    for number in range(ROUNDS):
        with_.append(await _round(engine, f"with-{number}", now))
        with without_rollups():
            without.append(await _round(engine, f"without-{number}", now))
    interactions = MEASURED_USERS * PER_USER_AND_DAY * DAYS_MEASURED
    on, off = median(one.all for one in with_), median(one.all for one in without)
    parts = ", ".join(
        f"{name} {median(getattr(one, name) for one in with_):.2f}/{median(getattr(one, name) for one in without):.2f}"
        for name in ("track", "fold", "merge")
    )
    return [
        Figure(
            f"{interactions:,} interactions tracked, folded and merged",
            f"{on:.2f} s ({interactions / on:,.0f}/s); with/without: {parts} s",
            f"without roll-ups {off:.2f} s",
            f"+{on / off - 1:.1%}",
        )
    ]


async def _keeping() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="attune-bench-") as folder, start_embedded(Path(folder)) as services:
        await migrate(services.database_url)
        settings = load_settings(
            database_url=services.database_url, redis_url=services.redis_url, data_dir=Path(folder), train_every="off"
        )
        async with adapters(settings) as parts:
            engine = assemble(replace(parts))
            garbage.settle()  # as a server does
            return await measure_keeping(engine)


def main() -> None:
    kept = asyncio.run(_keeping())
    show(f"keeping roll-ups, {ROUNDS} rounds in turns, on {machine()}", kept)
    with measured_engine() as engine:
        read = asyncio.run(measure_reading(engine))
    show(f"reading analytics, {RULES} rules, {EXPERIMENTS} experiments, on {machine()}", read)


if __name__ == "__main__":
    main()
