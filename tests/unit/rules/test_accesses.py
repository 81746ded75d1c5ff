"""Which facts does a condition need, and which does a situation have?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from domain.model import conditions as cond
from domain.model.interactions import Device, InteractionKind
from domain.model.profiles import FeatureHistory
from domain.model.ranges import Range
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.rules.indexing.accesses import MAX_ACCESSES, MAX_FACTS, accesses
from domain.rules.queries import compile_query
from domain.rules.situations import Situation
from tests.builders.profiles import NOW, build_context, build_history, build_membership, build_profile, us_ago

if TYPE_CHECKING:
    from domain.model.conditions import Condition

MOBILE = cond.OnDevice(frozenset({Device.MOBILE}))
BEGINNER = cond.HasSkill(frozenset({SkillLevel.BEGINNER}))
EXPORT = cond.FeatureUsed("export", Range(gte=2))
NEVER = [set[tuple[str, object]]()]


def segment(*keys: str) -> cond.InSegment:
    return cond.InSegment(tuple(map(SegmentKey, keys)))


def read(condition: Condition) -> list[set[tuple[str, object]]]:
    return [{(fact.variable.name, fact.value) for fact in access} for access in accesses(condition)]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (cond.Always(), []),
        (cond.Always(value=False), NEVER),
        (cond.LifetimeValueWithin(Range(gte=5)), [{("at least: lifetime value", 3)}]),
        (cond.LifetimeValueWithin(Range(lt=5)), [{("at least: lifetime value", 0)}]),
        (cond.ChurnRiskWithin(Range(gte=0.75)), [{("churn risk, at least in tenths", 7)}]),
        (cond.ChurnRiskWithin(Range(lt=0.75)), [{("churn risk, at least in tenths", 0)}]),
        (segment("new", "old"), [{("segment", "new"), ("segment", "old")}]),
        (MOBILE, [{("device", Device.MOBILE)}]),
        (cond.AtPlace(frozenset({"login"})), [{("place", "login")}]),
        (BEGINNER, [{("skill", SkillLevel.BEGINNER)}]),
        (EXPORT, [{("feature ever used", "export")}]),
        (cond.FeatureUsed("export", Range(lt=3)), []),
        (cond.FeatureUsed("export", Range(lt=3), Range(lte=7)), [{("feature ever used", "export")}]),
        (cond.Did(InteractionKind.CLICK, Range(gt=0), 7), [{("kind of interaction", InteractionKind.CLICK)}]),
        (cond.Did(InteractionKind.CLICK, Range(gt=0), 7, "save"), [{("target", "save")}]),
        (cond.Did(InteractionKind.CLICK, Range(eq=0), 7, "save"), []),
        (cond.ActivityWithin(cond.ActivityMeasure.SESSIONS, Range(gte=5)), [{("at least: SESSIONS", 3)}]),
        (cond.ActivityWithin(cond.ActivityMeasure.SESSIONS, Range(lte=5)), []),
        (cond.ActivityWithin(cond.ActivityMeasure.SESSIONS_7D, Range(gte=5)), []),
        (cond.LastSeenWithin(Range(gte=1)), []),
        (cond.Not(MOBILE), []),
        (cond.AllOf((MOBILE, segment("new"))), [{("segment", "new")}, {("device", Device.MOBILE)}]),
        (cond.AnyOf((MOBILE, segment("new"))), [{("segment", "new"), ("device", Device.MOBILE)}]),
        (
            cond.AnyOf((cond.AllOf((MOBILE, segment("new"))), EXPORT)),
            [{("segment", "new"), ("feature ever used", "export")}],
        ),
        (cond.AnyOf((MOBILE, cond.LastSeenWithin(Range(gte=1)))), []),
        (cond.AnyOf(()), NEVER),
        (segment(*(f"s{number}" for number in range(MAX_FACTS + 1))), []),
    ],
)
def test_a_condition_needs_facts(condition: Condition, expected: list[set[tuple[str, object]]]) -> None:
    assert read(condition) == expected


def equal(key: str, *values: object) -> list[set[tuple[str, object]]]:
    """An equality presumes that the member is there."""
    return [{("trait", key)}, {(f"trait {key}", value) for value in values}]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"plan": "pro"}, equal("plan", "pro")),
        ({"plan": {"$in": ["pro", 7, True]}}, equal("plan", "pro", 7, 1)),
        ({"plan": {"$eq": "pro"}}, equal("plan", "pro")),
        ({"seats": 7}, equal("seats", 7)),
        ({"seats": " 7"}, equal("seats", 7)),
        ({"seats": {"$eq": "7"}}, equal("seats", "7")),
        ({"seats": "7,8"}, [{("trait", "seats")}]),
        ({"plan": "null"}, []),
        ({"seats": 0}, []),
        ({"plan": {"$in": ["pro", None]}}, []),
        ({"plan": {"$ne": "pro"}}, []),
        ({"beta": True}, [{("trait", "beta")}]),
        ({"seats": {"$gt": 3}}, [{("trait", "seats")}]),
        ({"seats": {"$gt": -3}}, []),
        ({"team.name": "core"}, [{("trait", "team")}]),
        ({"plan": {"$regex": "^p"}}, [{("trait", "plan")}]),
        ({"plan": {"$regex": "^n"}}, []),
        ({"plan": "pro", "seats": 7}, equal("plan", "pro") + equal("seats", 7)),
        ({"$and": [{"plan": "pro"}, {"beta": True}]}, [*equal("plan", "pro"), {("trait", "beta")}]),
        ({"$or": [{"plan": "pro"}, {"beta": True}]}, [{("trait plan", "pro"), ("trait", "beta")}]),
        (
            {"$or": [{"plan": "pro"}, {"seats": 7}]},
            [{("trait", "plan"), ("trait", "seats")}, {("trait plan", "pro"), ("trait seats", 7)}],
        ),
        ({"$or": [{"plan": "pro"}, {}]}, []),
        ({"$or": []}, []),
        ({"$nor": [{"plan": "pro"}]}, []),
        ({"$not": {"plan": "pro"}}, []),
        ({}, []),
    ],
)
def test_a_query_needs_facts_that_hold_under_all_conversions(
    query: dict[str, Any], expected: list[set[tuple[str, object]]]
) -> None:
    assert read(cond.TraitsMatch(query)) == expected
    of_attributes = [{(name.replace("trait", "attribute"), value) for name, value in access} for access in expected]
    assert read(cond.AttributesMatch(query)) == of_attributes


VALUES: tuple[Any, ...] = (None, True, False, 0, 7, 7.5, 2**53 + 1, "", " ", "7", "7.0", " 7", "+7", "0x7", "x7", "pro")
TEXTS = ("null", "true", "NaN", "Infinity", "[object Object]", "7,7", ".5", "-", "1e1", "-Infinity")
STORED = (
    *VALUES,
    *TEXTS,
    10,
    0.5,
    -0.0,
    2**53,
    {},
    {"7": 7},
    [],
    [None],
    [7],
    ["7"],
    ["7.0"],
    [7, 7],
    [True],
    ["x", "pro"],
    [["pro"]],
)
WANTED = (*VALUES, *TEXTS, {"$in": [7, "pro"]}, {"$in": [True]}, {"$in": [None, ""]}, {"$eq": 7}, {"$eq": "7"})


@pytest.mark.parametrize("wanted", [*WANTED, {"$gte": 7}, {"$exists": True}, {"$size": 1}, {"$in": ["7"], "$ne": 1}])
def test_whatever_value_satisfies_a_query_has_the_facts_it_needs(wanted: Any) -> None:
    query = {"seats": wanted}
    needed = accesses(cond.TraitsMatch(query))
    satisfying = [{"seats": value} for value in STORED if compile_query(query)({"seats": value})]

    for traits in satisfying:
        situation = Situation(build_profile(traits=traits), build_context(), NOW)
        for access in needed:
            assert any(fact.value in situation.values(fact.variable) for fact in access), traits


def test_a_situation_has_the_facts_of_its_user_and_context() -> None:
    history = build_history(
        older_sessions=5,
        features={"export": FeatureHistory(2, us_ago(days=2), us_ago(days=1))},
        recent={InteractionKind.CLICK: {"save": (1,)}},
    )
    profile = build_profile(memberships=(build_membership("new"),), history=history, traits={"plan": "pro"})
    situation = Situation(profile, build_context("login", device=Device.MOBILE), NOW)
    needed = (
        segment("new"),
        MOBILE,
        BEGINNER,
        EXPORT,
        cond.AtPlace(frozenset({"login"})),
        cond.Did(InteractionKind.CLICK, Range(gt=0), 7),
        cond.Did(InteractionKind.CLICK, Range(gt=0), 7, "save"),
        cond.ActivityWithin(cond.ActivityMeasure.SESSIONS, Range(gte=5)),
        cond.TraitsMatch({"plan": "pro"}),
        cond.TraitsMatch({"plan": {"$gt": "a"}}),
    )

    for condition in needed:
        for (fact,) in accesses(condition):
            assert fact.value in situation.values(fact.variable)
    ((enough,),) = accesses(cond.ActivityWithin(cond.ActivityMeasure.SESSIONS, Range(gte=8)))
    assert enough.value not in situation.values(enough.variable)


def test_of_many_accesses_the_narrowest_are_kept() -> None:
    many = (MOBILE, BEGINNER, EXPORT, segment("new"), cond.TraitsMatch({"plan": "pro"}))

    kept = read(cond.AllOf(many))

    assert len(kept) == MAX_ACCESSES + 1
    assert kept[:2] == equal("plan", "pro")
    assert {("skill", SkillLevel.BEGINNER)} not in kept
