"""When a rule may apply: between two instants, and in weekly windows of the user's local time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, time


class Weekday(StrEnum):
    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


EVERY_DAY = frozenset(Weekday)


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """Local time, `start` inclusive, `until` exclusive; when `until <= start` it passes midnight.

    The weekdays are those on which the window starts.
    """

    start: time
    until: time
    weekdays: frozenset[Weekday] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Schedule:
    """Half-open: `starts_at` inclusive, `ends_at` exclusive; no windows means at any local time."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    windows: tuple[WeeklyWindow, ...] = ()


ALWAYS_SCHEDULED = Schedule()
