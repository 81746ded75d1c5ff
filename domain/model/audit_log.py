"""Who changed what anybody decides by, when, from what and to what?"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.json_values import JsonObject
    from domain.model.rules import RuleId
    from domain.model.users import UserId


class AuditAction(StrEnum):
    """Those on rules are the kinds of their revisions."""

    RULE_CREATED = "RULE_CREATED"
    RULE_UPDATED = "RULE_UPDATED"
    RULE_STATUS_CHANGED = "RULE_STATUS_CHANGED"
    RULE_ROLLED_BACK = "RULE_ROLLED_BACK"
    RULE_DELETED = "RULE_DELETED"
    SEGMENT_SAVED = "SEGMENT_SAVED"
    SEGMENT_DELETED = "SEGMENT_DELETED"
    CATALOGUE_SAVED = "CATALOGUE_SAVED"
    VARIATION_OVERRIDDEN = "VARIATION_OVERRIDDEN"
    OVERRIDE_REMOVED = "OVERRIDE_REMOVED"
    USERS_LINKED = "USERS_LINKED"


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    """A change of a segment or the catalogue, as documents; `before` is `None` for what was new, `after` for what went.

    Changes of rules are not noted: they are their revisions. But it is noted whose variation was set by hand, `about`
    whom, for which rule, and who was linked by hand. Documents never name a user.
    """

    at: datetime
    actor: UserId
    action: AuditAction
    subject: str
    before: JsonObject | None = None
    after: JsonObject | None = None
    rule_id: RuleId | None = field(default=None, kw_only=True)
    about: UserId | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`id` grows with every change; `subject` names what was changed as it was called then: `rule dark_nights`."""

    id: int
    change: DefinitionChange
