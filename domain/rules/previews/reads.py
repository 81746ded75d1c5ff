"""What of a profile do conditions read? Whatever they do not, need not be there to answer them.

The law: a profile with nothing but what `reads_of` names answers the condition as the whole profile would.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import reduce
from operator import or_
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
from domain.rules.measures import SESSION_WINDOWS_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from domain.model.conditions import Condition
    from domain.model.interactions import InteractionKind
    from domain.model.rules import RuleId
    from domain.model.segments import SegmentKey

    Target: TypeAlias = tuple[InteractionKind, str | None]


@dataclass(frozen=True, slots=True)
class Reads:
    """What of a profile is read, besides its user, skill and preferences, which cost nothing.

    `numbers` are numbers in a `History`; "sessions" and "days" are how many there were in all. Of some features only
    the uses are read. `recent` are kinds with a target, or with `None` for all targets. `sessions` are those that a
    window before now may count. `assigned` are rules on trial of which it is read what the user was assigned.
    """

    numbers: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    features: frozenset[str] = frozenset()
    recent: frozenset[Target] = frozenset()
    segments: frozenset[SegmentKey] = frozenset()
    assigned: frozenset[RuleId] = frozenset()
    sessions: bool = False
    traits: bool = False
    churn_risk: bool = False
    lifetime_value: bool = False
    devices: bool = False
    sections: bool = False

    def __or__(self, other: Reads) -> Reads:
        return Reads(*(getattr(self, field.name) | getattr(other, field.name) for field in fields(Reads)))


NOTHING = Reads()


def all_of(reads: Iterable[Reads]) -> Reads:
    return reduce(or_, reads, NOTHING)


def reads_of(condition: Condition) -> Reads:
    return _READS[type(condition)](condition)


def _of_parts(condition: AllOf | AnyOf) -> Reads:
    return all_of(map(reads_of, condition.conditions))


def _of_activity(condition: ActivityWithin) -> Reads:
    measure = condition.measure
    if measure in SESSION_WINDOWS_DAYS:
        return Reads(sessions=True)
    return Reads(numbers=frozenset({_NUMBERS[measure]}))


def _of_feature(condition: FeatureUsed) -> Reads:
    feature = frozenset({condition.feature})
    return Reads(uses=feature) if condition.last_used_days is None else Reads(features=feature)


def _nothing(_: Condition) -> Reads:
    return NOTHING


_NUMBERS: Mapping[ActivityMeasure, str] = {
    ActivityMeasure.SESSIONS: "sessions",
    ActivityMeasure.INTERACTIONS: "interactions",
    ActivityMeasure.CONVERSIONS: "conversions",
    ActivityMeasure.ACTIVE_DAYS: "days",
    ActivityMeasure.VALUE: "value_micros",
    ActivityMeasure.DAYS_SINCE_FIRST_SEEN: "first_seen_us",
}
_READS: Mapping[type, Callable[[Any], Reads]] = {
    Always: _nothing,
    AllOf: _of_parts,
    AnyOf: _of_parts,
    Not: lambda condition: reads_of(condition.condition),
    InSegment: lambda condition: Reads(segments=frozenset(condition.segments)),
    # A user comes with a device: which one, their history says.
    OnDevice: lambda _: Reads(devices=True),
    AtPlace: _nothing,
    HasSkill: _nothing,
    ActivityWithin: _of_activity,
    FeatureUsed: _of_feature,
    Did: lambda condition: Reads(recent=frozenset({(condition.kind, condition.target)})),
    AtLocalTime: _nothing,
    ChurnRiskWithin: lambda _: Reads(churn_risk=True),
    LifetimeValueWithin: lambda _: Reads(lifetime_value=True),
    LastSeenWithin: lambda _: Reads(numbers=frozenset({"last_seen_us"})),
    TraitsMatch: lambda _: Reads(traits=True),
    AttributesMatch: _nothing,
}
