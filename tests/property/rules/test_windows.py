"""Are the opening and closing times of weekly windows exact, daylight saving included?"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model.schedules import Weekday
from domain.rules.windows import contains, next_change
from tests.builders.profiles import ZONES, instants
from tests.builders.rules import windows

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.schedules import WeeklyWindow

WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


def _is_open(window: WeeklyWindow, instant: datetime, zone: ZoneInfo) -> bool:
    """The definition, by local wall time."""
    local = instant.astimezone(zone)
    clock = local.time().replace(fold=0)
    days = tuple(Weekday)
    today, yesterday = days[local.weekday()] in window.weekdays, days[local.weekday() - 1] in window.weekdays
    if window.start < window.until:
        return today and window.start <= clock < window.until
    return (today and clock >= window.start) or (yesterday and clock < window.until)


@settings(max_examples=300, deadline=None)
@given(window=windows(), instant=instants(), zone=st.sampled_from(ZONES))
def test_a_window_is_open_exactly_when_the_local_clock_shows_a_time_within_it(
    window: WeeklyWindow, instant: datetime, zone: str
) -> None:
    assert contains(window, instant, ZoneInfo(zone)) is _is_open(window, instant, ZoneInfo(zone))


@settings(max_examples=300, deadline=None)
@given(window=windows(), instant=instants(), zone=st.sampled_from(ZONES))
def test_the_next_change_is_the_first_minute_that_differs(window: WeeklyWindow, instant: datetime, zone: str) -> None:
    """Windows and shifts lie on whole minutes, so the first differing minute is the exact instant."""
    place = ZoneInfo(zone)
    change = next_change(window, instant, place)
    now = _is_open(window, instant, place)
    minute = instant.replace(second=0, microsecond=0) + MINUTE
    # Only part of the way is walked minute by minute; the rest hour by hour, which still finds any late answer.
    while minute < instant + WEEK + timedelta(days=1) and _is_open(window, minute, place) is now:
        near = change is not None and abs(change - minute) < timedelta(hours=3)
        minute += MINUTE if near or minute - instant < timedelta(hours=3) else timedelta(minutes=15)

    expected = minute if minute < instant + WEEK + timedelta(days=1) else None
    if expected is None:
        assert change is None or change >= instant + WEEK
    else:
        assert change == expected.astimezone(UTC)
