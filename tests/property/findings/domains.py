"""Small worlds in which everything that can be the case is listed, and conditions about nothing else.

A world is a few topics; its situations are all combinations of what each topic can be. Whatever two conditions of a
world can tell apart is told apart by its situations, so a condition that holds in none of them never holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import product
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from domain.model import conditions as cond
from domain.model.contexts import Context
from domain.model.interactions import Device
from domain.model.profiles import History
from domain.model.ranges import Range
from domain.model.schedules import Weekday, WeeklyWindow
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.rules.insights import only_numbers
from domain.rules.situations import Situation
from tests.builders.profiles import NOW, build_membership, build_profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

MORNING = WeeklyWindow(time(6), time(12))
NIGHT = WeeklyWindow(time(22), time(6))
WORKDAYS = WeeklyWindow(time(9), time(17), frozenset(Weekday) - {Weekday.SATURDAY, Weekday.SUNDAY})
_WEDNESDAY, _SUNDAY = datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)
INSTANTS = [day.replace(hour=hour) for day in (_WEDNESDAY, _SUNDAY) for hour in (3, 7, 10, 14, 19, 23)]

Parts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TopicOfWorld:
    """What can be the case, as parts of a situation, and the simple conditions about it."""

    cases: tuple[Parts, ...]
    conditions: SearchStrategy[cond.Condition]


def _subsets(values: list[Any], make: Callable[[Any], cond.Condition]) -> SearchStrategy[cond.Condition]:
    return st.frozensets(st.sampled_from(values), min_size=1).map(make)


def _ranges() -> SearchStrategy[Range]:
    halves = st.integers(-1, 7).map(lambda number: number / 2)
    one = st.sampled_from(("gte", "gt", "lte", "lt", "eq"))
    both = st.tuples(halves, halves).map(lambda pair: Range(gt=min(pair), lte=max(pair)))
    return st.builds(lambda name, bound: Range(**{name: bound}), one, halves) | both


def _segment_topic(key: str) -> TopicOfWorld:
    return TopicOfWorld(
        tuple({key: confidence} for confidence in (None, 0.05, 0.5, 0.7, 0.9, 1.0)),
        st.sampled_from((0.05, 0.5, 0.7, 1.0)).map(lambda least: cond.InSegment((SegmentKey(key),), least)),
    )


PLAN_QUERIES: list[Any] = [
    {"plan": "a"},
    {"plan": "b"},
    {"plan": {"$exists": True}},
    {"plan": {"$ne": "a"}},
    {"plan": {"$eq": "b"}},
    {"$nor": [{"plan": "a"}, {"plan": "b"}]},
]
AGE_QUERIES: list[Any] = [
    {"age": {"$gt": 1}},
    {"age": {"$lte": 1}},
    {"age": {"$gte": 1, "$lt": 3}},
    {"age": {"$lt": 0.5}},
    {"$not": {"age": 1}},
    {"age": 3},
]
TOPICS = {
    "place": TopicOfWorld(
        tuple({"place": place} for place in ("here", "there", "elsewhere")), _subsets(["here", "there"], cond.AtPlace)
    ),
    "device": TopicOfWorld(
        tuple({"device": device} for device in (*Device, None)), _subsets(list(Device), cond.OnDevice)
    ),
    "skill": TopicOfWorld(tuple({"skill": level} for level in SkillLevel), _subsets(list(SkillLevel), cond.HasSkill)),
    "conversions": TopicOfWorld(
        tuple({"conversions": count} for count in range(5)),
        _ranges().map(lambda wanted: cond.ActivityWithin(cond.ActivityMeasure.CONVERSIONS, wanted)),
    ),
    "vip": _segment_topic("vip"),
    "beta": _segment_topic("beta"),
    "plan": TopicOfWorld(
        tuple({"plan": plan} for plan in (None, "a", "b", "c", ["a"], ["b"])),
        st.sampled_from(PLAN_QUERIES).map(cond.TraitsMatch),
    ),
    "age": TopicOfWorld(
        tuple({"age": age} for age in (None, "no number", 0, 0.5, 1, 2, 3, 4)),
        st.sampled_from(AGE_QUERIES).map(cond.TraitsMatch),
    ),
    "risk": TopicOfWorld(
        tuple({"risk": risk} for risk in (None, 0.0, 0.25, 0.5, 0.75, 1.0)),
        _ranges().filter(lambda wanted: all(0 <= bound <= 1 for bound in wanted.bounds())).map(cond.ChurnRiskWithin),
    ),
    "worth": TopicOfWorld(
        ({"worth": None}, *({"worth": quarters / 4} for quarters in range(16))),
        _ranges().map(cond.LifetimeValueWithin),
    ),
    "now": TopicOfWorld(
        tuple({"now": instant} for instant in INSTANTS),
        st.sampled_from((MORNING, NIGHT, WORKDAYS)).map(cond.AtLocalTime),
    ),
}


@dataclass(frozen=True, slots=True)
class World:
    topics: tuple[str, ...]

    def conditions(self) -> SearchStrategy[cond.Condition]:
        return st.recursive(
            st.one_of(*(TOPICS[topic].conditions for topic in self.topics)),
            lambda inner: st.one_of(
                st.lists(inner, min_size=1, max_size=4).map(lambda parts: cond.AllOf(tuple(parts))),
                st.lists(inner, min_size=1, max_size=4).map(lambda parts: cond.AnyOf(tuple(parts))),
                inner.map(cond.Not),
            ),
            max_leaves=10,
        )

    def situations(self, user_id: str = "u") -> list[Situation]:
        choices = product(*(TOPICS[topic].cases for topic in self.topics))
        return [_situation(user_id, {name: case for part in parts for name, case in part.items()}) for parts in choices]


def worlds(most: int = 3, without: frozenset[str] = frozenset()) -> SearchStrategy[World]:
    names = sorted(TOPICS.keys() - without)
    return st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True).map(lambda t: World(tuple(t)))


def _situation(user_id: str, parts: Parts) -> Situation:
    profile = build_profile(
        user_id,
        history=History(conversions=parts.get("conversions", 0)),
        skill=parts.get("skill", SkillLevel.BEGINNER),
        traits={name: parts[name] for name in ("plan", "age") if parts.get(name) is not None},
        memberships=tuple(build_membership(k, parts[k]) for k in ("vip", "beta") if parts.get(k) is not None),
        insights=only_numbers(NOW, parts.get("risk"), parts.get("worth")),
    )
    context = Context(parts.get("place", "elsewhere"), parts.get("device"))
    return Situation(profile, context, parts.get("now", NOW))
