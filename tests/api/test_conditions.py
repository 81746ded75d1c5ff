"""Does every kind of condition decide for exactly those it describes, from the mutation to the config?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.api.journeys import TRAITS, active, config_of, deciders, now
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

NO, YES = False, True


class Case(NamedTuple):
    """`context` is what `regular` asks with; `blank` is what a user of whom nothing is known gets with the same."""

    condition: dict[str, Any]
    regular: bool
    blank: bool = NO
    context: dict[str, Any] = {}  # noqa: RUF012 - never changed


def activity(measure: str, **range_: float) -> dict[str, Any]:
    return {"activity": {"measure": measure, "range": range_}}


def did(kind: str, days: int, target: str | None = None, **times: float) -> dict[str, Any]:
    return {"did": {"kind": kind, "target": target, "times": times, "days": days}}


def used(feature: str, uses: dict[str, float], **last_used_days: float) -> dict[str, Any]:
    return {"featureUse": {"feature": feature, "uses": uses, "lastUsedDays": last_used_days or None}}


CASES = {
    "always": Case({"always": True}, YES, YES),
    "never": Case({"always": False}, NO),
    "all hold": Case({"all": [{"always": True}, {"skill": ["INTERMEDIATE"]}]}, YES),
    "one of all fails": Case({"all": [{"always": True}, {"always": False}]}, NO),
    "any holds": Case({"any": [{"always": False}, {"always": True}]}, YES, YES),
    "none of any holds": Case({"any": [{"always": False}, {"skill": ["ADVANCED"]}]}, NO),
    "not false": Case({"not": {"always": False}}, YES, YES),
    "not a matching one": Case({"not": {"skill": ["INTERMEDIATE"]}}, NO, YES),
    "in a built-in segment": Case({"segment": {"in": ["power_user", "mobile_first"]}}, YES),
    "not in the segment": Case({"segment": {"in": ["desktop_focused"]}}, NO),
    "sure enough": Case({"segment": {"in": ["mobile_first"], "confidence": 0.9}}, YES),
    "not sure enough": Case({"segment": {"in": ["casual_user"], "confidence": 0.5}}, NO),
    "nearly in is enough": Case({"segment": {"in": ["casual_user"], "confidence": 0.1}}, YES),
    "device": Case({"device": ["TABLET", "MOBILE"]}, YES, YES, {"device": "TABLET"}),
    "other device": Case({"device": ["MOBILE"]}, NO, NO, {"device": "TABLET"}),
    "unknown device": Case({"device": ["MOBILE"]}, NO),
    "skill": Case({"skill": ["INTERMEDIATE", "ADVANCED"]}, YES),
    "other skill": Case({"skill": ["BEGINNER"]}, NO, YES),
    "sessions": Case(activity("SESSIONS", eq=11), YES),
    "too few sessions": Case(activity("SESSIONS", gt=11), NO),
    "no sessions": Case(activity("SESSIONS", eq=0), NO, YES),
    "sessions of a week": Case(activity("SESSIONS_7D", gte=5, lte=5), YES),
    "not so many in a week": Case(activity("SESSIONS_7D", lt=5), NO, YES),
    "sessions of a month": Case(activity("SESSIONS_30D", gt=9, lt=11), YES),
    "more sessions than in a month": Case(activity("SESSIONS_30D", gte=11), NO),
    "interactions": Case(activity("INTERACTIONS", gte=63, lt=64), YES),
    "more interactions": Case(activity("INTERACTIONS", gte=64), NO),
    "conversions": Case(activity("CONVERSIONS", eq=2), YES),
    "fewer conversions": Case(activity("CONVERSIONS", lte=1), NO, YES),
    "active days": Case(activity("ACTIVE_DAYS", eq=11), YES),
    "other active days": Case(activity("ACTIVE_DAYS", gt=11), NO),
    "value": Case(activity("VALUE", eq=25), YES),
    "more value": Case(activity("VALUE", gt=25.0), NO),
    "known for so long": Case(activity("DAYS_SINCE_FIRST_SEEN", gte=40, lt=41), YES),
    "known for longer": Case(activity("DAYS_SINCE_FIRST_SEEN", gte=41), NO),
    "uses of a feature": Case(used("export", {"eq": 10}), YES),
    "more uses of a feature": Case(used("export", {"gt": 10}), NO),
    "never used": Case(used("export", {"eq": 0}), NO, YES),
    "a feature nobody used": Case(used("print", {"lt": 1}), YES, YES),
    "used lately": Case(used("export", {"gte": 1}, lte=3), YES),
    "not used lately": Case(used("import", {"gte": 1}, lte=30), NO),
    "used long ago": Case(used("import", {"gte": 1}, gt=30), YES),
    "did": Case(did("CONVERSION", 30, eq=2), YES),
    "did on a target": Case(did("CONVERSION", 30, "purchase", gte=1), YES),
    "did on another target": Case(did("CONVERSION", 30, "refund", gte=1), NO),
    "did within fewer days": Case(did("CONVERSION", 4, eq=2), NO),
    "did one within fewer days": Case(did("CONVERSION", 4, eq=1), YES),
    "did not": Case(did("SEARCH", 30, eq=0), YES, YES),
    "did with a feature": Case(did("FEATURE_USE", 90, "import", eq=1), YES),
    "risk without a model": Case({"churnRisk": {"gte": 0}}, NO),
    "value without a model": Case({"lifetimeValue": {"gte": 0}}, NO),
    "last seen": Case({"lastSeenDays": {"eq": 2}}, YES),
    "last seen longer ago": Case({"lastSeenDays": {"gte": 3}}, NO),
    "seen today": Case({"lastSeenDays": {"lt": 1}}, NO),
}
QUERIES: dict[str, tuple[dict[str, Any], bool]] = {
    "equal": ({"plan": "pro"}, YES),
    "equal, other": ({"plan": "free"}, NO),
    "case counts": ({"plan": "Pro"}, NO),
    "both": ({"plan": "pro", "seats": 12}, YES),
    "one of both": ({"plan": "pro", "seats": 13}, NO),
    "eq": ({"seats": {"$eq": 12}}, YES),
    "ne": ({"seats": {"$ne": 12}}, NO),
    "ne of an unknown trait": ({"unknown": {"$ne": 12}}, YES),
    "gt": ({"seats": {"$gt": 11.5}}, YES),
    "gt, equal": ({"seats": {"$gt": 12}}, NO),
    "gte": ({"seats": {"$gte": 12}}, YES),
    "lt": ({"ratio": {"$lt": 0.5}}, NO),
    "lte": ({"ratio": {"$lte": 0.5}}, YES),
    "between": ({"seats": {"$gte": 10, "$lt": 20}}, YES),
    "in": ({"plan": {"$in": ["free", "pro"]}}, YES),
    "in, none": ({"plan": {"$in": []}}, NO),
    "in, of a list": ({"teams": {"$in": ["blue", "green"]}}, YES),
    "nin": ({"plan": {"$nin": ["free", "pro"]}}, NO),
    "nin, other": ({"plan": {"$nin": ["free"]}}, YES),
    "exists": ({"beta": {"$exists": True}}, YES),
    "exists, unknown": ({"unknown": {"$exists": True}}, NO),
    "does not exist": ({"unknown": {"$exists": False}}, YES),
    "regex": ({"plan": {"$regex": "^p.o$"}}, YES),
    "regex, part": ({"plan": {"$regex": "r"}}, YES),
    "regex, other": ({"plan": {"$regex": "^r"}}, NO),
    "not": ({"plan": {"$not": {"$eq": "free"}}}, YES),
    "not regex": ({"plan": {"$not": {"$regex": "pro"}}}, NO),
    "and": ({"$and": [{"plan": "pro"}, {"beta": True}]}, YES),
    "and, one fails": ({"$and": [{"plan": "pro"}, {"beta": False}]}, NO),
    "or": ({"$or": [{"plan": "free"}, {"beta": True}]}, YES),
    "or, none": ({"$or": [{"plan": "free"}, {"beta": False}]}, NO),
    "nor": ({"$nor": [{"plan": "free"}, {"beta": False}]}, YES),
    "not of a query": ({"$not": {"plan": "pro"}}, NO),
    "element": ({"scores": {"$elemMatch": {"$gt": 5}}}, YES),
    "element, none": ({"scores": {"$elemMatch": {"$gt": 8}}}, NO),
    "all": ({"teams": {"$all": ["red", "blue"]}}, YES),
    "all, one missing": ({"teams": {"$all": ["red", "green"]}}, NO),
    "size": ({"teams": {"$size": 2}}, YES),
    "size, range": ({"teams": {"$size": {"$gt": 2}}}, NO),
    "type": ({"teams": {"$type": "array"}}, YES),
    "type, other": ({"seats": {"$type": "string"}}, NO),
    "path": ({"address.city": "Berlin"}, YES),
    "path, other": ({"address.city": "Bern"}, NO),
    "path into nothing": ({"plan.city": "Berlin"}, NO),
    "version": ({"appVersion": {"$vgt": "1.9.0"}}, YES),
    "version, less": ({"appVersion": {"$vlt": "1.9.0"}}, NO),
    "version, equal": ({"appVersion": {"$vgte": "1.10.2"}}, YES),
}


async def decides(api: Api, condition: dict[str, Any], context: dict[str, Any], *speakers: Speaker) -> list[bool]:
    """For which of them does a rule with that condition decide?"""
    place = unique("place")
    rule = await active(api, places=[place], condition=condition)
    configs = [await config_of(speaker, place, **context) for speaker in speakers]
    outcomes = [deciders(config).get("theme.mode") == rule["key"] for config in configs]
    assert [config["theme"]["mode"] == "DARK" for config in configs] == outcomes
    assert len(rule["conditionText"]) > 3
    return outcomes


@pytest.mark.parametrize("name", CASES)
async def test_a_rule_decides_for_those_its_condition_describes(api: Api, regular: Speaker, name: str) -> None:
    case = CASES[name]
    outcomes = await decides(api, case.condition, case.context, regular, api.as_user())
    assert outcomes == [case.regular, case.blank]


@pytest.mark.parametrize("name", QUERIES)
async def test_traits_and_attributes_are_compared_with_mongo_operators(api: Api, regular: Speaker, name: str) -> None:
    query, matches = QUERIES[name]
    assert await decides(api, {"traits": query}, {}, regular) == [matches]
    assert await decides(api, {"attributes": query}, {"attributes": TRAITS}, api.as_user()) == [matches]


async def test_a_place_is_a_condition_too(api: Api) -> None:
    here, there = unique("place"), unique("place")
    rule = await active(api, places=[here, there], condition={"place": [here]})
    assert deciders(await config_of(api.as_user(), here)) == {"theme.mode": rule["key"]}
    assert deciders(await config_of(api.as_user(), there)) == {}


async def test_a_segment_of_ones_own_is_a_condition(api: Api, regular: Speaker, pro_segment: str) -> None:
    outcomes = await decides(api, {"segment": {"in": [pro_segment]}}, {}, regular, api.as_user())
    assert outcomes == [True, False]


@pytest.mark.parametrize(("opens_hours_from_now", "open_"), [(-1, True), (2, False), (-3, False)])
@pytest.mark.parametrize("zone", ["Etc/GMT-5", "Etc/GMT+11", "UTC", None])
async def test_local_time_is_that_of_the_context_whatever_midnight_does(
    api: Api, *, opens_hours_from_now: int, open_: bool, zone: str | None
) -> None:
    offset = {"Etc/GMT-5": 5, "Etc/GMT+11": -11}.get(zone or "", 0)
    local = now() + timedelta(hours=offset)
    opens, closes = (local + timedelta(hours=opens_hours_from_now + later) for later in (0, 2))
    window = {"from": f"{opens:%H:%M}", "until": f"{closes:%H:%M}"}
    day = f"{opens:%A}".upper()
    context = {"timeZone": zone} if zone else {}
    assert await decides(api, {"localTime": window}, context, api.as_user()) == [open_]
    assert await decides(api, {"localTime": {**window, "weekdays": [day]}}, context, api.as_user()) == [open_]
    tomorrow = f"{opens + timedelta(days=1):%A}".upper()
    assert await decides(api, {"localTime": {**window, "weekdays": [tomorrow]}}, context, api.as_user()) == [False]


async def test_a_linear_engine_evaluates_catastrophic_patterns(api: Api) -> None:
    place = unique("place")
    query = {"text": {"$regex": "^(a+)+$"}}
    await active(api, places=[place], condition={"attributes": query})
    user = api.as_user()
    for text, mode in (("a" * 5_000, "DARK"), ("a" * 5_000 + "!", "SYSTEM")):
        started_at = now()
        config = await config_of(user, place, attributes={"text": text})
        assert config["theme"]["mode"] == mode
        assert now() - started_at < timedelta(seconds=2)


async def test_attributes_are_never_stored(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    await active(api, places=[place], condition={"attributes": {"a": 1}})
    assert deciders(await config_of(user, place, attributes={"a": 1})) != {}
    assert deciders(await config_of(user, place)) == {}
    assert deciders(await config_of(user, place, attributes={"a": 2})) == {}
    assert await user.ask("{viewer{profile{revision}}}") == {"viewer": {"profile": None}}
