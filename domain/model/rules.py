"""A condition, contexts, a schedule, a coverage and a priority that lead to adaptations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, NewType

from domain.model.conditions import Always
from domain.model.schedules import ALWAYS_SCHEDULED

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.adaptations import Adaptation
    from domain.model.conditions import Condition
    from domain.model.experiments import Experiment, ExperimentRun
    from domain.model.schedules import Schedule
    from domain.model.users import UserId

RuleId = NewType("RuleId", str)
RuleKey = NewType("RuleKey", str)

PRIORITY_LIMIT = 1_000_000
"""Priorities lie in [-PRIORITY_LIMIT, PRIORITY_LIMIT]; larger wins a slot."""

MAX_LIVING_RULES = 20_000
"""Rules that are not archived."""


class RuleStatus(StrEnum):
    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ARCHIVED = "ARCHIVED"


class RuleChangeKind(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    STATUS_CHANGED = "STATUS_CHANGED"
    ROLLED_BACK = "ROLLED_BACK"
    DELETED = "DELETED"


class BucketSpan(NamedTuple):
    """Buckets from `start` (inclusive) to `end` (exclusive), in ten-thousandths."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RuleContent:
    """Everything an author writes; two rules with equal content act alike.

    Rules that name the same `exclusion_group` share no user: each has a part of the group's users to itself.
    """

    key: RuleKey
    name: str
    adaptations: tuple[Adaptation, ...]
    condition: Condition = Always()
    description: str = ""
    priority: int = 0
    places: frozenset[str] = frozenset()
    schedule: Schedule = ALWAYS_SCHEDULED
    coverage: float = 1.0
    exclusion_group: str | None = None
    experiment: Experiment | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A stored rule. `salt` decides who is covered. It is the key under which the rule was created and does not change
    with it: renaming a rule moves no user in or out of its coverage. Only an import may bring another one. `held` are
    the buckets of its exclusion group that are the rule's own, in the order in which it claimed them. `run`: what
    became of its experiment, `None` as long as it was never started.
    """

    id: RuleId
    salt: str
    status: RuleStatus
    revision: int
    content: RuleContent
    created_at: datetime
    updated_at: datetime
    updated_by: UserId
    held: tuple[BucketSpan, ...] = ()
    run: ExperimentRun | None = None

    @property
    def is_active(self) -> bool:
        return self.status is RuleStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class RuleRevision:
    """One change of a rule: the rule as it was from then on, who changed it, when and how."""

    rule: Rule
    kind: RuleChangeKind

    @property
    def revision(self) -> int:
        return self.rule.revision
