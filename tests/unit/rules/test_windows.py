"""When do weekly windows open and close in the places where clocks shift?"""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.model.schedules import EVERY_DAY, Weekday, WeeklyWindow
from domain.rules.windows import contains, known_zone, next_change, week_pattern, zone_named

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WeeklyWindow(time(9), time(17), frozenset({Weekday.MONDAY, Weekday.FRIDAY}))
NIGHT = WeeklyWindow(time(22), time(6), frozenset({Weekday.SATURDAY}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        ("2026-03-02T08:59:59.999999+01:00", False),
        ("2026-03-02T09:00:00+01:00", True),
        ("2026-03-02T16:59:59.999999+01:00", True),
        ("2026-03-02T17:00:00+01:00", False),
        ("2026-03-03T09:00:00+01:00", False),
        ("2026-03-06T09:00:00+01:00", True),
    ],
)
def test_a_window_holds_its_start_and_not_its_end_on_its_weekdays(instant: str, *, is_open: bool) -> None:
    assert contains(OFFICE, at(instant), BERLIN) is is_open


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        ("2026-03-07T21:59:00+01:00", False),
        ("2026-03-07T22:00:00+01:00", True),
        ("2026-03-08T05:59:00+01:00", True),
        ("2026-03-08T06:00:00+01:00", False),
        ("2026-03-08T22:00:00+01:00", False),
        ("2026-03-07T03:00:00+01:00", False),
    ],
)
def test_past_midnight_a_window_belongs_to_the_weekday_on_which_it_started(instant: str, *, is_open: bool) -> None:
    assert contains(NIGHT, at(instant), BERLIN) is is_open


@pytest.mark.parametrize(
    ("window", "now", "change"),
    [
        (OFFICE, "2026-03-02T10:00:00+01:00", "2026-03-02T17:00:00+01:00"),
        (OFFICE, "2026-03-02T17:00:00+01:00", "2026-03-06T09:00:00+01:00"),
        # Berlin springs forward between Friday and Monday: the window still opens at nine by the clock.
        (OFFICE, "2026-03-27T17:00:00+01:00", "2026-03-30T09:00:00+02:00"),
        # The night of the shift has seven hours.
        (NIGHT, "2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00"),
        # From 02:30, which that day leaves out, on: local time jumps into the window.
        (WeeklyWindow(time(2, 30), time(4)), "2026-03-29T00:00:00+01:00", "2026-03-29T03:00:00+02:00"),
        # Until 02:30: local time jumps out of the window.
        (WeeklyWindow(time(1), time(2, 30)), "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"),
        # Wholly within the gap: it does not open that day.
        (WeeklyWindow(time(2), time(3)), "2026-03-29T00:00:00+01:00", "2026-03-30T02:00:00+02:00"),
        # The hour from two comes twice in autumn: the window opens, closes, and opens again when the clock goes back.
        (WeeklyWindow(time(1), time(2, 30)), "2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+02:00"),
        (WeeklyWindow(time(1), time(2, 30)), "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00"),
        (WeeklyWindow(time(1), time(2, 30)), "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00"),
    ],
)
def test_the_next_change_is_exact_through_shifts(window: WeeklyWindow, now: str, change: str) -> None:
    assert next_change(window, at(now), BERLIN) == at(change)


def test_windows_that_meet_have_no_change_between_them() -> None:
    pattern = week_pattern((WeeklyWindow(time(0), time(12)), WeeklyWindow(time(12), time(0))))

    assert pattern.edges == ()
    assert pattern.open_at_end


def test_a_week_round_window_never_changes() -> None:
    always = WeeklyWindow(time(6), time(6), EVERY_DAY)

    assert contains(always, at("2026-03-02T00:00:00+00:00"), BERLIN)
    assert next_change(always, at("2026-03-02T00:00:00+00:00"), BERLIN) is None


def test_a_window_over_the_end_of_the_week_goes_on_without_a_break() -> None:
    sunday = WeeklyWindow(time(20), time(4), frozenset({Weekday.SUNDAY}))

    assert next_change(sunday, at("2026-03-01T21:00:00+01:00"), BERLIN) == at("2026-03-02T04:00:00+01:00")


def test_no_windows_are_never_open() -> None:
    pattern = week_pattern(())

    assert not pattern.contains(0)
    assert pattern.until_next_edge(0) is None


@pytest.mark.parametrize("instant", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_no_fault(instant: datetime) -> None:
    contains(OFFICE, instant, BERLIN)
    change = next_change(OFFICE, instant, BERLIN)

    assert change is None or change > instant


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_iana_names_are_known_zones(name: str) -> None:
    assert known_zone(name)


@pytest.mark.parametrize(
    "name", ["", "Berlin", "Europe/", "Europe", "../etc/passwd", "/etc/localtime", "Europe/Berlin\x00", "é", "x" * 200]
)
def test_anything_else_is_not_a_known_zone_and_counts_as_utc(name: str) -> None:
    assert not known_zone(name)
    assert zone_named(name).key == "UTC"
