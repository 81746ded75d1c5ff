"""How everything that authors define is taken to another engine: exported, compared, and imported as a whole."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.errors import Refused, Unavailable
from domain.model.news import MAX_IMPORTED_AT_ONCE, RuleChanged, RulesImported, SegmentsRedefined
from domain.rules.imports import definitions_of, plan_import, revisions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from domain.model.definitions import Definitions
    from domain.model.news import News
    from domain.model.rules import RuleRevision
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
        return definitions_of(stored)


@dataclass(frozen=True, slots=True)
class PlanImport:
    """Says what an import would change, and changes nothing."""

    begin: UnitsOfWork

    async def __call__(self, wanted: Import) -> ImportPlan:
        async with self.begin() as work:
            return await _plan(work, wanted)


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

    async def __call__(self, wanted: Import, author: UserId) -> ImportPlan:
        """The plan that was carried out, with the revision it led to. Raises `Refused`: STALE_REVISION and others."""
        async with self.begin() as work:
            await work.rule_sets.hold()
            plan = await _plan(work, wanted)
            revisions = await asyncio.to_thread(revisions_of, plan.rules, author, self.clock.now(), self.new_id)
            news = [*await _store_rules(work, plan, revisions), *await _store_segments(work, plan)]
            reached = sum(await work.rule_sets.revisions())
            await work.commit()
        if news:
            with suppress(Unavailable):  # the import is durable: not to have read it again is no reason to refuse it
                await self.rules.refresh()
            for part in news:
                await self.bus.publish(part)
        return replace(plan, revision=reached)


async def _plan(work: UnitOfWork, wanted: Import) -> ImportPlan:
    stored = await work.rule_sets.living()
    if wanted.expected_revision not in {None, stored.revision}:
        message = f"the rules are at revision {stored.revision} by now: look at what would change again, then import"
        raise Refused.because("STALE_REVISION", message, "expectedRevision")
    try:  # comparing thousands of rules takes a second that others need not wait for
        return await asyncio.to_thread(plan_import, wanted.definitions, stored, prune=wanted.prune)
    except Refused as refused:
        raise Refused(problem.within("document") for problem in refused.problems) from None


async def _store_rules(work: UnitOfWork, plan: ImportPlan, revisions: Sequence[RuleRevision]) -> Sequence[News]:
    if not plan.changes_rule_set:
        return ()
    if plan.catalogue is not None:
        await work.catalogues.save(plan.catalogue)
    await work.rules.record(revisions)
    revision = await work.rule_sets.advance()
    return tuple(RulesImported(revision, part) for part in _parts(_told(revisions, revision)))


async def _store_segments(work: UnitOfWork, plan: ImportPlan) -> Sequence[News]:
    if not plan.changes_segments:
        return ()
    for segment in plan.segments:
        await work.segments.save(segment)
    for key in plan.deleted_segments:
        await work.segments.delete(key)
    return (SegmentsRedefined(await work.rule_sets.advance_segments()),)


def _told(revisions: Sequence[RuleRevision], rule_set_revision: int) -> tuple[RuleChanged, ...]:
    return tuple(
        RuleChanged(rule.id, rule.revision, rule_set_revision, revision.kind, rule.updated_by, rule.updated_at)
        for revision in revisions
        for rule in (revision.rule,)
    )


def _parts(changes: tuple[RuleChanged, ...]) -> Iterator[tuple[RuleChanged, ...]]:
    """At least one, because the catalogue alone may have changed."""
    for start in range(0, max(1, len(changes)), MAX_IMPORTED_AT_ONCE):
        yield changes[start : start + MAX_IMPORTED_AT_ONCE]
