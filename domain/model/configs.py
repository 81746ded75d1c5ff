"""Everything one user should see in one context now, and which rule decided each part."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NewType

from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.skills import SkillLevel

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from domain.model.assignments import Applied
    from domain.model.json_values import JsonObject
    from domain.model.rules import RuleId

Slot = NewType("Slot", str)
"""One place of the config that exactly one adaptation decides: `theme.mode`, `feature:export`, `shortcut:board`."""


class ConfigSource(StrEnum):
    DECIDED = "DECIDED"
    CACHED = "CACHED"
    LAST_KNOWN = "LAST_KNOWN"
    DEFAULT = "DEFAULT"


class UpdateCause(StrEnum):
    SUBSCRIBED = "SUBSCRIBED"
    RULE_CHANGED = "RULE_CHANGED"
    PROFILE_CHANGED = "PROFILE_CHANGED"
    CATALOGUE_CHANGED = "CATALOGUE_CHANGED"
    SCHEDULE = "SCHEDULE"
    PRIVACY_CHANGED = "PRIVACY_CHANGED"
    RESYNCHRONISED = "RESYNCHRONISED"


@dataclass(frozen=True, slots=True)
class FeatureState:
    key: str
    visible: bool = True
    highlighted: bool = False


@dataclass(frozen=True, slots=True)
class Recommendation:
    feature: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class LostAdaptation:
    rule_id: RuleId
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided a slot; `rule_id` is `None` where the user's own preference did, or where no rule could."""

    slot: Slot
    rule_id: RuleId | None
    lost: tuple[LostAdaptation, ...] = ()
    variation: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """`revision` identifies what is shown and why: equal for equal content and decisions, in any process.

    `applied`: the rules that could decide something here, which is what analyses count.
    It holds from `decided_at` until `holds_until` (exclusive) unless the profile or a rule changes; `None`: for good.
    """

    revision: str
    decided_at: datetime
    holds_until: datetime | None = None
    source: ConfigSource = ConfigSource.DECIDED
    theme_mode: ThemeMode = ThemeMode.SYSTEM
    density: LayoutDensity = LayoutDensity.COMFORTABLE
    features: tuple[FeatureState, ...] = ()
    navigation: tuple[str, ...] = ()
    shortcuts: tuple[str, ...] = ()
    difficulty: SkillLevel = SkillLevel.BEGINNER
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    parameters: JsonObject = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    applied: tuple[Applied, ...] = ()

    def holds_at(self, instant: datetime) -> bool:
        return self.holds_until is None or instant < self.holds_until

    def decided_anew(self, decided_at: datetime, holds_until: datetime | None) -> Config:
        """The same at another time; `replace` would take twice as long, for every config that is asked for."""
        return Config(self.revision, decided_at, holds_until, *_after_the_instants(self))

    def served_from(self, source: ConfigSource) -> Config:
        return Config(self.revision, self.decided_at, self.holds_until, source, *_after_the_source(self))


_after_the_instants: Callable[[Config], tuple[Any, ...]] = attrgetter(*(known.name for known in fields(Config)[3:]))
_after_the_source: Callable[[Config], tuple[Any, ...]] = attrgetter(*(known.name for known in fields(Config)[4:]))


@dataclass(frozen=True, slots=True)
class ConfigUpdate:
    """A config as it is now, why it is sent, and which slots differ from the one sent before."""

    config: Config
    cause: UpdateCause
    changed_slots: tuple[Slot, ...] = ()
