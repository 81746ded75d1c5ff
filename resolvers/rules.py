"""Which rules are there, what were they before, and who may change them?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.errors import InvalidInput, Refused, Unavailable
from domain.model.experiments import ExperimentStatus
from domain.model.pages import Page, PageRequest
from domain.model.rules import RuleId, RuleStatus
from domain.ports.rules import RuleFilter
from domain.rules.comparisons import changes_between
from domain.rules.documents import parse_content
from domain.rules.documents.reading import Reader
from resolvers.arguments import Document, is_possible_id, refusals_as_errors
from resolvers.authorization import READ_RULES, WRITE_DEFINITIONS, require
from resolvers.loaders import Loaders
from resolvers.streams import closing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from domain.model.news import RuleChanged
    from domain.model.rules import Rule, RuleRevision
    from domain.model.users import UserId
    from domain.ports.rules import RuleOrder
    from resolvers.context import RequestContext

MAX_SEARCH_CHARACTERS = 200
MAX_SLOT_CHARACTERS = 300

LIVING = frozenset(RuleStatus) - {RuleStatus.ARCHIVED}


@dataclass(frozen=True, slots=True)
class ComparedRevision:
    """A revision, and in words what it changed."""

    revision: RuleRevision
    changes: tuple[str, ...]


async def rule(context: RequestContext, rule_id: str) -> Rule | None:
    require(context.principal, READ_RULES)
    return await context.loaders.rules.load(RuleId(rule_id)) if is_possible_id(rule_id) else None


def active_rule(context: RequestContext, rule_id: RuleId) -> Rule | None:
    """A rule that decided something, if it is in memory, as it nearly always is: there is nothing to wait for then."""
    return context.loaders.active_rule(rule_id)


async def acting_rule(context: RequestContext, rule_id: RuleId) -> Rule | None:
    """A rule that decided something; `None` also while no store can tell: a config is answered whatever happens.

    Whoever holds the decision may read the rule's name: see `reveal`.
    """
    try:
        return await context.loaders.acting_rule(rule_id)
    except Unavailable:
        return None


async def acting_rules(context: RequestContext, rule_ids: Iterable[RuleId]) -> list[Rule | None]:
    return await asyncio.gather(*(acting_rule(context, rule_id) for rule_id in rule_ids))


def reveal(context: RequestContext) -> None:
    """Raises `Forbidden` for those who may know a rule's name, but not whom it is for and who made it."""
    require(context.principal, READ_RULES)


def may_read_rules(context: RequestContext) -> bool:
    """Is everything about rules revealed to whoever asks?"""
    return not context.principal.roles.isdisjoint(READ_RULES)


async def rules(context: RequestContext, matching: Document | None, order: RuleOrder, page: PageRequest) -> Page[Rule]:
    require(context.principal, READ_RULES)
    with refusals_as_errors():
        wanted = _filter(matching or {})
        async with context.use_cases.begin() as work:
            return await work.rules.page(wanted, order, page)


async def count(context: RequestContext, matching: Document | None) -> int:
    require(context.principal, READ_RULES)
    with refusals_as_errors():
        wanted = _filter(matching or {})
    async with context.use_cases.begin() as work:
        return await work.rules.count(wanted)


async def history(context: RequestContext, rule_id: RuleId, page: PageRequest) -> Page[ComparedRevision]:
    """Latest first, each compared with the one before."""
    reveal(context)
    # One more than is shown, because the last one, too, is compared with the one before.
    longer = replace(page, first=page.first + 1)
    with refusals_as_errors():
        found = await context.loaders.histories.load((rule_id, longer))
    return _compared(found, page.first)


async def comparison(context: RequestContext, current: Rule, since: int, until: int | None) -> tuple[str, ...]:
    """What differs between two revisions, in words. Raises `InvalidInput` for one that never was."""
    reveal(context)
    before, after = await asyncio.gather(
        _at_revision(context, current, since, "from"),
        _at_revision(context, current, current.revision if until is None else until, "until"),
    )
    return changes_between(before, after)


