"""Boolean expressions over profile, segments, insights, context and time.

One frozen class per member of the API's `ConditionInput`; `Condition` is their union. What they mean is in
`domain.rules.conditions`, how they are written down in `domain.rules.documents`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from domain.model.interactions import Device, InteractionKind
    from domain.model.json_values import JsonObject
    from domain.model.ranges import Range
    from domain.model.schedules import WeeklyWindow
    from domain.model.segments import SegmentKey
    from domain.model.skills import SkillLevel

MAX_CONDITION_DEPTH = 10
MAX_CONDITION_NODES = 200


class ActivityMeasure(StrEnum):
    SESSIONS = "SESSIONS"
    SESSIONS_7D = "SESSIONS_7D"
    SESSIONS_30D = "SESSIONS_30D"
    INTERACTIONS = "INTERACTIONS"
    CONVERSIONS = "CONVERSIONS"
    ACTIVE_DAYS = "ACTIVE_DAYS"
    VALUE = "VALUE"
    DAYS_SINCE_FIRST_SEEN = "DAYS_SINCE_FIRST_SEEN"


@dataclass(frozen=True, slots=True)
class Always:
    """`always: false` is the condition that never holds."""

    value: bool = True


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition


@dataclass(frozen=True, slots=True)
class InSegment:
    """In any of the segments with at least this confidence."""

    segments: tuple[SegmentKey, ...]
    confidence: float = 0.5


@dataclass(frozen=True, slots=True)
class OnDevice:
    devices: frozenset[Device]


@dataclass(frozen=True, slots=True)
class AtPlace:
    places: frozenset[str]


@dataclass(frozen=True, slots=True)
class HasSkill:
    levels: frozenset[SkillLevel]


@dataclass(frozen=True, slots=True)
class ActivityWithin:
    measure: ActivityMeasure
    range: Range


@dataclass(frozen=True, slots=True)
class FeatureUsed:
    """Uses of one feature ever, and optionally whole days since the last; never used: 0 uses, no last day."""

    feature: str
    uses: Range
    last_used_days: Range | None = None


@dataclass(frozen=True, slots=True)
class Did:
    """How often one kind of interaction (on one target) happened in the last `days` x 24 hours."""

    kind: InteractionKind
    times: Range
    days: int
    target: str | None = None


@dataclass(frozen=True, slots=True)
class AtLocalTime:
    window: WeeklyWindow


@dataclass(frozen=True, slots=True)
class ChurnRiskWithin:
    """Never holds for a user without this insight."""

    range: Range


@dataclass(frozen=True, slots=True)
class LifetimeValueWithin:
    """Never holds for a user without this insight."""

    range: Range


@dataclass(frozen=True, slots=True)
class LastSeenWithin:
    """Whole days since the user was last seen; never holds for a user never seen."""

    days: Range


@dataclass(frozen=True, slots=True)
class TraitsMatch:
    """MongoDB-style operators over the declared traits, as GrowthBook evaluates them."""

    query: JsonObject


@dataclass(frozen=True, slots=True)
class AttributesMatch:
    """The same operators over the request's attributes."""

    query: JsonObject


Condition: TypeAlias = (
    Always
    | AllOf
    | AnyOf
    | Not
    | InSegment
    | OnDevice
    | AtPlace
    | HasSkill
    | ActivityWithin
    | FeatureUsed
    | Did
    | AtLocalTime
    | ChurnRiskWithin
    | LifetimeValueWithin
    | LastSeenWithin
    | TraitsMatch
    | AttributesMatch
)
