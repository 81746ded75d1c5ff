"""How does PostgreSQL remember changes of definitions? Those of rules are read from their revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Text, cast, func, insert, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import JSONB

from domain.model.audit_log import AuditAction, AuditEntry, DefinitionChange
from domain.model.rules import RuleId
from domain.model.users import UserId
from persistence.postgres.cursors import Keyset, SortKey
from persistence.postgres.tables import definition_changes, rule_revisions

if TYPE_CHECKING:
    from sqlalchemy import FromClause, Row

    from domain.model.pages import Page, PageRequest
    from domain.ports.audit_log import AuditFilter
    from persistence.postgres.transactions import Transaction


def _written(revision: FromClause) -> ColumnElement[Any]:
    """A revision of a rule as its author wrote it, with its status, and its run once its experiment was started."""
    rule = revision.c.rule
    run = func.jsonb_strip_nulls(func.jsonb_build_object("run", rule["run"]))
    return func.jsonb_build_object("status", rule["status"]).op("||")(rule["content"]).op("||")(run)


_before = rule_revisions.alias("before")
_of_rules = select(
    rule_revisions.c.sequence,
    rule_revisions.c.at,
    rule_revisions.c.by,
    literal("RULE_").concat(rule_revisions.c.kind).label("action"),
    literal("rule ").concat(rule_revisions.c.rule["content"]["key"].astext).label("subject"),
    select(_written(_before))
    .where(_before.c.rule_id == rule_revisions.c.rule_id, _before.c.revision == rule_revisions.c.revision - 1)
    .scalar_subquery()
    .label("before"),
    cast(_written(rule_revisions), JSONB).label("after"),
    rule_revisions.c.rule_id,
    cast(null(), Text).label("about"),
)
_of_others = select(
    definition_changes.c.sequence,
    definition_changes.c.at,
    definition_changes.c.by,
    definition_changes.c.action,
    definition_changes.c.subject,
    definition_changes.c.before,
    definition_changes.c.after,
    definition_changes.c.rule_id,
    definition_changes.c.about,
)
_all = union_all(_of_rules, _of_others).subquery("changes")
_LATEST_FIRST = Keyset("audit_log", (SortKey(_all.c.sequence, descending=True),))


class PostgresAuditLog:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def note(self, change: DefinitionChange) -> None:
        fields = {
            "at": change.at,
            "by": change.actor,
            "action": change.action,
            "subject": change.subject,
            "before": change.before,
            "after": change.after,
            "rule_id": change.rule_id,
            "about": change.about,
        }
        await self._transaction.execute(insert(definition_changes).values(fields))

    async def page(self, matching: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        listed = select(_all).where(*_matching(matching))
        rows = (await self._transaction.execute(_LATEST_FIRST.page_of(listed, page))).all()
        return _LATEST_FIRST.page(rows, page, _entry)


def _matching(matching: AuditFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if matching.rule_id is not None:
        wanted.append(_all.c.rule_id == matching.rule_id)
    if matching.actor is not None:
        wanted.append(_all.c.by == matching.actor)
    if matching.since is not None:
        wanted.append(_all.c.at >= matching.since)
    if matching.until is not None:
        wanted.append(_all.c.at < matching.until)
    return wanted


def _entry(row: Row[Any]) -> AuditEntry:
    change = DefinitionChange(
        at=row.at,
        actor=UserId(row.by),
        action=AuditAction(row.action),
        subject=row.subject,
        before=row.before,
        after=row.after,
        rule_id=None if row.rule_id is None else RuleId(row.rule_id),
        about=None if row.about is None else UserId(row.about),
    )
    return AuditEntry(row.sequence, change)
