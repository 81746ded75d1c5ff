"""At which instant, by which local clock, did a line of a log happen?"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from app.replay.refusals import LineRefused

# As seconds this is the year 5138; as milliseconds it is March 1973.
MILLISECONDS_FROM = 100_000_000_000
MILLISECONDS_UNTIL = MILLISECONDS_FROM * 1_000
NUMBER = re.compile(r"\d+(\.\d*)?([eE]\+?\d{1,2})?", re.ASCII)
DATE_DIGITS = 8
CENTURIES = ("19", "20")
MINUTE = timedelta(minutes=1)
MAX_OFFSET_MINUTES = 24 * 60 - 1
REMEMBERED_OFFSETS = 4_096
SHOWN_CHARACTERS = 40


def parse_instant(value: object) -> datetime:
    """Read unix seconds (whole or not), unix milliseconds, an ISO 8601 date or date-time; naive means UTC.

    Raises:
        LineRefused: it is none of these.

    """
    try:
        if isinstance(value, str):
            return _from_text(value.strip())
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _from_number(value)
    except (ValueError, OverflowError, OSError):
        pass
    raise LineRefused(f"the time {shortened(value)} is neither unix seconds, unix milliseconds nor an ISO date")


def _from_text(text: str) -> datetime:
    if text.isdigit():
        # A date without hyphens would pass for a second of the year 1970.
        if len(text) == DATE_DIGITS and _is_date(text):
            raise LineRefused(f"the time {shortened(text)} looks like a date: write {_hyphenated(text)}")
        return _from_number(int(text))
    if NUMBER.fullmatch(text):
        return _from_number(float(text))
    instant = datetime.fromisoformat(text)
    offset = instant.utcoffset()
    if offset is None:
        return instant.replace(tzinfo=UTC)
    if offset % MINUTE:  # the API and the store know minutes only
        return instant.astimezone(timezone(int(offset / MINUTE) * MINUTE))
    return instant


def _from_number(number: float) -> datetime:
    if number >= MILLISECONDS_FROM:
        if number >= MILLISECONDS_UNTIL:
            raise ValueError(number)
        return datetime.fromtimestamp(number / 1_000, UTC)
    if number < 0:
        raise ValueError(number)
    return datetime.fromtimestamp(number, UTC)


def _is_date(text: str) -> bool:
    if not text.startswith(CENTURIES):
        return False
    try:
        date.fromisoformat(_hyphenated(text))
    except ValueError:
        return False
    return True


def _hyphenated(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def parse_offset(value: object) -> timezone:
    """Read minutes east of UTC, like 60 or -330.

    Raises:
        LineRefused: it is not a whole number of minutes within a day.

    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _no_offset(value)
    return _offset(value)


@lru_cache(maxsize=REMEMBERED_OFFSETS)
def _offset(value: str | float) -> timezone:
    try:
        minutes = float(value)
    except ValueError:
        raise _no_offset(value) from None
    if not (minutes.is_integer() and abs(minutes) <= MAX_OFFSET_MINUTES):
        raise _no_offset(value)
    return timezone(timedelta(minutes=minutes))


def _no_offset(value: object) -> LineRefused:
    return LineRefused(f"the offset {shortened(value)} is not a number of minutes from UTC")


def at_offset(instant: datetime, offset: timezone) -> datetime:
    """The same instant by the local clock.

    Raises:
        LineRefused: there is no such year.

    """
    try:
        return instant.astimezone(offset)
    except OverflowError:
        raise LineRefused(f"the time {instant.isoformat()} is out of range") from None


def shortened(value: object) -> str:
    """What a message quotes of a value: at most 40 characters."""
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
