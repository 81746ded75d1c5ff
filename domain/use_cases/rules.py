"""How rules are made and changed: always as a new revision, never over somebody else's change."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.errors import Refused, Unavailable
from domain.model.news import RuleChanged, RuleReallocated, RulesImported
from domain.model.rules import MAX_LIVING_RULES, Rule, RuleChangeKind, RuleId, RuleStatus
from domain.ports.rules import RuleFilter
from domain.rules.exclusion_groups import holding_its_share
from domain.rules.experiment_changes import check_windows, reallocated, rolled_back, with_content, with_status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from datetime import timedelta

    from domain.model.rules import RuleContent
    from domain.model.users import UserId
    from domain.ports.buses import Bus
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork
    from domain.use_cases.current_rules import CurrentRules

_LIVING = frozenset(RuleStatus) - {RuleStatus.ARCHIVED}
_ARGUMENTS = {RuleChangeKind.STATUS_CHANGED: "status", RuleChangeKind.ROLLED_BACK: "toRevision"}


@dataclass(frozen=True, slots=True)
class RuleWriter:
    """Stores one revision of a rule and makes it count: here at once, elsewhere as soon as the news arrives."""

    begin: UnitsOfWork
    bus: Bus
    clock: Clock
    rules: CurrentRules
    new_id: Callable[[], str]
    retention: timedelta | None = None

    async def add(self, content: RuleContent, author: UserId) -> Rule:
        check_windows(content, self.retention)
        now = self.clock.now()
        rule = Rule(
            id=RuleId(self.new_id()),
            salt=content.key,
            status=RuleStatus.DRAFT,
            revision=1,
            content=content,
            created_at=now,
            updated_at=now,
            updated_by=author,
        )
        async with self.begin() as work:
            rule_set_revision = await self._in_turn(work)
            if await work.rules.count(RuleFilter(statuses=_LIVING)) >= MAX_LIVING_RULES:
                raise Refused.because("TOO_MANY", f"at most {MAX_LIVING_RULES} rules: delete some first")
            rule = await with_its_share(work, rule)
            await work.rules.add(rule, RuleChangeKind.CREATED)
            await work.commit()
        await self._tell(_news(rule, RuleChangeKind.CREATED, rule_set_revision))
        return rule

    async def change(self, change: RuleChange, author: UserId) -> Rule:
        """Raises `Refused`: NOT_FOUND, or STALE_REVISION with the current revision in the message."""
        async with self.begin() as work:
            rule_set_revision = await self._in_turn(work)
            rule = await self._changed(work, change, author)
            await work.commit()
        await self._tell(_news(rule, change.kind, rule_set_revision))
        return rule

    async def change_all(self, changes: Sequence[RuleChange], author: UserId) -> list[Rule]:
        """All of them, of different rules, or none; raises `Refused` as `change` does."""
        if not changes:
            return []
        async with self.begin() as work:
            rule_set_revision = await self._in_turn(work)
            changed = [(await self._changed(work, change, author), change.kind) for change in changes]
            await work.commit()
        news = tuple(_news(rule, kind, rule_set_revision) for rule, kind in changed)
        with suppress(Unavailable):
            await self.rules.refresh()
        await self.bus.publish(RulesImported(rule_set_revision, news))
        return [rule for rule, _ in changed]

    async def reallocate(self, rule: Rule, allocation: tuple[float, ...]) -> Rule:
        """Put a bandit's allocation in force for its running experiment: no revision, as no author changed anything.

        Raises `Refused`: NOT_RUNNING, where it is not the run that `rule` was read in.
        """
        async with self.begin() as work:
            rule_set_revision = await self._in_turn(work)
            before = await _existing(work, rule.id, "id")
            if before.run is None or rule.run is None or before.run.number != rule.run.number:
                raise Refused.because("NOT_RUNNING", "the experiment does not run any more", "id")
            after = reallocated(before, allocation)
            await work.rules.save_run(after)
            await work.commit()
        await self._tell(RuleReallocated(after.id, after.revision, rule_set_revision))
        return after

    async def _changed(self, work: UnitOfWork, change: RuleChange, author: UserId) -> Rule:
        before = await _existing(work, change.rule_id, change.names_rule)
        if change.expected_revision not in {None, before.revision}:
            raise stale(before)
        after = await change.make(work, before)
        with _blaming(_ARGUMENTS.get(change.kind)):
            rule = replace(
                await with_its_share(work, after, before),
                revision=before.revision + 1,
                updated_at=max(self.clock.now(), before.updated_at),
                updated_by=author,
            )
            await work.rules.save(rule, change.kind)
        return rule

    async def _in_turn(self, work: UnitOfWork) -> int:
        """Rules are changed one after another: what is read from here on stays so until this change is made."""
        return await work.rule_sets.advance()

    async def _tell(self, news: RuleChanged | RuleReallocated) -> None:
        with suppress(Unavailable):  # the change is durable: not to have read it again is no reason to refuse it
            await self.rules.apply(news)
        await self.bus.publish(news)


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A change of the rule as it was at `expected_revision`, or as it is; `make` returns the rule as it shall be.

    `names_rule` is the argument that named the rule.
    """

    rule_id: RuleId
    expected_revision: int | None
    kind: RuleChangeKind
    make: Callable[[UnitOfWork, Rule], Awaitable[Rule]]
    names_rule: str = "id"


