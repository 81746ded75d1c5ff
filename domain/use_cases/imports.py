"""How everything that authors define is taken to another engine: exported, compared, and imported as a whole."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.errors import Refused, Unavailable
from domain.model.audit_log import AuditAction, DefinitionChange
from domain.model.news import MAX_IMPORTED_AT_ONCE, RuleChanged, RulesImported, SegmentsRedefined
from domain.rules.documents import catalogue_document, segment_document
from domain.rules.imported_rules import Authorship
from domain.rules.imports import definitions_of, plan_import

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import timedelta

    from domain.model.definitions import Definitions
    from domain.model.news import News
    from domain.model.segments import Segment
    from domain.model.users import UserId
    from domain.ports.buses import Bus
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork
    from domain.rules.imports import ImportPlan
    from domain.use_cases.current_rules import CurrentRules


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be imported; `expected_revision` is that of a plan that was made and looked at before."""

    definitions: Definitions
    prune: bool = False
    expected_revision: int | None = None


@dataclass(frozen=True, slots=True)
class ExportRules:
    begin: UnitsOfWork

    async def __call__(self) -> Definitions:
        async with self.begin() as work:
            stored = await work.rule_sets.living()
        return await asyncio.to_thread(definitions_of, stored)


@dataclass(frozen=True, slots=True)
class PlanImport:
    """Says what an import would change, and changes nothing."""

    begin: UnitsOfWork
    clock: Clock
    new_id: Callable[[], str]
    retention: timedelta | None = None

    async def __call__(self, wanted: Import, author: UserId) -> ImportPlan:
        async with self.begin() as work:
            return await _plan(work, wanted, Authorship(author, self.clock.now(), self.new_id, self.retention))


@dataclass(frozen=True, slots=True)
class ApplyImport:
    """Stores everything or nothing: each changed rule as its next revision, all under one revision of the rule set.

    Nobody else changes rules, segments or the catalogue meanwhile. What is in force already is not stored again.
    """

    begin: UnitsOfWork
    bus: Bus
    clock: Clock
    rules: CurrentRules
    new_id: Callable[[], str]
    retention: timedelta | None = None

    async def __call__(self, wanted: Import, author: UserId) -> ImportPlan:
        """The plan that was carried out, with the revision it led to. Raises `Refused`: STALE_REVISION and others."""
        by = Authorship(author, self.clock.now(), self.new_id, self.retention)
        async with self.begin() as work:
            await work.rule_sets.hold()
            plan = await _plan(work, wanted, by)
            news = [*await _store_rule_set(work, plan, by), *await _store_segments(work, plan, by)]
            reached = sum(await work.rule_sets.revisions())
            await work.commit()
        if news:
            with suppress(Unavailable):  # the import is durable: not to have read it again is no reason to refuse it
                await self.rules.refresh()
            for part in news:
                await self.bus.publish(part)
        return replace(plan, revision=reached)


async def _plan(work: UnitOfWork, wanted: Import, by: Authorship) -> ImportPlan:
    stored = await work.rule_sets.living()
    if wanted.expected_revision not in {None, stored.revision}:
        message = f"the rules are at revision {stored.revision} by now: look at what would change again, then import"
        raise Refused.because("STALE_REVISION", message, "expectedRevision")
    try:  # comparing thousands of rules takes a second that others need not wait for
        return await asyncio.to_thread(plan_import, wanted.definitions, stored, by, prune=wanted.prune)
    except Refused as refused:
        raise Refused(problem.within("document") for problem in refused.problems) from None


async def _store_rule_set(work: UnitOfWork, plan: ImportPlan, by: Authorship) -> Sequence[News]:
    if not plan.changes_rule_set:
        return ()
    if plan.catalogue is not None:
        before, after = (catalogue_document(each) for each in (await work.catalogues.get(), plan.catalogue))
        await work.catalogues.save(plan.catalogue)
        saved = DefinitionChange(by.now, by.author, AuditAction.CATALOGUE_SAVED, "catalogue", before, after)
        await work.audit_log.note(saved)
    await work.rules.record([step.revision for step in plan.rules])
    revision = await work.rule_sets.advance()
    return tuple(RulesImported(revision, part) for part in _parts(_told(plan, revision)))


async def _store_segments(work: UnitOfWork, plan: ImportPlan, by: Authorship) -> Sequence[News]:
    if not plan.changes_segments:
        return ()
    for segment in plan.segments:
        before = await work.segments.get(segment.key)
        await work.segments.save(segment)
        await work.audit_log.note(_noted(by, AuditAction.SEGMENT_SAVED, before, segment))
    for key in plan.deleted_segments:
        before = await work.segments.get(key)
        await work.segments.delete(key)
        await work.audit_log.note(_noted(by, AuditAction.SEGMENT_DELETED, before, None))
    return (SegmentsRedefined(await work.rule_sets.advance_segments()),)


def _noted(by: Authorship, action: AuditAction, before: Segment | None, after: Segment | None) -> DefinitionChange:
    key = next(segment.key for segment in (before, after) if segment is not None)
    documents = (None if segment is None else segment_document(segment) for segment in (before, after))
    return DefinitionChange(by.now, by.author, action, f"segment {key}", *documents)


def _told(plan: ImportPlan, rule_set_revision: int) -> tuple[RuleChanged, ...]:
    return tuple(
        RuleChanged(rule.id, rule.revision, rule_set_revision, step.kind, rule.updated_by, rule.updated_at)
        for step in plan.rules
        for rule in (step.after,)
    )


def _parts(changes: tuple[RuleChanged, ...]) -> Iterator[tuple[RuleChanged, ...]]:
    """At least one, because the catalogue alone may have changed."""
    for start in range(0, max(1, len(changes)), MAX_IMPORTED_AT_ONCE):
        yield changes[start : start + MAX_IMPORTED_AT_ONCE]
