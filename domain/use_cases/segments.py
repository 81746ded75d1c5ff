"""How condition segments are defined; who is in them is assessed with every profile."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.errors import Refused, Unavailable
from domain.model.audit_log import AuditAction, DefinitionChange
from domain.model.news import SegmentsRedefined
from domain.model.segments import MAX_CONDITION_SEGMENTS
from domain.rules.documents import segment_document
from domain.rules.documents.reading import KEY_PATTERN
from domain.rules.segment_checks import check_segment
from domain.rules.segments import BUILT_IN_SEGMENTS

if TYPE_CHECKING:
    from domain.model.segments import Segment, SegmentKey
    from domain.model.users import UserId
    from domain.ports.buses import Bus
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork
    from domain.use_cases.current_rules import CurrentRules

_BUILT_IN_KEYS = frozenset(segment.key for segment in BUILT_IN_SEGMENTS)


@dataclass(frozen=True, slots=True)
class SaveSegment:
    """Refuses to redefine built-in segments and conditions that a profile alone cannot answer."""

    begin: UnitsOfWork
    bus: Bus
    rules: CurrentRules
    clock: Clock

    async def __call__(self, segment: Segment, author: UserId) -> Segment:
        if problems := check_segment(segment):
            raise Refused(problems)
        async with self.begin() as work:
            revision = await work.rule_sets.advance_segments()  # first: whoever else changes segments waits
            before = await work.segments.get(segment.key)
            if before is None and await work.segments.count() >= MAX_CONDITION_SEGMENTS:
                raise Refused.because("TOO_MANY", f"at most {MAX_CONDITION_SEGMENTS} segments: delete one first", "key")
            saved = replace(segment, revision=before.revision + 1 if before else 1)
            await work.segments.save(saved)
            await _note(self, work, author, before, saved)
            await work.commit()
        await _tell(self, revision)
        return saved


@dataclass(frozen=True, slots=True)
class DeleteSegment:
    begin: UnitsOfWork
    bus: Bus
    rules: CurrentRules
    clock: Clock

    async def __call__(self, key: SegmentKey, author: UserId) -> bool:
        if key in _BUILT_IN_KEYS:
            raise Refused.because("BUILT_IN", f"{key} is built in and cannot be deleted", "key")
        if re.fullmatch(KEY_PATTERN, key) is None:
            raise Refused.because("NOT_FOUND", "no segment can have this key", "key")
        async with self.begin() as work:
            revision = await work.rule_sets.advance_segments()  # first, as above: nobody waits crosswise
            before = await work.segments.get(key)
            if before is None:
                raise Refused.because("NOT_FOUND", f"there is no segment {key}", "key")
            deleted = await work.segments.delete(key)
            await _note(self, work, author, before, None)
            await work.commit()
        await _tell(self, revision)
        return deleted


async def _note(
    change: SaveSegment | DeleteSegment,
    work: UnitOfWork,
    author: UserId,
    before: Segment | None,
    after: Segment | None,
) -> None:
    action = AuditAction.SEGMENT_SAVED if after else AuditAction.SEGMENT_DELETED
    key = next(segment.key for segment in (before, after) if segment)
    documents = (segment_document(segment) if segment else None for segment in (before, after))
    await work.audit_log.note(DefinitionChange(change.clock.now(), author, action, f"segment {key}", *documents))


async def _tell(change: SaveSegment | DeleteSegment, revision: int) -> None:
    with suppress(Unavailable):  # the change is durable, whoever could not read it again
        await change.rules.refresh()
    await change.bus.publish(SegmentsRedefined(revision))
