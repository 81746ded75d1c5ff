"""Do real logs, replayed in full, become exactly the profiles that they tell of, and how fast?

Not collected by pytest: `make test-logs` runs it, on the logs that lie in `../shared/data` beside the repository.
Prints a table and exits with 1 when anything disagrees.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from tests.e2e.figures import PROFILE, Event, differences, figures_of, told_by
from tests.e2e.interactions import folded
from tests.e2e.profiles import by_user
from tests.e2e.replays import replayed
from tests.faults.processes import EngineProcess, api_of, engine_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from tests.engines import Api, Speaker

DATA = Path(__file__).parents[3] / "shared" / "data"
SHOWN_DISAGREEMENTS = 20
TABLE_WIDTH = 120
USERS = f"""
query ($after: String) {{
  users(first: 100, after: $after) {{
    pageInfo {{ hasNextPage endCursor }}
    edges {{ node {{ id profile {{ {PROFILE} }} }} }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class RealLog:
    """A log, how `attune replay` is told to read it, and how this module does."""

    name: str
    columns: Mapping[str, str]

    @property
    def file(self) -> Path:
        return DATA / self.name / "events.csv.gz"

    @property
    def options(self) -> tuple[str, ...]:
        return ("--kind", "FEATURE_USE", "--map", ",".join(f"{field}={name}" for field, name in self.columns.items()))

    def events(self) -> Iterator[Event]:
        with gzip.open(self.file, "rt", newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                cells = {field: row[name] for field, name in self.columns.items()}
                yield Event(
                    user=sys.intern(cells["user"]),
                    at=datetime.fromtimestamp(int(cells["time"]), zone(int(cells.get("offset", "0")))),
                    target=sys.intern(cells["target"]),
                    value=float(cells["value"]) if "value" in cells else None,
                )


@lru_cache
def zone(offset_minutes: int) -> timezone:
    return timezone(timedelta(minutes=offset_minutes))


LOGS = (
    RealLog(
        "oss_contributions_a",
        {"user": "user_id", "time": "unix_ts", "target": "event", "value": "files", "offset": "tz_offset_min"},
    ),
    RealLog("abb_ide_usage", {"user": "user_id", "time": "unix_ts", "target": "event_id"}),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one log, replayed twice; `folded_seconds`: from the first line sent to the last profile up to date."""

    log: str
    users: int
    first: Mapping[str, Any]
    second: Mapping[str, Any]
    folded_seconds: float
    disagreements: list[str]

    @property
    def is_right(self) -> bool:
        lines = self.first["lines"]
        counts = (self.first["accepted"], self.second["accepted"], self.second["duplicates"])
        return counts == (lines, 0, lines) and not self.disagreements

    @property
    def cells(self) -> tuple[str, ...]:
        per_second = self.first["lines"] / self.folded_seconds
        counts = (self.users, self.first["lines"], self.first["accepted"], self.second["duplicates"])
        times = (f"{self.folded_seconds:,.0f}", f"{per_second:,.0f}", f"{self.second['events_per_second']:,.0f}")
        return (self.log, *(f"{count:,}" for count in counts), *times, f"{len(self.disagreements):,}")


async def outcome(log: RealLog, engine: EngineProcess, api: Api) -> Outcome:
    """Replay a log into an engine that has not seen its users."""
    reader = api.as_service()
    expected = Counter(event.user for event in log.events())
    began = time.monotonic()
    first = await replayed(log.file, engine.url, reader.token, *log.options)
    await all_folded(reader, expected)
    folded_seconds = time.monotonic() - began
    second = await replayed(log.file, engine.url, reader.token, *log.options)
    await all_folded(reader, expected)
    found = await disagreements(log, reader)
    return Outcome(log.name, len(expected), first, second, folded_seconds, found)


async def all_folded(reader: Speaker, expected: Mapping[str, int]) -> None:
    """Return when every profile knows of all its user's interactions."""
    told = dict.fromkeys(expected, 0)
    async for user, profile in told_profiles(reader):
        if user in told:
            told[user] = profile["activity"]["interactions"]
    for user, interactions in expected.items():
        if told[user] != interactions:
            await folded(reader, user, interactions)


async def disagreements(log: RealLog, reader: Speaker) -> list[str]:
    """Where the profiles are not what the log tells."""
    events = by_user(log.events())
    found = []
    async for user, profile in told_profiles(reader):
        if own := events.pop(user, None):
            now = datetime.now(UTC)
            found += [user + text for text in differences(figures_of(own, now), told_by(profile))]
    return found + [f"{user}: has no profile" for user in events]


async def told_profiles(reader: Speaker) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """All users with their profiles."""
    after = None
    while True:
        page = (await reader.ask(USERS, after=after))["users"]
        for edge in page["edges"]:
            yield edge["node"]["id"], edge["node"]["profile"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


async def main() -> int:
    """Replay every log that is there; 1 when anything is wrong."""
    present = [log for log in LOGS if log.file.exists()]
    console = Console(width=TABLE_WIDTH)
    if not present:
        console.print(f"no log lies in {DATA}: nothing to do")
        return 0
    table = Table("log", "users", "lines", "accepted", "duplicates", "seconds", "events/s", "again/s", "disagreements")
    outcomes = []
    with tempfile.TemporaryDirectory() as directory:
        async with engine_process(Path(directory) / "data") as engine, api_of(engine) as api:
            for log in present:
                try:
                    one = await outcome(log, engine, api)
                except AssertionError:
                    console.print(engine.last_words, markup=False)
                    raise
                outcomes.append(one)
                table.add_row(*one.cells)
                for text in one.disagreements[:SHOWN_DISAGREEMENTS]:
                    console.print(text)
    console.print(table)
    return 0 if all(one.is_right for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
