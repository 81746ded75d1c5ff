"""Is what is wrong with a document refused with its place and a stable code?"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from domain.errors import Refused
from domain.model.adaptations import FilterContent, SetFeature, SetTheme, ThemeMode
from domain.model.conditions import AllOf, AtLocalTime, Did, InSegment, OnDevice
from domain.model.interactions import Device, InteractionKind
from domain.model.json_values import json_flaw
from domain.model.ranges import Range
from domain.model.rules import RuleContent
from domain.model.schedules import EVERY_DAY, Schedule, Weekday, WeeklyWindow
from domain.model.segments import SegmentKey
from domain.rules.documents import (
    condition_document,
    content_document,
    parse_catalogue,
    parse_condition,
    parse_content,
    parse_segment,
    segment_document,
)
from domain.rules.documents.codes import Code
from tests.unit.rules.specifications import cases

if TYPE_CHECKING:
    from collections.abc import Callable

PARSERS: dict[str, Callable[[object], object]] = {
    "condition": parse_condition,
    "rule": parse_content,
    "segment": parse_segment,
    "catalogue": parse_catalogue,
}
MINIMAL = {
    "key": "dark",
    "name": "Dark nights",
    "condition": {"always": True},
    "adaptations": [{"setTheme": {"mode": "DARK"}}],
}


@pytest.mark.parametrize("case", cases("documents"), ids=lambda case: case["name"])
def test_a_document_is_refused_for_exactly_the_specified_problems(case: dict[str, Any]) -> None:
    found: list[list[object]] = []
    try:
        PARSERS[case["kind"]](case["document"])
    except Refused as refusal:
        found = [[problem.code, list(problem.path)] for problem in refusal.problems]

    assert found == case["problems"]


def test_every_code_has_a_case() -> None:
    specified = {code for case in cases("documents") for code, _ in case["problems"]}

    assert specified == {code.value for code in Code}


def test_a_tree_is_read_into_conditions() -> None:
    document = {
        "all": [
            {"segment": {"in": ["power_user"]}},
            {"device": ["MOBILE", "TABLET"]},
            {"did": {"kind": "CLICK", "target": "banner", "times": {"gte": 2}, "days": 7}},
            {"localTime": {"weekdays": ["FRIDAY"], "from": "09:00", "until": "17:30:15"}},
        ]
    }
    friday = WeeklyWindow(time(9), time(17, 30, 15), frozenset({Weekday.FRIDAY}))

    assert parse_condition(document) == AllOf(
        (
            InSegment((SegmentKey("power_user"),), 0.5),
            OnDevice(frozenset({Device.MOBILE, Device.TABLET})),
            Did(InteractionKind.CLICK, Range(gte=2), 7, "banner"),
            AtLocalTime(friday),
        )
    )


def test_a_minimal_rule_gets_the_defaults_of_the_api() -> None:
    content = parse_content(MINIMAL)

    assert content == RuleContent(content.key, "Dark nights", (SetTheme(ThemeMode.DARK),))
    assert (content.priority, content.coverage, content.places) == (0, 1.0, frozenset())


def test_a_field_that_is_null_counts_as_left_out() -> None:
    nothing = dict.fromkeys(("description", "priority", "places", "schedule", "coverage"))

    assert parse_content({**MINIMAL, **nothing}) == parse_content(MINIMAL)


def test_enum_members_and_datetimes_are_read_like_their_texts() -> None:
    start = datetime(2026, 2, 1, 10, tzinfo=timezone(timedelta(hours=1)))
    adaptations = [{"setTheme": {"mode": ThemeMode.DARK}}]
    content = parse_content({**MINIMAL, "adaptations": adaptations, "schedule": {"startsAt": start}})

    assert content.adaptations == (SetTheme(ThemeMode.DARK),)
    assert content.schedule == Schedule(starts_at=datetime(2026, 2, 1, 9, tzinfo=UTC))


def test_a_window_without_weekdays_is_open_every_day() -> None:
    condition = parse_condition({"localTime": {"from": "22:00", "until": "06:00"}})

    assert condition == AtLocalTime(WeeklyWindow(time(22), time(6), EVERY_DAY))
    assert condition_document(condition) == {"localTime": {"from": "22:00", "until": "06:00"}}


def test_documents_are_written_in_the_shape_of_the_inputs() -> None:
    content = parse_content(
        {
            **MINIMAL,
            "places": ["settings", "login"],
            "adaptations": [{"setFeature": {"feature": "export"}}, {"filterContent": {"exclude": ["news"]}}],
            "schedule": {"endsAt": "2026-02-01T00:00:00+00:00"},
        }
    )

    assert content.adaptations == (SetFeature("export"), FilterContent((), ("news",)))
    assert content_document(content) == {
        "key": "dark",
        "name": "Dark nights",
        "description": "",
        "priority": 0,
        "places": ["login", "settings"],
        "condition": {"always": True},
        "adaptations": [
            {"setFeature": {"feature": "export", "visible": True, "highlighted": False}},
            {"filterContent": {"include": [], "exclude": ["news"]}},
        ],
        "schedule": {"startsAt": None, "endsAt": "2026-02-01T00:00:00Z", "windows": []},
        "coverage": 1,
        "exclusionGroup": None,
        "experiment": None,
    }


def test_a_condition_at_the_limits_is_accepted() -> None:
    deepest: dict[str, Any] = {"always": True}
    for _ in range(9):
        deepest = {"not": deepest}
    widest = {"all": [{"all": [{"always": True}] * 98}, {"all": [{"always": True}] * 98}, {"always": True}]}

    assert condition_document(parse_condition(deepest)) == deepest
    assert condition_document(parse_condition(widest)) == widest


def test_numbers_are_written_the_way_people_write_them() -> None:
    document = {"lifetimeValue": {"gte": 5.0, "lt": 7.5}}

    assert str(condition_document(parse_condition(document))) == "{'lifetimeValue': {'gte': 5, 'lt': 7.5}}"


def test_a_refusal_says_what_to_do() -> None:
    with pytest.raises(Refused, match=r"adaptations 0 and 1 both decide theme\.mode: keep one"):
        parse_content({**MINIMAL, "adaptations": [{"setTheme": {"mode": "DARK"}}, {"setTheme": {"mode": "LIGHT"}}]})


def test_a_segment_is_read_at_its_first_revision() -> None:
    document = {"key": "vip", "name": "VIPs", "description": "", "condition": {"traits": {"plan": "pro"}}}

    assert parse_segment(document).revision == 1
    assert segment_document(parse_segment(document)) == document


@pytest.mark.parametrize("value", ["\ud800", {"\ud800": 1}, {"a\x00": 1}, 2**63, [-(2**64)]])
def test_json_that_no_store_or_wire_can_hold_has_a_flaw(value: object) -> None:
    assert json_flaw(value) is not None
