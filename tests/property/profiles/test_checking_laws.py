"""Is a batch refused for exactly what is wrong with each of its interactions, however fast that is found out?"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from domain.rules.interactions import CLOCK_SKEW, MAX_REPORTED_PROBLEMS, check_batch, check_interaction
from tests.builders.interactions import DAY, MONDAY, interaction

if TYPE_CHECKING:
    from domain.model.interactions import Interaction

NOW = MONDAY + DAY
GOOD_TEXTS = st.sampled_from(["a", "ß", "\U0001f600" * 64, "größer als 3 & 4", "日本語", "e\u0301"])
BAD_TEXTS = st.sampled_from(["", "t" * 201, "a\x00b", "a\nb", "\x85", "\ud83d", "\ude00", " ", "\u2028", " a", "a "])
TEXTS = GOOD_TEXTS | BAD_TEXTS
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=3.5)), BERLIN])
ODD_INSTANTS = st.sampled_from(
    [
        NOW + CLOCK_SKEW,
        NOW + CLOCK_SKEW + timedelta(microseconds=1),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        datetime(2026, 3, 2),  # noqa: DTZ001 - that its offset is missing is the point
        datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN),
        datetime(2025, 10, 26, 2, 30, fold=1, tzinfo=BERLIN),
    ]
)
INSTANTS = st.builds(
    lambda minutes, zone: (NOW - timedelta(minutes=minutes)).astimezone(zone), st.integers(-10, 3_000_000), ZONES
)
VALUES = st.sampled_from([0.0, -0.0, 1e9, -1e9, 1e9 + 1, math.nan, math.inf, -math.inf, 12])
PROPERTIES: st.SearchStrategy[Any] = st.sampled_from(
    [{}, {"a": [1, {"b": None}]}, {"a": math.inf}, {"a": "\x00"}, {"a": 2**64}, [], "text", {"a": "x" * 17_000}]
)
# Each field is mostly good or left out: else every batch would have problems.
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "key": TEXTS,
    "user_id": TEXTS,
    "target": TEXTS | st.none(),
    "section": TEXTS | st.none(),
    "session_id": TEXTS | st.none(),
    "tags": st.lists(TEXTS, max_size=3).map(tuple) | st.just(("t",) * 21),
    "value": VALUES | st.none(),
    "properties": PROPERTIES | st.none(),
    "occurred_at": INSTANTS | ODD_INSTANTS,
}
GOOD = st.fixed_dictionaries(
    {},
    optional={
        "key": GOOD_TEXTS,
        "target": GOOD_TEXTS,
        "section": GOOD_TEXTS,
        "tags": st.lists(GOOD_TEXTS).map(tuple),
        "value": st.floats(-1e9, 1e9),
        "properties": st.just({"a": 1}),
        "occurred_at": st.integers(0, 1_000).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    },
)
ODD = st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.fixed_dictionaries({name: FIELDS[name]}))
INTERACTIONS = st.builds(lambda good, odd: interaction(**(good | odd)), GOOD, st.just({}) | ODD)


@given(st.lists(INTERACTIONS, min_size=1, max_size=8), st.sampled_from([None, DAY, 365 * DAY]))
@example([interaction(key="\ud83d"), interaction(key="\ude00")], None)
@example([interaction(target="\ud83d"), interaction(target="\ude00")], None)
def test_a_batch_has_the_problems_that_its_interactions_have(
    batch: list[Interaction], retention: timedelta | None
) -> None:
    expected = [
        problem.within("input", str(index))
        for index, one in enumerate(batch)
        for problem in check_interaction(one, NOW, retention)
    ]
    assert check_batch(batch, NOW, retention) == expected[:MAX_REPORTED_PROBLEMS]
