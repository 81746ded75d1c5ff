"""Does a log replayed through the command line become exactly the profiles that it tells of?"""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from tests.e2e.figures import Event
from tests.e2e.logs import COLUMNS, log, row, written
from tests.e2e.profiles import disagreements
from tests.e2e.replays import counted, replayed
from tests.engines import Api, unique

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SEED = 20_261_123
BATCHES = ("--batch", "37", "--in-flight", "4")


def url(api: Api) -> str:
    return f"http://127.0.0.1:{api.port}/graphql"


async def test_a_replayed_log_becomes_the_profiles_it_tells_of_and_a_second_replay_changes_nothing(
    api: Api, tmp_path: Path
) -> None:
    events = log(SEED, datetime.now(UTC), unique("replay"))
    repeated = [*events, *events[::50]]  # lines that say the same are two interactions
    file = written(repeated, tmp_path / "log.csv.gz")
    token = api.as_service().token

    first = await replayed(file, url(api), token, *BATCHES)
    assert counted(first) == {"lines": len(repeated), "accepted": len(repeated), "duplicates": 0, "refused": 0}
    assert await disagreements(api, repeated) == []

    second = await replayed(file, url(api), token, "--batch", "101")
    assert counted(second) == {"lines": len(repeated), "accepted": 0, "duplicates": len(repeated), "refused": 0}
    assert await disagreements(api, repeated) == []


async def test_lines_with_the_same_key_count_once_wherever_they_stand(api: Api, tmp_path: Path) -> None:
    events = log(SEED + 1, datetime.now(UTC), unique("keyed"))
    lines = [(f"key-{number}", event) for number, event in enumerate(events)]
    doubled = lines + Random(SEED).sample(lines, len(lines) // 3)  # noqa: S311
    file = keyed(doubled, tmp_path / "log.csv.gz")

    summary = await replayed(file, url(api), api.as_service().token, *BATCHES)
    duplicates = len(doubled) - len(lines)
    assert counted(summary) == {"lines": len(doubled), "accepted": len(lines), "duplicates": duplicates, "refused": 0}
    assert await disagreements(api, events) == []


async def test_a_log_that_goes_on_where_another_ended_continues_the_profiles(api: Api, tmp_path: Path) -> None:
    events = sorted(log(SEED + 2, datetime.now(UTC), unique("parts")), key=lambda event: event.at)
    token = api.as_service().token
    for number in range(3):
        part = written(events[number::3], tmp_path / f"part-{number}.csv.gz")
        await replayed(part, url(api), token, *BATCHES)
        assert await disagreements(api, [e for n in range(number + 1) for e in events[n::3]]) == []


async def test_who_just_reaches_a_threshold_is_on_the_right_side_of_it(api: Api, tmp_path: Path) -> None:
    now, name = datetime.now(UTC).replace(microsecond=0), unique("threshold")
    events = [event for count in (8, 9) for event in days_in_a_row(f"{name}-{count}-days", count, now)]
    events += [event for count in (8, 9) for event in sessions(f"{name}-{count}-sessions", count, now)]
    await replayed(written(events, tmp_path / "log.csv.gz"), url(api), api.as_service().token)
    assert await disagreements(api, events) == []


def days_in_a_row(user: str, count: int, now: datetime) -> list[Event]:
    return [Event(user, now - timedelta(days=day, hours=1), target="export") for day in range(count)]


def sessions(user: str, count: int, now: datetime) -> list[Event]:
    """All on one day, of somebody who has been known for long."""
    known_since = Event(user, now - timedelta(days=50), target="export")
    latest = now - timedelta(days=3)
    return [known_since, *(replace(known_since, at=latest + number * timedelta(hours=1)) for number in range(count))]


def keyed(lines: Sequence[tuple[str, Event]], file: Path) -> Path:
    with gzip.open(file, "wt", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(("key", *COLUMNS))
        rows.writerows((key, *row(event)) for key, event in lines)
    return file
