"""What must be true of a user, whatever the time, before a condition can ever hold?

The idea is that of access predicates: Whang et al., "Indexing Boolean Expressions", PVLDB 2 (2009) 37-48. An access may
be too wide, because candidates are evaluated in full, but never too narrow: a condition of which nothing steady is
certain has none.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from domain.model.conditions import (
    ActivityWithin,
    AllOf,
    Always,
    AnyOf,
    AtPlace,
    AttributesMatch,
    ChurnRiskWithin,
    Did,
    FeatureUsed,
    HasSkill,
    InSegment,
    LifetimeValueWithin,
    OnDevice,
    TraitsMatch,
)
from domain.rules.indexing.facts import NEVER, UNKNOWN, Access, Accesses, Variable, any_value, every, share, some
from domain.rules.indexing.members import ATTRIBUTES, TRAITS
from domain.rules.measures import COUNTS, churn_risk, lifetime_value

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from domain.model.conditions import Condition
    from domain.model.profiles import History
    from domain.model.ranges import Range
    from domain.rules.situations import Situation

MAX_FACTS = 100
"""An access by more facts than this is not worth its upkeep."""

MAX_ACCESSES = 4
"""Together, more are hardly narrower."""


def accesses(condition: Condition) -> Accesses:
    """What is steady and necessary for a condition, the narrowest first, each after what it presumes."""
    return every(map(_with_presumed, sorted(_accesses(condition), key=share)[:MAX_ACCESSES]))


def _with_presumed(access: Access) -> Accesses:
    presumed = [fact.variable.presumes for fact in access]
    first = frozenset(fact for fact in presumed if fact is not None)
    return (first, access) if first and None not in presumed else (access,)


def _accesses(condition: Condition) -> Accesses:
    read = _READERS.get(type(condition))
    return UNKNOWN if read is None else tuple(access for access in read(condition) if len(access) <= MAX_FACTS)


SEGMENT = Variable("segment", 0.1, lambda situation: situation.confidences)
DEVICE = Variable("device", 0.3, lambda situation: (situation.context.device,))
PLACE = Variable("place", 0.2, lambda situation: (situation.context.place,))
SKILL = Variable("skill", 0.3, lambda situation: (situation.profile.skill,))
FEATURE = Variable("feature ever used", 0.1, lambda situation: situation.history.features)
TARGET = Variable("target", 0.05, lambda situation: chain.from_iterable(situation.history.recent.values()))
DEED = Variable("kind of interaction", 0.5, lambda situation: situation.history.recent)


def _in_segment(condition: InSegment) -> Accesses:
    return any_value(SEGMENT, condition.segments) if condition.confidence >= 0 else UNKNOWN


def _feature_used(condition: FeatureUsed) -> Accesses:
    if condition.uses.contains(0) and condition.last_used_days is None:
        return UNKNOWN
    return any_value(FEATURE, (condition.feature,))


def _did(condition: Did) -> Accesses:
    if condition.times.contains(0):
        return UNKNOWN
    if condition.target is None:
        return any_value(DEED, (condition.kind,))
    return any_value(TARGET, (condition.target,))


# Counts of one order of magnitude share a value, so that a count has few of them: those up to its own.


def _magnitude(number: float) -> int:
    return int(max(number, 0)).bit_length()


def _reached(count: Callable[[History], float]) -> Callable[[Situation], Iterable[Hashable]]:
    return lambda situation: range(_magnitude(count(situation.history)) + 1)


_AT_LEAST = {measure: Variable(f"at least: {measure}", 0.5, _reached(count)) for measure, count in COUNTS.items()}


def _activity(condition: ActivityWithin) -> Accesses:
    low = _low(condition.range)
    if low <= 0 or condition.measure not in _AT_LEAST:
        return UNKNOWN
    return any_value(_AT_LEAST[condition.measure], (_magnitude(low),))


# A risk has a value for each tenth up to its own; who has no risk at all has none.


def _tenth(share: float) -> int:
    return int(share * 10)


def _risks(situation: Situation) -> Iterable[Hashable]:
    risk = churn_risk(situation)
    return () if risk is None else range(_tenth(risk) + 1)


def _values(situation: Situation) -> Iterable[Hashable]:
    value = lifetime_value(situation)
    return () if value is None else range(_magnitude(value) + 1)


CHURN_RISK = Variable("churn risk, at least in tenths", 0.4, _risks)
LIFETIME_VALUE = Variable("at least: lifetime value", 0.4, _values)


def _low(wanted: Range) -> float:
    return max((bound for bound in (wanted.gte, wanted.gt, wanted.eq) if bound is not None), default=0)


_READERS: Mapping[type, Callable[[Any], Accesses]] = {
    Always: lambda condition: UNKNOWN if condition.value else NEVER,
    AllOf: lambda condition: every(map(_accesses, condition.conditions)),
    AnyOf: lambda condition: some(map(_accesses, condition.conditions)),
    InSegment: _in_segment,
    OnDevice: lambda condition: any_value(DEVICE, condition.devices),
    AtPlace: lambda condition: any_value(PLACE, condition.places),
    HasSkill: lambda condition: any_value(SKILL, condition.levels),
    ActivityWithin: _activity,
    FeatureUsed: _feature_used,
    Did: _did,
    ChurnRiskWithin: lambda condition: any_value(CHURN_RISK, (_tenth(_low(condition.range)),)),
    LifetimeValueWithin: lambda condition: any_value(LIFETIME_VALUE, (_magnitude(_low(condition.range)),)),
    TraitsMatch: lambda condition: TRAITS.accesses(condition.query),
    AttributesMatch: lambda condition: ATTRIBUTES.accesses(condition.query),
}
