"""How are weekly windows and schedules written?"""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING

from domain.model.schedules import ALWAYS_SCHEDULED, EVERY_DAY, Schedule, Weekday, WeeklyWindow
from domain.rules.documents.codes import Code

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.json_values import Json
    from domain.rules.documents.reading import Reader

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?", re.ASCII)


def read_window(reader: Reader) -> WeeklyWindow:
    before = len(reader.problems)
    members = reader.members(required=("from", "until"), optional=("weekdays",))
    window = WeeklyWindow(
        start=members.read("from", _read_time, time()),
        until=members.read("until", _read_time, time()),
        weekdays=members.read("weekdays", _read_weekdays, EVERY_DAY),
    )
    if window.start == window.until and not reader.is_flawed_since(before):
        reader.refuse(Code.EMPTY_RANGE, "begin and end at different times; for the whole day, use no window", "until")
    return window


def window_document(window: WeeklyWindow) -> dict[str, Json]:
    times: dict[str, Json] = {"from": _time_text(window.start), "until": _time_text(window.until)}
    if window.weekdays == EVERY_DAY:
        return times
    return {"weekdays": [day.value for day in Weekday if day in window.weekdays], **times}


def read_schedule(reader: Reader) -> Schedule:
    before = len(reader.problems)
    members = reader.members(optional=("startsAt", "endsAt", "windows"))
    schedule = Schedule(
        starts_at=members.read("startsAt", _read_instant, None),
        ends_at=members.read("endsAt", _read_instant, None),
        windows=members.read("windows", lambda windows: windows.distinct(read_window), ()),
    )
    if reader.is_flawed_since(before) or schedule.starts_at is None or schedule.ends_at is None:
        return schedule
    if schedule.ends_at <= schedule.starts_at:
        reader.refuse(Code.EMPTY_RANGE, "end after the start, or leave out the end", "endsAt")
    return schedule


def schedule_document(schedule: Schedule) -> dict[str, Json] | None:
    """`None` for a schedule that never ends and has no windows."""
    if schedule == ALWAYS_SCHEDULED:
        return None
    return {
        "startsAt": instant_text(schedule.starts_at),
        "endsAt": instant_text(schedule.ends_at),
        "windows": [window_document(window) for window in schedule.windows],
    }


def _read_instant(reader: Reader) -> datetime | None:
    return reader.instant()


def _read_weekdays(reader: Reader) -> frozenset[Weekday]:
    return frozenset(reader.distinct(lambda day: day.member(Weekday), least=1))


def _read_time(reader: Reader) -> time:
    found = _TIME.fullmatch(reader.value) if isinstance(reader.value, str) else None
    if found is None:
        reader.refuse(Code.INVALID_TIME, "give a local time from 00:00 to 23:59 as HH:MM")
        return time()
    hour, minute, second = found.groups(default="0")
    return time(int(hour), int(minute), int(second))


def _time_text(local: time) -> str:
    return local.isoformat("seconds" if local.second else "minutes")


def instant_text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")
