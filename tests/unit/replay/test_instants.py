"""At which instant did a line happen, however its time is written?"""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.replay.instants import at_offset, parse_instant, parse_offset
from app.replay.refusals import LineRefused

INSTANT = datetime(2014, 2, 10, 16, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "1392048612",
        " 1392048612 ",
        1392048612,
        1392048612.0,
        "1392048612.0",
        "1.392048612e9",
        "1392048612000",
        1392048612000,
        "2014-02-10T16:10:12",
        "2014-02-10 16:10:12",
        "2014-02-10T16:10:12Z",
        "2014-02-10T17:10:12+01:00",
    ],
)
def test_every_usual_way_to_write_an_instant_is_read(written: object) -> None:
    assert parse_instant(written) == INSTANT


def test_parts_of_a_second_are_kept() -> None:
    assert parse_instant("1392048612.25") == INSTANT + timedelta(milliseconds=250)
    assert parse_instant("1392048612250") == INSTANT + timedelta(milliseconds=250)


def test_a_date_is_its_midnight_in_utc() -> None:
    assert parse_instant("1997-01-01") == datetime(1997, 1, 1, tzinfo=UTC)


def test_an_offset_that_the_time_itself_tells_is_kept() -> None:
    assert parse_instant("2014-02-10T17:10:12+01:00").utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize(("written", "minutes"), [("-23:59:30", -1439), ("+23:59:59.5", 1439), ("+00:00:01", 0)])
def test_seconds_are_cut_off_an_offset_and_the_instant_stays(written: str, minutes: int) -> None:
    instant = parse_instant(f"2014-02-10T17:10:12{written}")

    assert instant.utcoffset() == timedelta(minutes=minutes)
    assert instant == datetime.fromisoformat(f"2014-02-10T17:10:12{written}")


@pytest.mark.parametrize(
    "written",
    ["", " ", "yesterday", "nan", "inf", "-5", -5, "1_000", "10:30", "2014-13-01", "1" * 30, 1e300, True, None, [1]],
)
def test_what_is_no_instant_is_refused(written: object) -> None:
    with pytest.raises(LineRefused, match="neither unix seconds"):
        parse_instant(written)


def test_a_date_without_hyphens_is_not_taken_for_a_second_of_1970() -> None:
    with pytest.raises(LineRefused, match="write 1997-01-31"):
        parse_instant("19970131")
    assert parse_instant("19979931").year == 1970


@pytest.mark.parametrize(("written", "minutes"), [("60", 60), ("-330", -330), (0, 0), ("345.0", 345), ("-1439", -1439)])
def test_an_offset_counts_minutes_to_the_east(written: object, minutes: int) -> None:
    assert parse_offset(written) == timezone(timedelta(minutes=minutes))


@pytest.mark.parametrize("written", ["x", "60.5", "1440", "nan", "inf", True])
def test_what_is_no_offset_is_refused(written: object) -> None:
    with pytest.raises(LineRefused, match="not a number of minutes"):
        parse_offset(written)


def test_the_local_clock_shows_the_same_instant() -> None:
    local = at_offset(INSTANT, parse_offset("-330"))
    assert local == INSTANT
    assert local.isoformat() == "2014-02-10T10:40:12-05:30"


def test_a_local_time_outside_the_calendar_is_refused() -> None:
    with pytest.raises(LineRefused, match="out of range"):
        at_offset(datetime.max.replace(tzinfo=UTC), parse_offset("60"))
