"""What the engine knows of one user now: a fold over interactions, plus declared traits and preferences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.model.skills import SkillLevel
from domain.model.users import PersonalizationChoice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.model.adaptations import LayoutDensity, ThemeMode
    from domain.model.assignments import StickyVariation
    from domain.model.insights import Insights
    from domain.model.interactions import Device, InteractionKind
    from domain.model.json_values import JsonObject
    from domain.model.rules import RuleId
    from domain.model.segments import SegmentKey, SegmentMembership
    from domain.model.users import UserId

HOURS_IN_WEEK = 168


@dataclass(frozen=True, slots=True)
class SessionSpan:
    """First and last interaction of one session, in microseconds since 1970 UTC."""

    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class FeatureHistory:
    """Uses of one feature; the instants are microseconds since 1970 UTC."""

    uses: int
    first_us: int
    last_us: int


@dataclass(frozen=True, slots=True)
class TagHistory:
    """How often content with one tag was seen and how often it was dismissed."""

    seen: int = 0
    dismissed: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """What the fold remembers of a user's interactions. Bounded; equal however the interactions were batched.

    `sessions` are those that ended within the horizon before `last_seen_us`, oldest first; older ones are only
    counted. `days` likewise are the UTC days (days since 1970) with any interaction. `recent` holds, per kind and
    target ("" for none), the latest whole seconds since 1970, oldest first. `week` counts interactions per local
    hour of the week, Monday 00:00 first. `value_micros` is the sum of values in millionths, so that adding is exact.
    """

    interactions: int = 0
    conversions: int = 0
    value_micros: int = 0
    first_seen_us: int | None = None
    last_seen_us: int | None = None
    older_sessions: int = 0
    sessions: tuple[SessionSpan, ...] = ()
    older_days: int = 0
    days: tuple[int, ...] = ()
    features: Mapping[str, FeatureHistory] = field(default_factory=dict)
    sections: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, TagHistory] = field(default_factory=dict)
    devices: Mapping[Device, int] = field(default_factory=dict)
    week: tuple[int, ...] = (0,) * HOURS_IN_WEEK
    recent: Mapping[InteractionKind, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the user chose for themselves: it decides its slot before any rule."""

    theme_mode: ThemeMode | None = None
    density: LayoutDensity | None = None
    difficulty: SkillLevel | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """`revision` grows with every change; 0 is the profile of a user of whom nothing is known.

    `choice` belongs to the profile because it changes the config like everything else here does. `insights` are what
    models say, `None` where there is no model or the user allows none. `assignments`: what the user got in the latest
    run of each experiment met. `linked_to`: the known user whom this id is an alias of; nothing else but what that user
    chose is then known here. `buckets` remember what the user's id hashes to under salts, because hashing costs more
    than nearly everything else in a decision.
    """

    user_id: UserId
    revision: int = 0
    history: History = field(default_factory=History)
    traits: JsonObject = field(default_factory=dict)
    preferences: Preferences = field(default_factory=Preferences)
    memberships: tuple[SegmentMembership, ...] = ()
    skill: SkillLevel = SkillLevel.BEGINNER
    choice: PersonalizationChoice = field(default_factory=PersonalizationChoice)
    computed_at: datetime | None = None
    insights: Insights | None = None
    assignments: Mapping[RuleId, StickyVariation] = field(default_factory=dict)
    linked_to: UserId | None = None
    buckets: dict[str, float] = field(init=False, default_factory=dict, repr=False, compare=False)

    @property
    def is_known(self) -> bool:
        return self.revision > 0

    @property
    def allowed_insights(self) -> Insights | None:
        """The insights, if the user lets models have a say: whatever is decided or shown reads these."""
        return self.insights if self.choice.allows_models else None

    def confidence_in(self, segment: SegmentKey) -> float:
        return next((m.confidence for m in self.memberships if m.segment == segment), 0.0)
