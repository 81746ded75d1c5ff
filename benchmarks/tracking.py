"""How many interactions a second become durable, 1,000 in a request?"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg

from benchmarks.load import one_after_another, post
from benchmarks.tables import Figure, share
from domain.model.principals import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.engines import MeasuredEngine

MUTATION = """mutation Track($input: [InteractionInput!]!) { trackInteractions(input: $input) {
  accepted duplicates userErrors { message path } } }"""
BATCH = 1_000
BATCHES = 30
USERS = 500
FEATURES = 40


async def measure(engine: MeasuredEngine) -> list[Figure]:
    requests = [_request(engine, batch) for batch in _batches()]
    engine_took = await one_after_another(engine.port, requests)
    floor_rows_per_second = await _copied_per_second(engine)
    rows_per_second = BATCH * len(requests) / engine_took.seconds
    return [
        Figure(
            f"bulk tracking, {BATCH:,} a request, durable",
            f"{rows_per_second:,.0f} interactions/s, p50 {engine_took.p50:.0f} ms a request",
            f"COPY of the same rows {floor_rows_per_second:,.0f}/s",
            share(rows_per_second, floor_rows_per_second),
        )
    ]


async def track_users(engine: MeasuredEngine, users: Iterable[str]) -> None:
    """Three interactions for every user, and wait until the last is folded."""
    now = datetime.now(UTC)
    interactions = [
        interaction(f"{user}-{number}", user, f"feature_{number}", now - timedelta(hours=number))
        for user in users
        for number in range(3)
    ]
    await track(engine, interactions)


async def track(engine: MeasuredEngine, interactions: list[dict[str, Any]]) -> None:
    """Send them all, and wait until the last is folded."""
    for start in range(0, len(interactions), BATCH):
        await one_after_another(engine.port, [_request(engine, interactions[start : start + BATCH])])
    connection = await asyncpg.connect(engine.database_url.replace("+asyncpg", ""))
    while await connection.fetchval("SELECT count(*) FROM fold_marks"):  # noqa: ASYNC110 - another process folds
        await asyncio.sleep(0.05)
    await connection.close()


def _batches() -> list[list[dict[str, Any]]]:
    now = datetime.now(UTC)
    return [
        [
            interaction(
                f"bulk-{batch}-{row}",
                f"bulk-{(batch * BATCH + row) % USERS}",
                f"feature_{row % FEATURES}",
                now - timedelta(seconds=(BATCHES - batch) * BATCH - row),
            )
            for row in range(BATCH)
        ]
        for batch in range(BATCHES)
    ]


def interaction(key: str, user: str, feature: str, at: datetime) -> dict[str, Any]:
    return {
        "key": key,
        "userId": user,
        "kind": "FEATURE_USE",
        "target": feature,
        "section": "board",
        "device": "DESKTOP",
        "occurredAt": at.isoformat(),
    }


def _request(engine: MeasuredEngine, interactions: list[dict[str, Any]]) -> bytes:
    token = engine.token("bench-service", Role.SERVICE)
    return post(engine.port, token, {"query": MUTATION, "variables": {"input": interactions}})


async def _copied_per_second(engine: MeasuredEngine) -> float:
    """Rows a second that COPY makes durable in an unindexed table, a transaction per batch."""
    connection = await asyncpg.connect(engine.database_url.replace("+asyncpg", ""))
    await connection.execute(
        "CREATE TABLE floor_rows "
        "(key text, user_id text, kind text, target text, section text, device text, at timestamptz)"
    )
    batches = [
        [
            (row["key"], row["userId"], row["kind"], row["target"], row["section"], row["device"], _instant(row))
            for row in batch
        ]
        for batch in _batches()
    ]
    began = time.perf_counter()
    for records in batches:
        await connection.copy_records_to_table("floor_rows", records=records)
    seconds = time.perf_counter() - began
    await connection.execute("DROP TABLE floor_rows")
    await connection.close()
    return BATCH * len(batches) / seconds


def _instant(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["occurredAt"])
