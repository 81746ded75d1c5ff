"""What does storing interactions in bulk cost, beside COPY into a bare table and into one with the same indexes?

The first is what PostgreSQL can do at the most. The second is what it takes to find a user's interactions again, in
their order, and to know which were sent twice; locking the users and marking them for folding come on top of it.
Processor time is that of all processes together: it says more than the clock where others use the machine.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

import asyncpg
import psutil  # type: ignore[import-untyped]  # psutil ships no annotations

from benchmarks.engines import measured_engine
from benchmarks.load import one_after_another, post
from benchmarks.tables import Figure, machine, share, show
from benchmarks.tracking import MUTATION
from domain.model.principals import Role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from benchmarks.engines import MeasuredEngine

ROWS = 1_000
BATCHES = 24
ROUNDS = 5
USERS = 500
FEATURES = 40
AT_A_TIME = (1, 4)
PARTITIONS = 16
COLUMNS = (
    *("user_id", "key", "kind", "target", "section", "device"),
    *("occurred_at", "utc_offset_minutes", "received_at"),
)
BARE = """
CREATE TABLE bare_rows (
    user_id text, key text, kind text, target text, section text, device text,
    occurred_at timestamptz, utc_offset_minutes smallint, received_at timestamptz
)
"""
INDEXED = "CREATE TABLE indexed_rows (LIKE interactions INCLUDING ALL) PARTITION BY HASH (user_id)"
MARKED = "SELECT count(*) FROM fold_marks"
PARTITION = "CREATE TABLE indexed_rows_{0} PARTITION OF indexed_rows FOR VALUES WITH (MODULUS {1}, REMAINDER {0})"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one row: by the clock, and of the processors of everybody who took part."""

    wall_us: float
    processor_us: float

    @property
    def per_second(self) -> float:
        return 1e6 / self.wall_us


def invented(name: str) -> list[list[Document]]:
    """Interactions of the last hours that nobody has sent yet under this name."""
    now = datetime.now(UTC)
    return [
        [
            {
                "key": f"{name}-{batch}-{row}",
                "userId": f"bulk-{(batch * ROWS + row) % USERS}",
                "kind": "FEATURE_USE",
                "target": f"feature_{row % FEATURES}",
                "section": "board",
                "device": "DESKTOP",
                "occurredAt": (now - timedelta(seconds=(BATCHES - batch) * ROWS - row)).isoformat(),
            }
            for row in range(ROWS)
        ]
        for batch in range(BATCHES)
    ]


async def measure(engine: MeasuredEngine, at_a_time: int, *, folding: bool) -> list[Figure]:
    """`folding`: the worker works beside, on the same processor as the server."""
    tracked, bare, indexed = map(_median, await turns(engine, at_a_time, folding=folding))
    what = f"{ROWS:,} a request, durable, {at_a_time} at a time, {'folded beside' if folding else 'not folded'}"
    return [
        _figure(what, tracked, "COPY into a bare table", bare),
        _figure(what, tracked, "COPY into a table with the same keys and indexes", indexed),
    ]


async def turns(engine: MeasuredEngine, at_a_time: int, *, folding: bool) -> tuple[list[Cost], list[Cost], list[Cost]]:
    """Of tracking, of COPY into a bare table and of COPY into one with the same indexes, turn by turn."""
    database = await asyncpg.connect(engine.database_url.replace("+asyncpg", ""))
    for statement in (BARE, INDEXED, *(PARTITION.format(number, PARTITIONS) for number in range(PARTITIONS))):
        await database.execute(statement)
    costs = []
    for turn in range(ROUNDS + 1):
        costs.append(await _turn(engine, f"{at_a_time}-{turn}", at_a_time))
        while folding and await database.fetchval(MARKED):  # noqa: ASYNC110 - another process folds
            await asyncio.sleep(0.05)
    await database.execute("DROP TABLE bare_rows, indexed_rows")
    await database.close()
    tracked, bare, indexed = zip(*costs[1:], strict=True)
    return [*tracked], [*bare], [*indexed]


async def _turn(engine: MeasuredEngine, name: str, at_a_time: int) -> tuple[Cost, Cost, Cost]:
    batches = invented(name)
    rows = [[*map(_row, documents)] for documents in batches]
    bare, indexed = [await _copied(engine, table, rows) for table in ("bare_rows", "indexed_rows")]
    token = engine.token("bench-service", Role.SERVICE)
    requests = [
        post(engine.port, token, {"query": MUTATION, "variables": {"input": documents}}) for documents in batches
    ]
    async with _measured(engine) as tracking:
        await asyncio.gather(*(one_after_another(engine.port, requests[n::at_a_time]) for n in range(at_a_time)))
    return tracking[0], bare, indexed


async def _copied(engine: MeasuredEngine, table: str, batches: Sequence[Sequence[tuple[Any, ...]]]) -> Cost:
    """A transaction for each batch, on one connection."""
    database = await asyncpg.connect(engine.database_url.replace("+asyncpg", ""))
    async with _measured(engine, copying=True) as copying:
        for rows in batches:
            await database.copy_records_to_table(table, columns=COLUMNS, records=rows)
    await database.execute(f"TRUNCATE {table}")
    await database.close()
    return copying[0]


@asynccontextmanager
async def _measured(engine: MeasuredEngine, *, copying: bool = False) -> AsyncIterator[list[Cost]]:
    """What a row of `BATCHES` costs; whoever copies is a client that does the work itself."""
    costs: list[Cost] = []
    used, began = _processor_seconds(engine, copying=copying), time.perf_counter()
    yield costs
    seconds = time.perf_counter() - began
    rows = ROWS * BATCHES
    costs.append(Cost(seconds / rows * 1e6, (_processor_seconds(engine, copying=copying) - used) / rows * 1e6))


def _processor_seconds(engine: MeasuredEngine, *, copying: bool) -> float:
    postmaster = psutil.Process(int((engine.data_dir / "postgres" / "postmaster.pid").read_text().split()[0]))
    server = next(child for child in psutil.Process().children() if str(engine.port) in child.cmdline())
    taking_part = [psutil.Process() if copying else server, postmaster, *postmaster.children()]
    used: float = sum(times.user + times.system for times in (process.cpu_times() for process in taking_part))
    return used


def _row(document: Document) -> tuple[Any, ...]:
    occurred_at = datetime.fromisoformat(document["occurredAt"])
    said = (document[name] for name in ("userId", "key", "kind", "target", "section", "device"))
    return *said, occurred_at, 0, occurred_at


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(median(cost.wall_us for cost in costs), median(cost.processor_us for cost in costs))


def _figure(what: str, tracked: Cost, floor: str, copied: Cost) -> Figure:
    of_processors = copied.processor_us / tracked.processor_us
    return Figure(
        what,
        f"{tracked.per_second:,.0f} rows/s, {tracked.processor_us:.1f} µs of the processors each",
        f"{floor}: {copied.per_second:,.0f} rows/s, {copied.processor_us:.1f} µs",
        f"{share(tracked.per_second, copied.per_second)}; of the processors {of_processors:.0%}",
    )


def main() -> None:
    figures = []
    for folding in (False, True):
        with measured_engine(worker_inside=folding) as engine:
            for at_a_time in AT_A_TIME:
                figures += asyncio.run(measure(engine, at_a_time, folding=folding))
    show(f"Bulk tracking on {machine()}; client and server share the machine", figures)


if __name__ == "__main__":
    main()
