"""How long is a duration that somebody typed?"""

from datetime import timedelta

import pytest

from app.cli.durations import DurationRefused, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        (" 30D ", timedelta(days=30)),
        ("2w", timedelta(days=14)),
    ],
)
def test_a_number_and_a_unit_make_a_duration(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "1", "h", "1.5h", "-1h", "1h30m", "1 h", "0s", "4000d", "9999999999s", "1y", "¹h"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(DurationRefused):
        parse_duration(text)
