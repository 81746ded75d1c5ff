"""Who changed what anybody decides by?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.rules import RuleId
from domain.model.users import UserId
from domain.ports.audit_log import AuditFilter
from domain.rules.documents.reading import Reader
from resolvers.arguments import MAX_ID_CHARACTERS, Document, refusals_as_errors
from resolvers.authorization import READ_RULES, require

if TYPE_CHECKING:
    from domain.model.audit_log import AuditEntry
    from domain.model.pages import Page, PageRequest
    from resolvers.context import RequestContext


async def audit_log(context: RequestContext, matching: Document | None, page: PageRequest) -> Page[AuditEntry]:
    """Latest first."""
    require(context.principal, READ_RULES)
    with refusals_as_errors():
        wanted = _filter(matching or {})
        async with context.use_cases.begin() as work:
            return await work.audit_log.page(wanted, page)


def _filter(document: Document) -> AuditFilter:
    reader = Reader(document, ("filter",))
    members = reader.members(optional=("ruleId", "actor", "from", "until"))
    wanted = AuditFilter(
        rule_id=members.read("ruleId", lambda rule_id: RuleId(rule_id.text(MAX_ID_CHARACTERS)), None),
        actor=members.read("actor", lambda actor: UserId(actor.text(MAX_ID_CHARACTERS)), None),
        since=members.read("from", Reader.instant, None),
        until=members.read("until", Reader.instant, None),
    )
    reader.finish()
    return wanted
