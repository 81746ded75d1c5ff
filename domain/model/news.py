"""What has happened, told to every process after the transaction that made it so.

News only saves time: whoever misses some re-reads the stores on `Resynchronised` and ends in the same state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.configs import UpdateCause
    from domain.model.rules import RuleChangeKind, RuleId
    from domain.model.segments import SegmentKey
    from domain.model.users import UserId


MAX_IMPORTED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class InteractionsTracked:
    """Users are marked for folding: workers need not wait for their next look."""


@dataclass(frozen=True, slots=True)
class ProfileChanged:
    user_id: UserId
    revision: int
    cause: UpdateCause


@dataclass(frozen=True, slots=True)
class UserErased:
    """Whatever a process keeps of the user is to be forgotten."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class UsersLinked:
    """An anonymous user is an alias of a known one now, or that one chose something else: whatever a process keeps of
    the alias is to be forgotten.
    """

    anonymous_id: UserId
    user_id: UserId


@dataclass(frozen=True, slots=True)
class SegmentChanged:
    """A user joined or left a segment."""

    user_id: UserId
    segment: SegmentKey
    joined: bool
    confidence: float
    at: datetime


@dataclass(frozen=True, slots=True)
class RuleChanged:
    rule_id: RuleId
    revision: int
    rule_set_revision: int
    kind: RuleChangeKind
    by: UserId
    at: datetime


@dataclass(frozen=True, slots=True)
class RuleReallocated:
    """A bandit gives new users other shares of the variations: the rule set moved, and no author changed anything."""

    rule_id: RuleId
    revision: int
    rule_set_revision: int


@dataclass(frozen=True, slots=True)
class RulesImported:
    """Many rules were changed at once, and the catalogue may have been: the rule set is to be read again.

    One import is told in parts of at most `MAX_IMPORTED_AT_ONCE` changes, all of the same rule set revision.
    """

    rule_set_revision: int
    changes: tuple[RuleChanged, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueChanged:
    rule_set_revision: int


@dataclass(frozen=True, slots=True)
class SegmentsRedefined:
    """A condition segment was saved or deleted: every profile is due for assessment."""

    segments_revision: int


@dataclass(frozen=True, slots=True)
class ModelsChanged:
    """Another model was put in use: who scores has to read it."""

    models_revision: int


@dataclass(frozen=True, slots=True)
class RollUpsMerged:
    """Sums over users have changed: figures made from them may have, too."""


@dataclass(frozen=True, slots=True)
class Resynchronised:
    """News may have been missed: compare revisions with the stores. `listening`: from here on none is missed."""

    listening: bool = True


News: TypeAlias = (
    InteractionsTracked
    | ProfileChanged
    | UserErased
    | UsersLinked
    | SegmentChanged
    | RuleChanged
    | RuleReallocated
    | RulesImported
    | CatalogueChanged
    | SegmentsRedefined
    | ModelsChanged
    | RollUpsMerged
    | Resynchronised
)
