"""What do conditions read, which values can it have, and which does it have in a situation?"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum, auto
from math import isnan
from typing import TYPE_CHECKING, Any, TypeAlias

from domain.model.conditions import ActivityMeasure
from domain.model.interactions import Device
from domain.model.segments import KEPT_FROM_CONFIDENCE
from domain.model.skills import SkillLevel
from domain.rules import coercions
from domain.rules.buckets import bucket_after, salted
from domain.rules.findings.regions import ABSENT, AFTER, BEFORE, Choice, Line
from domain.rules.instants import DAY_SECONDS, DAY_US, SECOND_US, WEEK_US
from domain.rules.measures import COUNTS, SESSION_WINDOWS_DAYS, churn_risk, lifetime_value
from domain.rules.queries import compile_query, value_at
from domain.rules.usage import sessions_started_within

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from domain.model.json_values import Json
    from domain.rules.findings.regions import Space
    from domain.rules.situations import Situation

    Read: TypeAlias = Callable[..., Any]


class Topic(Enum):
    PLACE = auto()
    DEVICE = auto()
    SKILL = auto()
    SEGMENT = auto()
    ACTIVITY = auto()
    USES = auto()
    LAST_USED_DAYS = auto()
    DID = auto()
    LAST_SEEN_DAYS = auto()
    WEEK = auto()
    INSTANT = auto()
    BUCKET = auto()
    CHURN_RISK = auto()
    LIFETIME_VALUE = auto()
    # One value of the traits or attributes as the operators of queries see it: as it is, as text, number or boolean,
    EXACT = auto()
    TEXT = auto()
    NUMBER = auto()
    TRUTH = auto()
    # or only as what passes one operator's test or not.
    TEST = auto()


class Source(Enum):
    """Which object a query is asked of."""

    TRAITS = "trait"
    ATTRIBUTES = "attribute"


@dataclass(frozen=True, slots=True)
class Variable:
    """`key` says which of its topic: a segment's key, a measure, a feature, ..."""

    topic: Topic
    key: tuple[Any, ...] = ()


def space_of(variable: Variable) -> Space:
    if variable.topic is Topic.ACTIVITY:
        return _MEASURES.get(variable.key[0], _COUNT)
    return _SPACES[variable.topic]


def value_in(situation: Situation, variable: Variable) -> Any:
    """The variable's value, which lies in its space; `ABSENT` when it is not known."""
    return _READERS[variable.topic](situation, *variable.key)


def passes(operator: str, argument: str, value: Json) -> bool:
    """Does the value pass the test?"""
    expected = json.loads(argument)
    return compile_query({"value": {operator: expected} if operator else expected})({"value": value})


def exact_key(value: Json) -> Hashable:
    """Equal for values that JavaScript holds for identical; lists and objects are identical with nothing."""
    if isinstance(value, list | dict):
        return "not a scalar"
    kind = (
        "boolean" if isinstance(value, bool) else "number" if isinstance(value, int | float) else type(value).__name__
    )
    return (kind, value)


def number_or_absent(value: Json) -> float | None:
    number = coercions.number_of(value)
    return ABSENT if isnan(number) else number


def _activity(situation: Situation, measure: ActivityMeasure) -> float | None:
    if measure is ActivityMeasure.DAYS_SINCE_FIRST_SEEN:
        return _days_since(situation, situation.history.first_seen_us)
    if measure in SESSION_WINDOWS_DAYS:
        return sessions_started_within(situation.history, SESSION_WINDOWS_DAYS[measure], situation.now)
    return COUNTS[measure](situation.history)


def _uses(situation: Situation, feature: str) -> int:
    found = situation.history.features.get(feature)
    return 0 if found is None else found.uses


def _last_used_days(situation: Situation, feature: str) -> int | None:
    found = situation.history.features.get(feature)
    return _days_since(situation, None if found is None else found.last_us)


def _did(situation: Situation, kind: Any, target: str | None, days: int) -> int:
    after = situation.now_us // SECOND_US - days * DAY_SECONDS
    runs = situation.history.recent.get(kind, {})
    counted = runs.values() if target is None else (runs.get(target, ()),)
    return sum(len(run) - bisect_right(run, after) for run in counted)


def _days_since(situation: Situation, event_us: int | None) -> int | None:
    return ABSENT if event_us is None else max((situation.now_us - event_us) // DAY_US, 0)


def _at(situation: Situation, source: Source, path: str) -> Json:
    asked = situation.profile.traits if source is Source.TRAITS else situation.context.attributes
    return value_at(dict(asked), path)


_COUNT = Line(whole=True, low=(0, BEFORE))
_DAYS = Line(whole=True, low=(0, BEFORE), optional=True)
_MEASURES: Mapping[Any, Line] = {
    ActivityMeasure.VALUE: Line(),
    ActivityMeasure.DAYS_SINCE_FIRST_SEEN: _DAYS,
}
_SPACES: Mapping[Topic, Space] = {
    Topic.PLACE: Choice(),
    Topic.DEVICE: Choice((*Device, None)),
    Topic.SKILL: Choice(tuple(SkillLevel)),
    Topic.SEGMENT: Line(low=(KEPT_FROM_CONFIDENCE, BEFORE), high=(1, AFTER), optional=True),
    Topic.USES: _COUNT,
    Topic.LAST_USED_DAYS: _DAYS,
    Topic.DID: _COUNT,
    Topic.LAST_SEEN_DAYS: _DAYS,
    Topic.WEEK: Line(whole=True, low=(0, BEFORE), high=(WEEK_US, BEFORE)),
    Topic.INSTANT: Line(whole=True),
    Topic.BUCKET: Line(low=(0, BEFORE), high=(1, BEFORE)),
    Topic.CHURN_RISK: Line(low=(0, BEFORE), high=(1, AFTER), optional=True),
    Topic.LIFETIME_VALUE: Line(low=(0, BEFORE), optional=True),
    Topic.EXACT: Choice(),
    Topic.TEXT: Choice(),
    Topic.NUMBER: Line(optional=True),
    Topic.TRUTH: Choice((True, False)),
    Topic.TEST: Choice((True, False)),
}
_READERS: Mapping[Topic, Read] = {
    Topic.PLACE: lambda situation: situation.context.place,
    Topic.DEVICE: lambda situation: situation.context.device,
    Topic.SKILL: lambda situation: situation.profile.skill,
    Topic.SEGMENT: lambda situation, segment: situation.confidences.get(segment, ABSENT),
    Topic.ACTIVITY: _activity,
    Topic.USES: _uses,
    Topic.LAST_USED_DAYS: _last_used_days,
    Topic.DID: _did,
    Topic.LAST_SEEN_DAYS: lambda situation: _days_since(situation, situation.history.last_seen_us),
    Topic.WEEK: lambda situation: situation.week_position,
    Topic.INSTANT: lambda situation: situation.now_us,
    Topic.BUCKET: lambda situation, salt: bucket_after(salted(salt), situation.user_code_units),
    Topic.CHURN_RISK: churn_risk,
    Topic.LIFETIME_VALUE: lifetime_value,
    Topic.EXACT: lambda situation, *at: exact_key(_at(situation, *at)),
    Topic.TEXT: lambda situation, *at: coercions.text_of(_at(situation, *at)),
    Topic.NUMBER: lambda situation, *at: number_or_absent(_at(situation, *at)),
    Topic.TRUTH: lambda situation, *at: coercions.truth_of(_at(situation, *at)),
    Topic.TEST: lambda situation, source, path, operator, argument: passes(
        operator, argument, _at(situation, source, path)
    ),
}
