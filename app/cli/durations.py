"""How long is `90s`, `15m`, `1h` or `30d`?"""

import re
from datetime import timedelta

DURATION = re.compile(r"(\d{1,9})([smhdw])", re.ASCII)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=3_660)


class DurationRefused(ValueError):
    """The text is no duration; one line that says why."""


def parse_duration(text: str) -> timedelta:
    """Read a whole number and a unit: s, m, h, d or w.

    Raises:
        DurationRefused: it is of another form, zero, or longer than ten years.

    """
    match = DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise DurationRefused(f"{text!r} is not a duration like 90s, 15m, 1h or 30d")
    duration = timedelta(**{UNITS[match[2]]: int(match[1])})
    if not timedelta() < duration <= LONGEST:
        raise DurationRefused(f"{text!r} is not between 1s and {LONGEST.days}d")
    return duration
