"""What does a condition mean? It is compiled once into closures over a situation.

Days are whole 24-hour days, rounded down and at least 0. A condition on something unknown (no such feature, no device,
no insight) does not hold, and `not` of it does. `domain.rules.interpretation` says the same as plainly as can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from domain.model.conditions import (
    ActivityMeasure,
    ActivityWithin,
    AllOf,
    Always,
    AnyOf,
    AtLocalTime,
    AtPlace,
    AttributesMatch,
    ChurnRiskWithin,
    Did,
    FeatureUsed,
    HasSkill,
    InSegment,
    LastSeenWithin,
    LifetimeValueWithin,
    Not,
    OnDevice,
    TraitsMatch,
)
from domain.rules.measures import (
    COUNTS,
    SESSION_WINDOWS_DAYS,
    aged,
    churn_risk,
    counted,
    done_within,
    lifetime_value,
    predicted,
    sessions_within,
)
from domain.rules.predicates import Predicate, conjunction, constant, disjunction, negation
from domain.rules.queries import compile_query
from domain.rules.situations import Situation
from domain.rules.windows import WeekPattern, next_edge_us, week_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.model.conditions import Condition
    from domain.model.profiles import History

__all__ = ["Predicate", "Situation", "compile_condition", "local_times"]

Compiler: TypeAlias = "Callable[[Any], Predicate]"

_NOT_A_MEMBER = -1.0


def compile_condition(condition: Condition) -> Predicate:
    """The condition as a predicate; never fails, because stored conditions were checked when they were written."""
    return _COMPILERS[type(condition)](condition)


def local_times(pattern: WeekPattern) -> Predicate:
    """Is the user's local time within a pattern of the week?"""
    if not pattern.edges:
        return constant(pattern.open_at_end)
    contains = pattern.contains
    return Predicate(
        lambda situation: contains(situation.week_position),
        lambda situation: next_edge_us(pattern, situation.now_us, situation.zone),
    )


def _in_segment(condition: InSegment) -> Predicate:
    confidence = condition.confidence
    if len(condition.segments) == 1:
        (segment,) = condition.segments
        return Predicate(lambda situation: situation.confidences.get(segment, _NOT_A_MEMBER) >= confidence)
    segments = condition.segments
    return Predicate(
        lambda situation: any(situation.confidences.get(segment, _NOT_A_MEMBER) >= confidence for segment in segments)
    )


def _on_device(condition: OnDevice) -> Predicate:
    devices = condition.devices
    return Predicate(lambda situation: situation.context.device in devices)


def _at_place(condition: AtPlace) -> Predicate:
    places = condition.places
    return Predicate(lambda situation: situation.context.place in places)


def _has_skill(condition: HasSkill) -> Predicate:
    levels = condition.levels
    return Predicate(lambda situation: situation.profile.skill in levels)


def _activity(condition: ActivityWithin) -> Predicate:
    measure = condition.measure
    if measure is ActivityMeasure.DAYS_SINCE_FIRST_SEEN:
        return aged(lambda history: history.first_seen_us, condition.range)
    if measure in SESSION_WINDOWS_DAYS:
        return sessions_within(SESSION_WINDOWS_DAYS[measure], condition.range)
    return counted(COUNTS[measure], condition.range)


def _feature_used(condition: FeatureUsed) -> Predicate:
    feature = condition.feature

    def uses(history: History) -> int:
        found = history.features.get(feature)
        return 0 if found is None else found.uses

    def last_used_us(history: History) -> int | None:
        found = history.features.get(feature)
        return None if found is None else found.last_us

    often = counted(uses, condition.uses)
    if condition.last_used_days is None:
        return often
    return conjunction((often, aged(last_used_us, condition.last_used_days)))


def _traits(condition: TraitsMatch) -> Predicate:
    satisfied_by = compile_query(condition.query)
    return Predicate(lambda situation: satisfied_by(situation.profile.traits))


def _attributes(condition: AttributesMatch) -> Predicate:
    satisfied_by = compile_query(condition.query)
    return Predicate(lambda situation: satisfied_by(situation.context.attributes))


_COMPILERS: Mapping[type, Compiler] = {
    Always: lambda condition: constant(condition.value),
    AllOf: lambda condition: conjunction(tuple(map(compile_condition, condition.conditions))),
    AnyOf: lambda condition: disjunction(tuple(map(compile_condition, condition.conditions))),
    Not: lambda condition: negation(compile_condition(condition.condition)),
    InSegment: _in_segment,
    OnDevice: _on_device,
    AtPlace: _at_place,
    HasSkill: _has_skill,
    ActivityWithin: _activity,
    FeatureUsed: _feature_used,
    Did: lambda condition: done_within(condition.kind, condition.target, condition.days, condition.times),
    AtLocalTime: lambda condition: local_times(week_pattern((condition.window,))),
    ChurnRiskWithin: lambda condition: predicted(churn_risk, condition.range),
    LifetimeValueWithin: lambda condition: predicted(lifetime_value, condition.range),
    LastSeenWithin: lambda condition: aged(lambda history: history.last_seen_us, condition.days),
    TraitsMatch: _traits,
    AttributesMatch: _attributes,
}
