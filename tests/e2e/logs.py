"""What did several quite different people do in the last months? A small log, the same for the same seed."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random
from typing import TYPE_CHECKING

from tests.e2e.figures import Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

COLUMNS = ("user", "time", "offset", "kind", "target", "section", "device", "value")
FEATURES = tuple(f"feature-{number}" for number in range(12))
SECTIONS = ("board", "reports", "settings", None)


@dataclass(frozen=True, slots=True)
class Habit:
    """Somebody who came `sessions` times in the last `days`; of their interactions `conversions` are conversions."""

    name: str
    days: int
    sessions: int
    features: int
    devices: tuple[str | None, ...]
    conversions: float = 0.05
    offsets_minutes: tuple[int, ...] = (0,)


HABITS = (
    Habit("power", 25, 30, 8, ("DESKTOP", "DESKTOP", "DESKTOP", None)),
    Habit("newcomer", 5, 4, 4, ("DESKTOP", "MOBILE", "TABLET")),
    Habit("casual", 80, 9, 3, ("OTHER", None), offsets_minutes=(345,)),
    Habit("mobile", 40, 20, 6, ("MOBILE",), offsets_minutes=(-480, -420)),
    Habit("buyer", 60, 12, 2, ("TABLET", "MOBILE"), conversions=0.6),
    Habit("explorer", 20, 6, 12, ("DESKTOP", "OTHER"), offsets_minutes=(60, 120)),
    Habit("returning", 400, 25, 10, ("DESKTOP",), offsets_minutes=(-210,)),
)


def log(seed: int, now: datetime, prefix: str) -> list[Event]:
    """All habits' events, in the order of a log to which much came late; whole seconds, users named with `prefix`."""
    random = Random(seed)  # noqa: S311 - a test's own numbers
    events = sorted((event for habit in HABITS for event in _events(random, habit, now, prefix)), key=_instant)
    # Most lines arrive in order, some far too late: then they fall into sessions and days that are long closed.
    late = random.sample(events, len(events) // 10)
    return [event for event in events if event not in late] + late


def written(events: Sequence[Event], file: Path) -> Path:
    """A log as `attune replay` reads it: CSV with columns named like the fields, compressed."""
    with gzip.open(file, "wt", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(COLUMNS)
        rows.writerows(map(row, events))
    return file


def row(event: Event) -> tuple[object, ...]:
    """The cells of an event; what is not known is empty."""
    offset = event.at.utcoffset() or timedelta()
    when = (int(event.at.timestamp()), offset // timedelta(minutes=1))
    rest = (event.kind, event.target, event.section, event.device, event.value)
    return (event.user, *when, *("" if cell is None else cell for cell in rest))


def _events(random: Random, habit: Habit, now: datetime, prefix: str) -> Iterator[Event]:
    user = f"{prefix}-{habit.name}"
    for _ in range(habit.sessions):
        at = (now - timedelta(days=random.uniform(0.2, habit.days))).replace(microsecond=0)
        at = at.astimezone(timezone(timedelta(minutes=random.choice(habit.offsets_minutes))))
        device = random.choice(habit.devices)
        for _ in range(random.randint(1, 8)):
            kind, target, value = _deed(random, habit)
            yield Event(user, at, kind, target, random.choice(SECTIONS), device, value)
            # Half an hour exactly is still the same session, a second more is another.
            at += timedelta(seconds=random.choice((1, 60, 600, 1_800, 1_801)))


def _deed(random: Random, habit: Habit) -> tuple[str, str | None, float | None]:
    if random.random() < habit.conversions:
        return "CONVERSION", "order", round(random.uniform(1, 99), 2)
    if random.random() < 0.2:
        return "PAGE_VIEW", None, None
    return "FEATURE_USE", random.choice(FEATURES[: habit.features]), None


def _instant(event: Event) -> datetime:
    return event.at