async def _at_revision(context: RequestContext, current: Rule, revision: int, argument: str) -> Rule:
    if revision == current.revision:
        return current
    found = await context.loaders.revisions.load((current.id, revision))
    if found is None:
        raise InvalidInput(f"{argument}: the rule has no revision {revision}, only 1 to {current.revision}")
    return found


async def create_rule(context: RequestContext, document: Document) -> Rule:
    """Raises `Refused`, as do all that change rules."""
    author = require(context.principal, WRITE_DEFINITIONS)
    return await context.use_cases.create_rule(parse_content(document), author)


async def update_rule(context: RequestContext, rule_id: str, expected_revision: int, document: Document) -> Rule:
    author, found = _change(context, rule_id)
    return await context.use_cases.update_rule(found, expected_revision, parse_content(document), author)


async def set_rule_status(context: RequestContext, rule_id: str, expected_revision: int, status: RuleStatus) -> Rule:
    author, found = _change(context, rule_id)
    return await context.use_cases.set_rule_status(found, expected_revision, status, author)


async def roll_back_rule(context: RequestContext, rule_id: str, expected_revision: int, to_revision: int) -> Rule:
    author, found = _change(context, rule_id)
    return await context.use_cases.roll_back_rule(found, expected_revision, to_revision, author)


async def delete_rule(context: RequestContext, rule_id: str, expected_revision: int) -> Rule:
    author, found = _change(context, rule_id)
    return await context.use_cases.delete_rule(found, expected_revision, author)


async def start_experiment(context: RequestContext, rule_id: str) -> Rule:
    author, found = _change(context, rule_id, "ruleId")
    return await context.use_cases.start_experiment(found, author)


async def conclude_experiment(context: RequestContext, rule_id: str, winner: str) -> Rule:
    author, found = _change(context, rule_id, "ruleId")
    return await context.use_cases.conclude_experiment(found, winner, author)


def follow_rules(context: RequestContext) -> AsyncGenerator[tuple[RuleChanged, Rule], None]:
    """Every change from now on, with the rule as it is when the change is told."""
    require(context.principal, READ_RULES)
    return _changes(context)


async def _changes(context: RequestContext) -> AsyncGenerator[tuple[RuleChanged, Rule], None]:
    use_cases = context.use_cases
    async with closing(use_cases.feeds.rules.follow(lambda _: True)) as changes:
        async for change in changes:
            afresh = Loaders(use_cases)
            if (changed := await afresh.acting_rule(change.rule_id)) is not None:
                yield change, changed


def _change(context: RequestContext, rule_id: str, names_rule: str = "id") -> tuple[UserId, RuleId]:
    author = require(context.principal, WRITE_DEFINITIONS)
    if not is_possible_id(rule_id):
        raise Refused.because("NOT_FOUND", "there is no rule with this id", names_rule)
    return author, RuleId(rule_id)


def _compared(longer: Page[RuleRevision], first: int) -> Page[ComparedRevision]:
    before = [*longer.items[1:], None]
    compared = [
        ComparedRevision(revision, changes_between(earlier.rule, revision.rule) if earlier else ())
        for revision, earlier in zip(longer.items, before, strict=True)
    ]
    has_next = longer.has_next or len(longer.items) > first
    return Page(tuple(compared[:first]), longer.cursors[:first], has_next)


def _filter(document: Document) -> RuleFilter:
    reader = Reader(document, ("filter",))
    members = reader.members(optional=("status", "place", "search", "experiment", "slot"))
    wanted = RuleFilter(
        statuses=members.read("status", _read_statuses, LIVING),
        place=members.read("place", Reader.key, None),
        search=members.read("search", lambda text: text.text(MAX_SEARCH_CHARACTERS, lines=True), None) or None,
        experiment=members.read("experiment", _read_experiment, None),
        slot=members.read("slot", lambda slot: slot.text(MAX_SLOT_CHARACTERS), None),
    )
    reader.finish()
    return wanted


def _read_experiment(reader: Reader) -> ExperimentStatus | None:
    return reader.member(ExperimentStatus)


def _read_statuses(reader: Reader) -> frozenset[RuleStatus]:
    return frozenset(reader.items(lambda status: status.member(RuleStatus))) or LIVING
