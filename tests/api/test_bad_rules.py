"""Is every malformed rule refused, with the field and the reason, and without a trace?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    ALWAYS,
    CREATE_RULE,
    DARK,
    LIGHT,
    UPDATE_RULE,
    active,
    config_of,
    creating,
    deciders,
    draft,
    only,
    rule_input,
)
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from tests.engines import Api


def negated(times: int) -> dict[str, Any]:
    """A condition so many levels deep."""
    return {"not": negated(times - 1)} if times > 1 else ALWAYS


def regex(pattern: str) -> dict[str, Any]:
    return {"condition": {"traits": {"a": {"$regex": pattern}}}}


def condition(**member: Any) -> dict[str, Any]:
    return {"condition": member}


def adaptation(**member: Any) -> dict[str, Any]:
    return {"adaptations": [DARK, member]}


def window(from_: str, until: str, weekdays: list[str] | None = None) -> dict[str, Any]:
    return {"schedule": {"windows": [{"from": from_, "until": until, "weekdays": weekdays}]}}


VALUES = {"range": {"gte": 1}, "measure": "SESSIONS"}
ACCEPTED: dict[str, dict[str, Any]] = {
    "key of 64 characters": {"key": "k" * 64},
    "name of 120 characters": {"name": "ü" * 120},
    "description of 2,000 characters": {"description": "d" * 2_000},
    "largest priority": {"priority": 1_000_000},
    "smallest priority": {"priority": -1_000_000},
    "condition of 10 levels": {"condition": negated(10)},
    "condition of 200 parts": {"condition": {"any": [{"any": [ALWAYS] * 99}, {"any": [ALWAYS] * 98}]}},
    "a pattern that would backtrack for ever": regex("^(a+)+$|(x|x)*y|([a-z]+)*z"),
    "an empty range of times": window("09:00", "09:01"),
}
REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "empty key": ({"key": ""}, ["key"]),
    "key of 65 characters": ({"key": "k" * 65}, ["key"]),
    "key with a space": ({"key": "a b"}, ["key"]),
    "key with a NUL": ({"key": "a\x00"}, ["key"]),
    "empty name": ({"name": ""}, ["name"]),
    "blank name": ({"name": "  "}, ["name"]),
    "name of 121 characters": ({"name": "n" * 121}, ["name"]),
    "name with a NUL": ({"name": "\x00"}, ["name"]),
    "description of 2,001 characters": ({"description": "d" * 2_001}, ["description"]),
    "description with a NUL": ({"description": "\x00"}, ["description"]),
    "priority too large": ({"priority": 1_000_001}, ["priority"]),
    "priority too small": ({"priority": -1_000_001}, ["priority"]),
    "empty place": ({"places": [""]}, ["places"]),
    "place of 101 characters": ({"places": ["p" * 101]}, ["places"]),
    "place with a NUL": ({"places": ["\x00"]}, ["places"]),
    "101 places": ({"places": [f"p{n}" for n in range(101)]}, ["places"]),
    "coverage above one": ({"coverage": 1.01}, ["coverage"]),
    "coverage below zero": ({"coverage": -0.01}, ["coverage"]),
    "no adaptations": ({"adaptations": []}, ["adaptations"]),
    "condition of 11 levels": ({"condition": negated(11)}, ["condition"]),
    "condition of 60 levels": ({"condition": negated(60)}, ["condition"]),
    "condition of 201 parts": (condition(any=[{"any": [ALWAYS] * 99}, {"any": [ALWAYS] * 99}]), ["condition"]),
    "segment list empty": (condition(segment={"in": []}), ["condition", "segment", "in"]),
    "segment confidence above one": (condition(segment={"in": ["a"], "confidence": 1.5}), ["condition", "segment"]),
    "segment confidence below zero": (condition(segment={"in": ["a"], "confidence": -1}), ["condition", "segment"]),
    "no devices": (condition(device=[]), ["condition", "device"]),
    "no places": (condition(place=[]), ["condition", "place"]),
    "no levels": (condition(skill=[]), ["condition", "skill"]),
    "empty range": (condition(lastSeenDays={}), ["condition", "lastSeenDays"]),
    "gte and gt": (condition(lastSeenDays={"gte": 1, "gt": 1}), ["condition", "lastSeenDays"]),
    "lte and lt": (condition(lastSeenDays={"lte": 1, "lt": 1}), ["condition", "lastSeenDays"]),
    "eq and gte": (condition(lastSeenDays={"eq": 1, "gte": 1}), ["condition", "lastSeenDays"]),
    "range upside down": (condition(lastSeenDays={"gte": 5, "lt": 2}), ["condition", "lastSeenDays"]),
    "empty activity range": (condition(activity={**VALUES, "range": {}}), ["condition", "activity", "range"]),
    "did within no days": (
        condition(did={"kind": "CLICK", "times": {"gte": 1}, "days": 0}),
        ["condition", "did", "days"],
    ),
    "did within 91 days": (
        condition(did={"kind": "CLICK", "times": {"gte": 1}, "days": 91}),
        ["condition", "did", "days"],
    ),
    "no time of day": (condition(localTime={"from": "25:00", "until": "09:00"}), ["condition", "localTime", "from"]),
    "window without length": (condition(localTime={"from": "09:00", "until": "09:00"}), ["condition", "localTime"]),
    "deep in the tree": (
        condition(all=[ALWAYS, {"not": {"any": [{"lastSeenDays": {}}]}}]),
        ["condition", "all", "1", "not", "any", "0", "lastSeenDays"],
    ),
    "traits that are a list": (condition(traits=[1]), ["condition", "traits"]),
    "unknown operator": (condition(traits={"a": {"$where": "1"}}), ["condition", "traits"]),
    "query of 9 levels": (
        condition(traits={"$and": [{"$and": [{"$and": [{"$and": [{"$and": [{"a": 1}]}]}]}]}]}),
        ["condition", "traits"],
    ),
    "in without a list": (condition(traits={"a": {"$in": 1}}), ["condition", "traits"]),
    "query with a NUL": (condition(attributes={"a": "\x00"}), ["condition", "attributes"]),
    "query of 17 KiB": (condition(attributes={"a": "x" * 17_000}), ["condition", "attributes"]),
    "back-reference": (regex(r"(a)\1"), ["condition", "traits"]),
    "look-ahead": (regex("(?=a)b"), ["condition", "traits"]),
    "unbalanced pattern": (regex("(a"), ["condition", "traits"]),
    "pattern that explodes": (regex("((a{1,100}){1,100}){1,100}"), ["condition", "traits"]),
    "pattern of 10,000 characters": (regex("a" * 10_000), ["condition", "traits"]),
    "pattern that is a number": (condition(traits={"a": {"$regex": 1}}), ["condition", "traits"]),
    "two themes": (adaptation(**LIGHT), ["adaptations"]),
    "the same theme twice": (adaptation(**DARK), ["adaptations"]),
    "empty feature": (adaptation(setFeature={"feature": ""}), ["adaptations", "1", "setFeature", "feature"]),
    "long feature": (adaptation(setFeature={"feature": "f" * 300}), ["adaptations", "1", "setFeature", "feature"]),
    "an order of nothing": (adaptation(orderNavigation={"first": []}), ["adaptations", "1", "orderNavigation"]),
    "an order of the same": (
        adaptation(orderNavigation={"first": ["a", "a"]}),
        ["adaptations", "1", "orderNavigation"],
    ),
    "filter of nothing": (adaptation(filterContent={}), ["adaptations", "1", "filterContent"]),
    "filter in and out": (
        adaptation(filterContent={"include": ["a"], "exclude": ["a"]}),
        ["adaptations", "1", "filterContent"],
    ),
    "parameter too large": (
        adaptation(setParameter={"key": "k", "value": "x" * 17_000}),
        ["adaptations", "1", "setParameter", "value"],
    ),
    "parameter with a NUL": (
        adaptation(setParameter={"key": "k", "value": ["\x00"]}),
        ["adaptations", "1", "setParameter", "value"],
    ),
    "shortcut with a NUL": (adaptation(addShortcut={"target": "\x00"}), ["adaptations", "1", "addShortcut", "target"]),
    "recommending nothing": (
        adaptation(recommendFeature={"feature": ""}),
        ["adaptations", "1", "recommendFeature", "feature"],
    ),
    "schedule that ends before it starts": (
        {"schedule": {"startsAt": "2030-01-02T00:00:00Z", "endsAt": "2030-01-01T00:00:00Z"}},
        ["schedule"],
    ),
    "schedule of no length": (
        {"schedule": {"startsAt": "2030-01-01T00:00:00Z", "endsAt": "2030-01-01T01:00:00+01:00"}},
        ["schedule"],
    ),
    "24:00": (window("09:00", "24:01"), ["schedule", "windows", "0", "until"]),
    "9:00": (window("9 o'clock", "10:00"), ["schedule", "windows", "0", "from"]),
    "window of no length": (window("09:00", "09:00"), ["schedule", "windows", "0"]),
    "window without weekdays": (window("09:00", "10:00", []), ["schedule", "windows", "0", "weekdays"]),
    "101 windows": ({"schedule": {"windows": [{"from": "09:00", "until": "10:00"}] * 101}}, ["schedule", "windows"]),
}
CONTRADICTIONS: dict[str, list[dict[str, Any]]] = {
    "feature": [{"setFeature": {"feature": "a", "visible": visible}} for visible in (True, False)],
    "layout": [{"setLayout": {"density": density}} for density in ("COMPACT", "SPACIOUS")],
    "difficulty": [{"setDifficulty": {"level": level}} for level in ("BEGINNER", "ADVANCED")],
    "navigation": [{"orderNavigation": {"first": [item]}} for item in ("a", "b")],
    "parameter": [{"setParameter": {"key": "a", "value": value}} for value in (1, 2)],
    "content": [{"filterContent": {"include": ["a"]}}, {"filterContent": {"exclude": ["a"]}}],
}
MALFORMED: dict[str, dict[str, Any]] = {
    "two members": {"condition": {"always": True, "skill": ["ADVANCED"]}},
    "no member": {"condition": {}},
    "null member": {"condition": {"always": None}},
    "two adaptations in one": {"adaptations": [{**DARK, "setLayout": {"density": "COMPACT"}}]},
    "unknown mode": {"adaptations": [{"setTheme": {"mode": "NEON"}}]},
    "priority with a fraction": {"priority": 1.5},
    "priority beyond 32 bits": {"priority": 2**31},
    "coverage in words": {"coverage": "half"},
    "unknown weekday": {"schedule": {"windows": [{"from": "09:00", "until": "10:00", "weekdays": ["CATURDAY"]}]}},
    "start without an offset": {"schedule": {"startsAt": "2030-01-01T00:00:00"}},
    "unknown field": {"colour": "red"},
}


@pytest.mark.parametrize("name", ACCEPTED)
async def test_what_is_just_within_a_limit_is_accepted(api: Api, name: str) -> None:
    rule = await draft(api, **{"places": ["nowhere"], **ACCEPTED[name]})
    if name == "key of 64 characters":
        query = "mutation($id:ID!){deleteRule(id:$id,expectedRevision:1){deleted}}"
        assert await api.as_admin().ask(query, id=rule["id"]) == {"deleteRule": {"deleted": True}}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_bad_rule_is_refused_by_the_field_and_changes_nothing(api: Api, name: str) -> None:
    changes, path = REFUSED[name]
    content = rule_input(**changes)
    payload = (await api.as_admin().ask(CREATE_RULE, input=content))["createRule"]
    assert payload["rule"] is None
    error = payload["userErrors"][0]
    assert error["path"][: len(path) + 1] == ["input", *path]
    assert error["message"]
    assert error["code"]


async def test_a_bad_update_is_refused_in_the_same_way(api: Api) -> None:
    rule = await draft(api, places=["nowhere"])
    content = rule_input(key=rule["key"], priority=2_000_000)
    payload = (await api.as_admin().ask(UPDATE_RULE, id=rule["id"], revision=1, input=content))["updateRule"]
    assert only(payload["userErrors"])["path"] == ["input", "priority"]
    query = "query($id:ID!){rule(id:$id){revision priority}}"
    assert await api.as_admin().ask(query, id=rule["id"]) == {"rule": {"revision": 1, "priority": 0}}


@pytest.mark.parametrize("name", CONTRADICTIONS)
async def test_adaptations_of_one_rule_that_contradict_each_other_are_refused(api: Api, name: str) -> None:
    payload = await creating(api.as_admin(), adaptations=CONTRADICTIONS[name])
    assert payload["rule"] is None
    assert payload["userErrors"][0]["path"][:2] == ["input", "adaptations"]


@pytest.mark.parametrize("name", MALFORMED)
async def test_what_is_not_even_a_rule_is_refused_with_a_clear_error(api: Api, name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        await creating(api.as_admin(), **MALFORMED[name])
    assert refusal.value.code == "BAD_USER_INPUT"
    assert next(iter(MALFORMED[name])) in refusal.value.errors[0]["message"]


async def test_all_problems_of_a_rule_are_told_at_once(api: Api) -> None:
    payload = await creating(api.as_admin(), key="", priority=2_000_000, coverage=2.0, condition=negated(11))
    assert {error["path"][1] for error in payload["userErrors"]} == {"key", "priority", "coverage", "condition"}


async def test_a_key_in_use_is_refused(api: Api) -> None:
    rule = await draft(api, places=["nowhere"])
    payload = await creating(api.as_admin(), key=rule["key"])
    assert only(payload["userErrors"])["path"] == ["input", "key"]


async def test_a_rule_may_name_a_segment_that_does_not_exist_yet_and_decides_for_nobody(api: Api) -> None:
    place = unique("place")
    await active(api, places=[place], condition={"segment": {"in": [unique("segment")]}})
    assert deciders(await config_of(api.as_user(), place)) == {}