@dataclass(frozen=True, slots=True)
class CreateRule:
    """A new rule is a draft."""

    writer: RuleWriter

    async def __call__(self, content: RuleContent, author: UserId) -> Rule:
        return await self.writer.add(content, author)


@dataclass(frozen=True, slots=True)
class UpdateRule:
    """Replaces everything an author writes; the status stays."""

    writer: RuleWriter

    async def __call__(self, rule_id: RuleId, expected_revision: int, content: RuleContent, author: UserId) -> Rule:
        async def make(_: UnitOfWork, before: Rule) -> Rule:
            refuse_archived(before)
            check_windows(content, self.writer.retention)
            return with_content(before, content)

        return await self.writer.change(RuleChange(rule_id, expected_revision, RuleChangeKind.UPDATED, make), author)


@dataclass(frozen=True, slots=True)
class SetRuleStatus:
    writer: RuleWriter

    async def __call__(self, rule_id: RuleId, expected_revision: int, status: RuleStatus, author: UserId) -> Rule:
        async def make(_: UnitOfWork, before: Rule) -> Rule:
            if before.status is status:
                raise Refused.because("UNCHANGED", f"the rule is {status} already", "status")
            return with_status(before, status, self.writer.clock.now())

        return await self.writer.change(
            RuleChange(rule_id, expected_revision, RuleChangeKind.STATUS_CHANGED, make), author
        )


@dataclass(frozen=True, slots=True)
class RollBackRule:
    """Makes the content of an earlier revision the newest again, and takes back a conclusion; the status stays."""

    writer: RuleWriter

    async def __call__(self, rule_id: RuleId, expected_revision: int, to_revision: int, author: UserId) -> Rule:
        async def make(work: UnitOfWork, before: Rule) -> Rule:
            refuse_archived(before)
            earlier = await work.rules.at_revision(rule_id, to_revision)
            if earlier is None:
                message = f"the rule has no revision {to_revision}, only 1 to {before.revision}"
                raise Refused.because("NOT_FOUND", message, "toRevision")
            with _blaming("toRevision"):
                check_windows(earlier.content, self.writer.retention)
                return rolled_back(before, earlier)

        return await self.writer.change(
            RuleChange(rule_id, expected_revision, RuleChangeKind.ROLLED_BACK, make), author
        )


@dataclass(frozen=True, slots=True)
class DeleteRule:
    """Archives the rule: it decides nothing any more, its key is free, its history stays."""

    writer: RuleWriter

    async def __call__(self, rule_id: RuleId, expected_revision: int, author: UserId) -> Rule:
        async def make(_: UnitOfWork, before: Rule) -> Rule:
            if before.status is RuleStatus.ARCHIVED:
                raise Refused.because("ARCHIVED", "the rule is archived already", "id")
            return with_status(before, RuleStatus.ARCHIVED, self.writer.clock.now())

        return await self.writer.change(RuleChange(rule_id, expected_revision, RuleChangeKind.DELETED, make), author)


@contextmanager
def _blaming(argument: str | None) -> Iterator[None]:
    """Who writes no content is told of the argument that brought it: a status, or a revision to go back to."""
    try:
        yield
    except Refused as refused:
        if argument is None:
            raise
        raise Refused(replace(p, path=(argument,)) for p in refused.problems) from refused


async def with_its_share(work: UnitOfWork, rule: Rule, before: Rule | None = None) -> Rule:
    """The rule with what it holds of its exclusion group. An archived one holds nothing."""
    group = rule.content.exclusion_group
    if group is None or rule.status is RuleStatus.ARCHIVED:
        return replace(rule, held=())
    others = [other for other in await work.rules.in_exclusion_group(group) if other.id != rule.id]
    own = before.held if before is not None and before.content.exclusion_group == group else ()
    return replace(rule, held=holding_its_share(rule, others, own))


def _news(rule: Rule, kind: RuleChangeKind, rule_set_revision: int) -> RuleChanged:
    return RuleChanged(rule.id, rule.revision, rule_set_revision, kind, rule.updated_by, rule.updated_at)


def stale(current: Rule) -> Refused:
    """Somebody else was faster: the refusal carries the current revision."""
    return Refused.because(
        "STALE_REVISION",
        f"the rule is at revision {current.revision} by now: read it again and repeat your change on that",
        "expectedRevision",
    )


def refuse_archived(rule: Rule, names_rule: str = "id") -> None:
    if rule.status is RuleStatus.ARCHIVED:
        raise Refused.because("ARCHIVED", "the rule is archived: set its status to DRAFT first", names_rule)


async def _existing(work: UnitOfWork, rule_id: RuleId, names_rule: str) -> Rule:
    rule = await work.rules.get(rule_id)
    if rule is None:
        raise Refused.because("NOT_FOUND", f"there is no rule {rule_id}", names_rule)
    return rule
