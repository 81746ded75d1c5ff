"""What is refused before an interaction is stored."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from domain.rules.interactions import CLOCK_SKEW, MAX_BATCH, check_batch, check_interaction
from tests.builders.interactions import DAY, HOUR, MONDAY, interaction

if TYPE_CHECKING:
    from domain.model.interactions import Interaction

NOW = MONDAY + DAY
MICROSECOND = timedelta(microseconds=1)


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"in": value}
    return value


def refusals(refused: Interaction, retention: timedelta | None = None) -> list[tuple[str, tuple[str, ...]]]:
    return [(problem.code, problem.path) for problem in check_interaction(refused, NOW, retention)]


def test_a_full_interaction_at_every_limit_is_taken() -> None:
    full = interaction(
        NOW + CLOCK_SKEW,
        key="k" * 64,
        user_id="u" * 128,
        target="t" * 200,
        section="s" * 100,
        session_id="i" * 100,
        tags=("x" * 64,) * 20,
        value=-1e9,
        properties=nested(8),
    )
    assert check_interaction(full, NOW, retention=HOUR) == []


@pytest.mark.parametrize(
    ("overrides", "code", "path"),
    [
        ({"key": ""}, "INVALID_KEY", ("key",)),
        ({"key": "k" * 65}, "INVALID_KEY", ("key",)),
        ({"key": "a\nb"}, "INVALID_KEY", ("key",)),
        ({"user_id": ""}, "INVALID_USER_ID", ("userId",)),
        ({"user_id": "u" * 129}, "INVALID_USER_ID", ("userId",)),
        ({"user_id": " ada"}, "INVALID_USER_ID", ("userId",)),
        ({"target": ""}, "INVALID_LENGTH", ("target",)),
        ({"target": "t" * 201}, "INVALID_LENGTH", ("target",)),
        ({"target": "a\x00b"}, "INVALID_CHARACTER", ("target",)),
        ({"target": "\ud800"}, "INVALID_CHARACTER", ("target",)),
        ({"section": "s" * 101}, "INVALID_LENGTH", ("section",)),
        ({"section": "a\tb"}, "INVALID_CHARACTER", ("section",)),
        ({"session_id": "i" * 101}, "INVALID_LENGTH", ("sessionId",)),
        ({"tags": ("t",) * 21}, "TOO_MANY", ("tags",)),
        ({"tags": ("ok", "")}, "INVALID_LENGTH", ("tags", "1")),
        ({"tags": ("ok", "t" * 65)}, "INVALID_LENGTH", ("tags", "1")),
        ({"tags": ("\x85",)}, "INVALID_CHARACTER", ("tags", "0")),
        ({"value": math.nan}, "NOT_FINITE", ("value",)),
        ({"value": -math.inf}, "NOT_FINITE", ("value",)),
        ({"value": 1e9 + 1}, "OUT_OF_RANGE", ("value",)),
        ({"properties": []}, "INVALID_JSON", ("properties",)),
        ({"properties": nested(9)}, "INVALID_JSON", ("properties",)),
        ({"properties": {"x": math.inf}}, "INVALID_JSON", ("properties",)),
        ({"properties": {"x": "y" * 17_000}}, "INVALID_JSON", ("properties",)),
    ],
)
def test_a_malformed_field_is_refused_by_its_name(overrides: dict[str, Any], code: str, path: tuple[str, ...]) -> None:
    assert refusals(interaction(**overrides)) == [(code, path)]


@pytest.mark.parametrize(
    ("occurred_at", "code"),
    [
        (MONDAY.replace(tzinfo=None), "NO_TIME_OFFSET"),
        (NOW + CLOCK_SKEW + MICROSECOND, "IN_THE_FUTURE"),
        (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), "TOO_OLD"),
        (datetime(1970, 1, 1, tzinfo=timezone(HOUR)), "TOO_OLD"),
        (datetime.min.replace(tzinfo=timezone(HOUR)), "TOO_OLD"),
        (datetime.max.replace(tzinfo=timezone(-HOUR)), "IN_THE_FUTURE"),
    ],
)
def test_a_time_out_of_bounds_is_refused(occurred_at: datetime, code: str) -> None:
    assert refusals(interaction(occurred_at)) == [(code, ("occurredAt",))]


def test_old_interactions_are_taken_unless_there_is_a_retention() -> None:
    old = interaction(datetime(1970, 1, 1, tzinfo=UTC))
    assert refusals(old) == []
    assert refusals(old, retention=365 * DAY) == [("TOO_OLD", ("occurredAt",))]
    assert refusals(interaction(NOW - DAY), retention=DAY) == []
    assert refusals(interaction(NOW - DAY - MICROSECOND), retention=DAY) == [("TOO_OLD", ("occurredAt",))]


def test_texts_in_any_script_are_taken() -> None:
    assert refusals(interaction(key="schlüssel-1", target="日本語 👩‍💻", section="الرئيسية", tags=("ünï",))) == []


def test_a_refusal_states_the_limit() -> None:
    (problem,) = check_interaction(interaction(target="t" * 201), NOW)
    assert problem.message == "the text has 201 characters, not 1 to 200"
    (late,) = check_interaction(interaction(NOW - 31 * DAY), NOW, retention=30 * DAY)
    assert late.message == "the time is longer ago than the retention of 30 days"


def test_every_problem_of_an_interaction_is_reported() -> None:
    assert refusals(interaction(key="", value=math.nan)) == [("INVALID_KEY", ("key",)), ("NOT_FINITE", ("value",))]


def test_a_problem_in_a_batch_names_its_index() -> None:
    batch = [interaction(), interaction(key=""), interaction(tags=("",))]
    assert [problem.path for problem in check_batch(batch, NOW)] == [
        ("input", "1", "key"),
        ("input", "2", "tags", "0"),
    ]


def test_the_retention_holds_in_batches_too() -> None:
    (problem,) = check_batch([interaction(NOW - 2 * DAY)], NOW, retention=DAY)
    assert problem.path == ("input", "0", "occurredAt")


@pytest.mark.parametrize("size", [0, MAX_BATCH + 1])
def test_a_batch_of_a_wrong_size_is_refused_as_a_whole(size: int) -> None:
    (problem,) = check_batch([interaction(key="")] * size, NOW)
    assert (problem.code, problem.path) == ("BATCH_SIZE", ("input",))
    assert problem.message == f"a batch has 1 to 5000 interactions, not {size}"


def test_a_batch_of_the_largest_size_with_equal_keys_is_taken() -> None:
    assert check_batch([interaction()] * MAX_BATCH, NOW) == []


def test_the_first_hundred_problems_of_a_batch_are_reported() -> None:
    assert len(check_batch([interaction(key="", value=math.nan)] * 75, NOW)) == 100
