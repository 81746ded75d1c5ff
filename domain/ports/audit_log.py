"""How changes of definitions are remembered and found again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.audit_log import AuditEntry, DefinitionChange
    from domain.model.pages import Page, PageRequest
    from domain.model.rules import RuleId
    from domain.model.users import UserId


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Changes of one rule, by one author, at `since` or later, before `until`."""

    rule_id: RuleId | None = None
    actor: UserId | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditLog(Protocol):
    async def note(self, change: DefinitionChange) -> None:
        """Remember a change of anything but a rule. Revisions of rules need no note: they are read too."""
        ...

    async def page(self, matching: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        """Latest first."""
        ...
