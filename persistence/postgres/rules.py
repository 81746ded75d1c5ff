"""How does PostgreSQL store rules and every revision of them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Text,
    any_,
    bindparam,
    column,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from domain.errors import Refused
from domain.model.rules import RuleId, RuleStatus
from domain.ports.rules import RuleFilter, RuleOrder, key_taken
from persistence.postgres.cursors import Keyset, SortKey
from persistence.postgres.documents import revision_fields, revision_of, rule_fields, rule_of
from persistence.postgres.tables import rule_revisions, rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Executable, Row, Table, TableValuedAlias

    from domain.model.pages import Page, PageRequest
    from domain.model.rules import Rule, RuleChangeKind, RuleKey, RuleRevision
    from persistence.postgres.transactions import Transaction

_ORDERS = {
    RuleOrder.PRIORITY_DESC: (SortKey(rules.c.priority, descending=True), SortKey(rules.c.rule_id)),
    RuleOrder.UPDATED_DESC: (SortKey(rules.c.updated_at, descending=True), SortKey(rules.c.rule_id)),
    RuleOrder.NAME_ASC: (SortKey(rules.c.sort_name), SortKey(rules.c.rule_id)),
}
_LATEST_FIRST = Keyset("rule_revisions", (SortKey(rule_revisions.c.revision, descending=True),))
_LIVING_KEY = "uq_rules_living_key"
_REVISIONS_PER_STATEMENT = 250


class PostgresRules:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, rule_id: RuleId) -> Rule | None:
        found = await self._transaction.execute(select(rules).where(rules.c.rule_id == rule_id))
        row = found.mappings().first()
        return None if row is None else rule_of(dict(row))

    async def with_key(self, key: RuleKey) -> Rule | None:
        # Written out, so that every plan may use the index of living keys.
        living = select(rules).where(rules.c.key == key, text("status <> 'ARCHIVED'"))
        row = (await self._transaction.execute(living)).mappings().first()
        return None if row is None else rule_of(dict(row))

    async def get_many(self, rule_ids: Sequence[RuleId]) -> Mapping[RuleId, Rule]:
        found = await self._transaction.execute(
            select(rules).where(rules.c.rule_id == any_(literal(list(rule_ids), ARRAY(Text))))
        )
        return {RuleId(row.rule_id): rule_of(row._asdict()) for row in found}

    async def add(self, rule: Rule, kind: RuleChangeKind) -> None:
        await self._write(insert(rules).values(rule_fields(rule)), rule)
        await self._transaction.execute(insert(rule_revisions).values(revision_fields(rule, kind)))

    async def save(self, rule: Rule, kind: RuleChangeKind) -> None:
        before = (rules.c.rule_id == rule.id) & (rules.c.revision == rule.revision - 1)
        if await self._write(update(rules).where(before).values(rule_fields(rule)), rule) == 0:
            raise await self._stale(rule.id)
        await self._transaction.execute(insert(rule_revisions).values(revision_fields(rule, kind)))

    async def save_run(self, rule: Rule) -> None:
        stored = (rules.c.rule_id == rule.id) & (rules.c.revision == rule.revision)
        run = {name: rule_fields(rule)[name] for name in ("run", "experiment_status")}
        if (await self._transaction.execute(update(rules).where(stored).values(run))).rowcount == 0:
            raise await self._stale(rule.id)

    async def record(self, revisions: Sequence[RuleRevision]) -> None:
        for start in range(0, len(revisions), _REVISIONS_PER_STATEMENT):
            await self._record(revisions[start : start + _REVISIONS_PER_STATEMENT])

    async def _record(self, revisions: Sequence[RuleRevision]) -> None:
        rows = [rule_fields(revision.rule) for revision in revisions]
        try:
            async with self._transaction.savepoint():
                written = (await self._transaction.execute(_RECORD_RULES, {"rows": rows})).rowcount
        except IntegrityError as error:
            raise _key_taken(error) from None
        if written < len(rows):
            raise Refused.because("STALE_REVISION", "somebody else has changed these rules: read them again")
        rows = [revision_fields(revision.rule, revision.kind) for revision in revisions]
        await self._transaction.execute(_RECORD_REVISIONS, {"rows": rows})

    async def page(self, matching: RuleFilter, order: RuleOrder, page: PageRequest) -> Page[Rule]:
        keyset = Keyset(f"rules.{order}", _ORDERS[order])
        rows = (await self._transaction.execute(keyset.page_of(select(rules).where(*_matching(matching)), page))).all()
        return keyset.page(rows, page, lambda row: rule_of(row._asdict()))

    async def count(self, matching: RuleFilter) -> int:
        counted = select(func.count()).select_from(rules).where(*_matching(matching))
        number: int = (await self._transaction.execute(counted)).scalar_one()
        return number

    async def in_exclusion_group(self, group: str) -> Sequence[Rule]:
        living = (rules.c.exclusion_group == group) & (rules.c.status != RuleStatus.ARCHIVED)
        found = await self._transaction.execute(select(rules).where(living).order_by(rules.c.rule_id))
        return [rule_of(row._asdict()) for row in found]

    async def history(self, rule_id: RuleId, page: PageRequest) -> Page[RuleRevision]:
        (only,) = await self.histories([rule_id], page)
        return only

    async def histories(self, rule_ids: Sequence[RuleId], page: PageRequest) -> Sequence[Page[RuleRevision]]:
        statement = _LATEST_FIRST.pages_of(select(rule_revisions), rule_revisions.c.rule_id, rule_ids, page)
        return _LATEST_FIRST.pages((await self._transaction.execute(statement)).all(), rule_ids, page, _revision)

    async def at_revision(self, rule_id: RuleId, revision: int) -> Rule | None:
        return (await self.at_revisions([(rule_id, revision)])).get((rule_id, revision))

    async def at_revisions(self, wanted: Sequence[tuple[RuleId, int]]) -> Mapping[tuple[RuleId, int], Rule]:
        named = tuple_(rule_revisions.c.rule_id, rule_revisions.c.revision).in_(wanted)
        found = map(_revision, await self._transaction.execute(select(rule_revisions).where(named)))
        return {(one.rule.id, one.revision): one.rule for one in found}

    async def _write(self, statement: Executable, rule: Rule) -> int:
        """How many rows were written; the transaction survives a key that is taken."""
        try:
            async with self._transaction.savepoint():
                return (await self._transaction.execute(statement)).rowcount
        except IntegrityError as error:
            raise _key_taken(error, rule) from None

    async def _stale(self, rule_id: RuleId) -> Refused:
        current = await self.get(rule_id)
        if current is None:
            return Refused.because("NOT_FOUND", f"there is no rule {rule_id}", "id")
        return Refused.because(
            "STALE_REVISION",
            f"the rule is at revision {current.revision} by now: read it again and repeat your change on that",
            "expectedRevision",
        )


def _key_taken(error: IntegrityError, rule: Rule | None = None) -> Exception:
    """The refusal, where that is what is wrong; else the failure itself."""
    if _LIVING_KEY not in str(error.orig):
        return error
    return key_taken(rule.content.key if rule else None)


def _matching(matching: RuleFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if matching.statuses is not None:
        wanted.append(rules.c.status.in_(matching.statuses))
    if matching.place is not None:
        wanted.append(or_(rules.c.places.contains([matching.place]), rules.c.places == []))
    if matching.slot is not None:
        wanted.append(rules.c.slots.contains([matching.slot]))
    if matching.experiment is not None:
        wanted.append(rules.c.experiment_status == matching.experiment)
    if matching.search is not None:
        columns = (rules.c.key, rules.c.name, rules.c.description)
        wanted.append(or_(*(column.icontains(matching.search, autoescape=True) for column in columns)))
    return wanted


def _revision(row: Row[Any]) -> RuleRevision:
    return revision_of(row._asdict())


def _rows(table: Table, names: Sequence[str]) -> TableValuedAlias:
    """The parameter `rows`, a list of objects, as rows of these columns."""
    columns = [column(name, table.c[name].type) for name in names]
    return (
        func.jsonb_to_recordset(bindparam("rows", type_=JSONB))
        .table_valued(*columns, name="given")
        .render_derived(name="given", with_types=True)
    )


def _record_rules() -> Executable:
    """A row is written if its revision is the first of a new rule or follows on the stored one."""
    names = [each.name for each in rules.c if each.computed is None]
    given, stored = _rows(rules, names), rules.alias("stored")
    is_known = exists().where(stored.c.rule_id == given.c.rule_id)
    adding = upsert(rules).from_select(names, select(given).where(or_(given.c.revision == 1, is_known)))
    return adding.on_conflict_do_update(
        index_elements=[rules.c.rule_id],
        set_={name: adding.excluded[name] for name in names if name not in {"rule_id", "created_at"}},
        where=rules.c.revision == adding.excluded.revision - 1,
    )


def _record_revisions() -> Executable:
    names = ["rule_id", "revision", "kind", "at", "by", "rule"]
    return insert(rule_revisions).from_select(names, select(_rows(rule_revisions, names)))


_RECORD_RULES, _RECORD_REVISIONS = _record_rules(), _record_revisions()
