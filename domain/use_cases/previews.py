"""What would saving a rule do, before anything is saved?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from domain.errors import Refused, Unavailable
from domain.model.rules import Rule, RuleId, RuleStatus
from domain.model.users import UserId
from domain.rules.buckets import bucket_ranges
from domain.rules.experiment_changes import as_if_started, with_content
from domain.rules.previews.contested_slots import Change
from domain.rules.previews.previews import Comparison
from domain.rules.previews.tallies import Tally
from domain.rules.rule_sets import compile_rule
from domain.use_cases.rules import with_its_share

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from domain.model.contexts import Context
    from domain.model.previews import RulePreview
    from domain.model.rules import RuleContent
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork
    from domain.rules.buckets import BucketRange
    from domain.use_cases.current_rules import CurrentRules

MAX_USERS = 100_000
"""Of more active users a sample of about so many is looked at."""

PLACES_OF_ALL = 10
"""A rule may have to be looked at in more places than this: then it is for fewer users, so that it takes as long."""

MAX_PREVIEWS = 5
"""So many may be asked for at once in a process. They are made one after another: one keeps a processor busy."""

READERS = 3
"""So many connections read at once: the database picks for some while what another one brought is counted."""

USERS_AT_A_STRETCH = 50
"""Then others have their turn."""

_NOT_STORED = RuleId("")


@dataclass(slots=True)
class _Queue:
    """Previews one after another; who would have to wait too long is sent away."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        if self.length >= MAX_PREVIEWS:
            raise Unavailable("too many previews are being made: ask again in a few seconds")
        self.length += 1
        try:
            async with self.lock:
                yield
        finally:
            self.length -= 1


@dataclass(frozen=True, slots=True)
class PreviewRule:
    """As if the rule were active with this content, in the place of the one it replaces. Stores nothing.

    Raises `Refused`: what saving it would be refused for, and NOT_FOUND for a rule to replace that is none.
    """

    begin: UnitsOfWork
    rules: CurrentRules
    clock: Clock
    most_users: int = MAX_USERS
    _queue: _Queue = field(default_factory=_Queue)

    async def __call__(
        self, content: RuleContent, replacing: RuleId | None = None, context: Context | None = None
    ) -> RulePreview:
        async with self._queue.turn():
            now = self.clock.now()
            rule_set = (await self.rules.refresh()).rule_set
            async with self.begin() as work:
                rule = await _as_if_saved(work, content, replacing, now)
            change = Change(rule_set.rule(rule.id), compile_rule(rule))
            preview = await self._count(Comparison(rule_set, change, now, context), now)
            return replace(preview, rule=rule)

    async def _count(self, comparison: Comparison, now: datetime) -> RulePreview:
        async with self.begin() as work:
            population = await work.populations.size(now)
        most_users = self.most_users * PLACES_OF_ALL // max(PLACES_OF_ALL, len(comparison.places))
        share = min(1.0, most_users / max(population, 1))
        tally = Tally()
        try:
            async with asyncio.TaskGroup() as readers:
                for part in bucket_ranges(READERS, share):
                    readers.create_task(self._read(part, now, comparison, tally))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return tally.preview(tally.sampled_users if share == 1 else population)

    async def _read(self, part: BucketRange, now: datetime, comparison: Comparison, tally: Tally) -> None:
        async with self.begin() as work:
            async for users in work.populations.active(now, part, comparison.reads, comparison.asks_members_of):
                for user in users:
                    tally.count(user.user_id, comparison.effect(user))
                    if tally.sampled_users % USERS_AT_A_STRETCH == 0:
                        await asyncio.sleep(0)


async def _as_if_saved(work: UnitOfWork, content: RuleContent, replacing: RuleId | None, now: datetime) -> Rule:
    before = None if replacing is None else await _living(work, replacing)
    rule = _new(content, now) if before is None else replace(with_content(before, content), status=RuleStatus.ACTIVE)
    holder = await work.rules.with_key(content.key)
    if holder is not None and holder.id != rule.id:
        message = (
            f"another rule has the key {content.key}: to preview a change of that rule, give its id as “replacing”; "
            "otherwise choose another key"
        )
        raise Refused.because("RULE_KEY_TAKEN", message, "key")
    return as_if_started(await with_its_share(work, rule, before))


async def _living(work: UnitOfWork, rule_id: RuleId) -> Rule:
    rule = await work.rules.get(rule_id)
    if rule is None or rule.status is RuleStatus.ARCHIVED:
        raise Refused.because("NOT_FOUND", "there is no rule with this id to be replaced", "replacing")
    return rule


def _new(content: RuleContent, now: datetime) -> Rule:
    return Rule(
        id=_NOT_STORED,
        salt=content.key,
        status=RuleStatus.ACTIVE,
        revision=1,
        content=content,
        created_at=now,
        updated_at=now,
        updated_by=UserId(""),
    )
