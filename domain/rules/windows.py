"""When do weekly windows of local time open and close, exactly, through changes of daylight saving?

Windows become a pattern on the circle of one local week. Between two shifts of a zone's offset local time runs evenly,
so the next change is found by arithmetic; at a shift, local time jumps and the pattern is looked at anew. A time that
a spring gap leaves out never comes; a time that an autumn fold repeats comes twice.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from domain.model.schedules import Weekday
from domain.rules.instants import DAY_US, FOREVER_US, SECOND_US, WEEK_US, instant_at, instant_or_never, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import time

    from domain.model.schedules import WeeklyWindow

MAX_ZONE_NAME_CHARACTERS = 64
MAX_CACHED_ZONES = 1_024
_WEEKDAYS = tuple(Weekday)
# 1970 began on a Thursday; weeks begin on Mondays.
_EPOCH_IN_WEEK_US = 3 * DAY_US
_UTC = ZoneInfo("UTC")
# Offsets are less than a day, so only nearer to either end of the calendar than this local time cannot be told.
_FIRST_LOCAL_US = microseconds(datetime.min.replace(tzinfo=UTC)) + DAY_US
_LAST_LOCAL_US = FOREVER_US - DAY_US


@dataclass(frozen=True, slots=True)
class WeekPattern:
    """A set of local times of the week: `edges` are where it begins or ends, in microseconds since Monday 00:00.

    `open_at_end` tells whether Sunday's last moment belongs to it, and so everything up to the first edge.
    """

    edges: tuple[int, ...]
    open_at_end: bool

    def contains(self, position: int) -> bool:
        return bool(bisect_right(self.edges, position) & 1) is not self.open_at_end

    def until_next_edge(self, position: int) -> int | None:
        """Microseconds from a position to the next edge; `None` when the pattern has none."""
        if not self.edges:
            return None
        index = bisect_right(self.edges, position)
        return self.edges[index] - position if index < len(self.edges) else self.edges[0] + WEEK_US - position


def week_pattern(windows: Iterable[WeeklyWindow]) -> WeekPattern:
    """The union of windows."""
    spans = _merged(sorted(span for window in windows for span in _spans(window)))
    edges = [edge for span in spans for edge in span]
    open_at_end = bool(edges) and edges[-1] == WEEK_US
    if open_at_end:
        edges.pop()
        # The end of the week is its beginning: what goes on across it has no edge there.
        edges = edges[1:] if edges[0] == 0 else [0, *edges]
    return WeekPattern(tuple(edges), open_at_end)


def _spans(window: WeeklyWindow) -> Iterator[tuple[int, int]]:
    start, until = _time_us(window.start), _time_us(window.until)
    length = until - start if until > start else until - start + DAY_US
    for weekday in window.weekdays:
        begin = _WEEKDAYS.index(weekday) * DAY_US + start
        yield begin, min(begin + length, WEEK_US)
        if begin + length > WEEK_US:
            yield 0, begin + length - WEEK_US


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in spans:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _time_us(time_of_day: time) -> int:
    seconds = (time_of_day.hour * 60 + time_of_day.minute) * 60 + time_of_day.second
    return seconds * SECOND_US + time_of_day.microsecond


@lru_cache(maxsize=MAX_CACHED_ZONES)
def _loaded(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def known_zone(name: str) -> bool:
    """Is this the IANA name of a time zone?"""
    if not 0 < len(name) <= MAX_ZONE_NAME_CHARACTERS or not name.isascii():
        return False
    try:
        _loaded(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


def zone_named(name: str) -> ZoneInfo:
    """The zone; UTC for a name that is not (or no longer) known, because a config is always decided."""
    return _loaded(name) if known_zone(name) else _UTC


def offset_us(instant_us: int, zone: ZoneInfo) -> int:
    """Local time minus UTC at an instant."""
    if zone is _UTC:
        return 0
    clamped = min(max(instant_us, _FIRST_LOCAL_US), _LAST_LOCAL_US)
    local = instant_at(clamped).astimezone(zone)
    return microseconds(local.replace(tzinfo=UTC)) - clamped


def week_position(instant_us: int, zone: ZoneInfo) -> int:
    """Local time at an instant, in microseconds since Monday 00:00."""
    return (instant_us + offset_us(instant_us, zone) + _EPOCH_IN_WEEK_US) % WEEK_US


def next_edge_us(pattern: WeekPattern, instant_us: int, zone: ZoneInfo) -> int:
    """The first instant after `instant_us` at which the pattern opens or closes in the zone."""
    inside = pattern.contains(week_position(instant_us, zone))
    while instant_us < _LAST_LOCAL_US:
        remaining = pattern.until_next_edge(week_position(instant_us, zone))
        if remaining is None:
            break
        edge = instant_us + remaining
        shift = _first_shift(instant_us, edge, zone)
        if shift is None:
            return edge
        if pattern.contains(week_position(shift, zone)) is not inside:
            return shift
        instant_us = shift
    return FOREVER_US


def _first_shift(after: int, until: int, zone: ZoneInfo) -> int | None:
    """The first instant in (after, until] at which the zone's offset differs, if there is one.

    Looks day by day: no zone shifts there and back within a day.
    """
    if zone is _UTC:
        return None
    offset = offset_us(after, zone)
    steady = after
    while steady < until:
        probe = min(steady + DAY_US, until)
        if offset_us(probe, zone) != offset:
            return _shift_between(steady, probe, zone)
        steady = probe
    return None


def _shift_between(before: int, at_or_after: int, zone: ZoneInfo) -> int:
    """Bisects to the second: zones shift on whole seconds."""
    offset = offset_us(before, zone)
    low, high = before // SECOND_US, at_or_after // SECOND_US
    while high - low > 1:
        middle = (low + high) // 2
        if offset_us(middle * SECOND_US, zone) == offset:
            low = middle
        else:
            high = middle
    return high * SECOND_US


def contains(window: WeeklyWindow, instant: datetime, zone: ZoneInfo) -> bool:
    """Is the window open at an instant, for someone in the zone?"""
    return week_pattern((window,)).contains(week_position(microseconds(instant), zone))


def next_change(window: WeeklyWindow, instant: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant after `instant` at which the window opens or closes; `None`: never."""
    return instant_or_never(next_edge_us(week_pattern((window,)), microseconds(instant), zone))
