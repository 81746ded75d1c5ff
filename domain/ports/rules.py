"""How rules, their revisions and the rule set as a whole are stored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from domain.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.model.catalogues import Catalogue
    from domain.model.definitions import StoredDefinitions
    from domain.model.experiments import ExperimentStatus
    from domain.model.pages import Page, PageRequest
    from domain.model.rules import Rule, RuleChangeKind, RuleId, RuleKey, RuleRevision, RuleStatus
    from domain.model.segments import Segment


class RuleOrder(StrEnum):
    """Ties are ordered by id."""

    PRIORITY_DESC = "PRIORITY_DESC"
    UPDATED_DESC = "UPDATED_DESC"
    NAME_ASC = "NAME_ASC"


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """`search` looks in key, name and description, without case; `place` also matches rules that apply everywhere."""

    statuses: frozenset[RuleStatus] | None = None
    place: str | None = None
    search: str | None = None
    slot: str | None = None
    experiment: ExperimentStatus | None = None


@dataclass(frozen=True, slots=True)
class StoredRuleSet:
    """Everything that decisions depend on besides the profile, read at one revision."""

    revision: int
    rules: tuple[Rule, ...]
    catalogue: Catalogue
    segments: tuple[Segment, ...]
    segments_revision: int


def key_taken(key: RuleKey | None) -> Refused:
    """No two living rules share a key; `None`: of many rules it is not known which one's."""
    named = "one of these keys" if key is None else f"the key {key}"
    message = f"another rule has {named}: rename or delete that rule, or choose another key"
    return Refused.because("RULE_KEY_TAKEN", message, "key")


class Rules(Protocol):
    async def get(self, rule_id: RuleId) -> Rule | None: ...

    async def with_key(self, key: RuleKey) -> Rule | None:
        """The rule with this key that is not archived."""
        ...

    async def get_many(self, rule_ids: Sequence[RuleId]) -> Mapping[RuleId, Rule]:
        """The rules in any status; unknown ids are missing. One statement for any number of rules."""
        ...

    async def add(self, rule: Rule, kind: RuleChangeKind) -> None:
        """Store a new rule with its first revision; `Refused` (RULE_KEY_TAKEN) when a living rule has the key."""
        ...

    async def save(self, rule: Rule, kind: RuleChangeKind) -> None:
        """Store the next revision of a rule: `rule.revision` is one more than the stored one.

        `Refused` with STALE_REVISION, naming the current revision, when it is not; with RULE_KEY_TAKEN as for `add`.
        """
        ...

    async def save_run(self, rule: Rule) -> None:
        """Store what became of a rule's experiment, without a revision: `rule.revision` is the stored one.

        `Refused` with STALE_REVISION when it is not.
        """
        ...

    async def record(self, revisions: Sequence[RuleRevision]) -> None:
        """Store the next revision of many rules, as `add` does for a first one and `save` for a later one.

        Two statements for some hundreds. `Refused` when one of them would be: with STALE_REVISION or RULE_KEY_TAKEN.
        """
        ...

    async def page(self, matching: RuleFilter, order: RuleOrder, page: PageRequest) -> Page[Rule]: ...

    async def count(self, matching: RuleFilter) -> int: ...

    async def in_exclusion_group(self, group: str) -> Sequence[Rule]:
        """The rules of the group that are not archived, by id."""
        ...

    async def history(self, rule_id: RuleId, page: PageRequest) -> Page[RuleRevision]:
        """Latest revision first."""
        ...

    async def histories(self, rule_ids: Sequence[RuleId], page: PageRequest) -> Sequence[Page[RuleRevision]]:
        """One page per rule, in the given order, in one statement."""
        ...

    async def at_revision(self, rule_id: RuleId, revision: int) -> Rule | None:
        """The rule as it was."""
        ...

    async def at_revisions(self, wanted: Sequence[tuple[RuleId, int]]) -> Mapping[tuple[RuleId, int], Rule]:
        """Rules as they were; revisions that never were are missing. One statement for any number."""
        ...


class RuleSets(Protocol):
    """The rule set as a whole: active rules, catalogue and segments under one growing revision."""

    async def load(self) -> StoredRuleSet:
        """The committed rule set, consistent in itself."""
        ...

    async def revisions(self) -> tuple[int, int]:
        """The committed revisions of the rule set and of the segments' definitions."""
        ...

    async def living(self) -> StoredDefinitions:
        """Everything that authors have defined, in one statement: rules in any status but archived, in no order.

        Its revision is the sum of both `revisions`, so that it grows with every change of any of it.
        """
        ...

    async def hold(self) -> None:
        """Wait for those who have advanced either revision, and let others who want to wait.

        All who change rules, segments or the catalogue begin by that: until the end of this unit of work, what it reads
        of them stays as it is. To be called first of all.
        """
        ...

    async def advance(self) -> int:
        """The next revision, for this unit of work; units of work that advance wait for one another."""
        ...

    async def advance_segments(self) -> int:
        """Likewise for the definitions of segments."""
        ...
