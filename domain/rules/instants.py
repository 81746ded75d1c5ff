"""How instants are counted: whole microseconds since 1970 UTC, which compare and subtract cheaply."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
DAY_SECONDS = 86_400
DAY_US = DAY_SECONDS * SECOND_US
WEEK_US = 7 * DAY_US

_MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Microseconds from 1970 UTC to an aware instant."""
    return (instant - EPOCH) // _MICROSECOND


def instant_at(microseconds_since_epoch: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds_since_epoch)


FOREVER_US = microseconds(datetime.max.replace(tzinfo=UTC))
"""The last instant that can be written down: what changes only then never changes."""


def instant_or_never(microseconds_since_epoch: int) -> datetime | None:
    """The instant, or `None` for `FOREVER_US` and later."""
    return None if microseconds_since_epoch >= FOREVER_US else instant_at(microseconds_since_epoch)
