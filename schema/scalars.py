"""How are instants and JSON written on the wire?"""

from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from domain.errors import InvalidInput

# One year from either end of the calendar: there, an instant cannot be written in UTC.
FIRST_YEAR = MINYEAR + 1
LAST_YEAR = MAXYEAR - 1
MAX_CHARACTERS = 40

FORM = "write an instant in ISO 8601, like 2030-01-31T09:30:00Z"


def read_instant(value: object) -> datetime:
    """Keeps the offset it was written with. Raises `InvalidInput`, whose message GraphQL shows with the value."""
    if not isinstance(value, str) or len(value) > MAX_CHARACTERS:
        raise InvalidInput(FORM)
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise InvalidInput(FORM) from None
    if instant.tzinfo is None:
        raise InvalidInput("its offset from UTC is missing: add Z, or one like +01:00")
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise InvalidInput(f"the year is not from {FIRST_YEAR} to {LAST_YEAR}")
    return instant


def write_instant(instant: datetime) -> str:
    in_utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return f"{in_utc.isoformat()[:-6]}Z"


def _as_it_is(value: Any) -> Any:
    return value


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "An instant in ISO 8601 with its offset from UTC, like `2030-01-31T09:30:00Z`. Always in UTC in answers; "
            "where interactions are tracked, the offset tells the user's local time."
        ),
        serialize=write_instant,
        parse_value=read_instant,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value, at most 8 levels deep and 16 KiB large.",
        serialize=_as_it_is,
        parse_value=_as_it_is,
    ),
}
