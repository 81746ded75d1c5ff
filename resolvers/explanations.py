"""Why does a user get, or not get, what the rules adapt?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.errors import InvalidInput
from domain.model.configs import Slot
from domain.model.pages import MAX_PAGE_ITEMS
from domain.model.rules import RuleId
from domain.rules.documents.reading import Reader
from domain.rules.explanations.inquiries import Inquiry
from domain.rules.rule_sets import compile_rule
from resolvers.arguments import Document, is_possible_id, limit, refusals_as_errors
from resolvers.configs import read_context
from resolvers.rules import MAX_SLOT_CHARACTERS, may_read_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.explanations import RuleVerdict
    from domain.model.rules import Rule
    from domain.model.users import UserId
    from resolvers.context import RequestContext

DEFAULT_VERDICTS = 100


async def inquiry(context: RequestContext, user_id: UserId, document: Document) -> Inquiry:
    """Whoever holds a user may ask: see `resolvers.users`. Raises `InvalidInput` and `Unavailable`."""
    where = read_context(document)
    profile = await context.loaders.profiles.load(user_id)
    use_cases = context.use_cases
    rule_set = use_cases.rules.known.rule_set  # afterwards: the rules may change while the profile is read
    return Inquiry(rule_set, profile, where, use_cases.clock.now(), discreet=not may_read_rules(context))


async def verdicts(
    context: RequestContext, asked: Inquiry, first: int | None, slot: str | None, rule_ids: Sequence[str] | None
) -> tuple[RuleVerdict, ...]:
    """On the named rules, in the order in which they are named; otherwise on the nearest.

    Those who may not read rules are told of active ones only, whatever they name.
    """
    most, explain = limit(first, DEFAULT_VERDICTS), context.use_cases.explain
    asked = replace(asked, slot=None if slot is None else _read_slot(slot))
    if rule_ids is None:
        idle = [] if asked.discreet else await context.loaders.idle_rules.load((asked.slot, most))
        return await explain.nearest(asked, [compile_rule(rule) for rule in idle], most)
    named = [compile_rule(rule) for rule in await _named(context, asked, rule_ids)]
    return await explain.named(asked, [rule for rule in named if asked.asks_about(rule)][:most])


async def _named(context: RequestContext, asked: Inquiry, rule_ids: Sequence[str]) -> list[Rule]:
    if len(rule_ids) > MAX_PAGE_ITEMS:
        raise InvalidInput(f"ids: name at most {MAX_PAGE_ITEMS} rules, not {len(rule_ids)}")
    possible = [RuleId(rule_id) for rule_id in dict.fromkeys(rule_ids) if is_possible_id(rule_id)]
    active = {rule.id: rule.rule for rule in map(asked.rule_set.rule, possible) if rule is not None}
    others = [] if asked.discreet else [rule_id for rule_id in possible if rule_id not in active]
    read = await context.loaders.many_rules(others)
    return [rule for rule_id in possible if (rule := active.get(rule_id) or read.get(rule_id)) is not None]


def _read_slot(slot: str) -> Slot:
    with refusals_as_errors():
        reader = Reader(slot, ("slot",))
        text = reader.text(MAX_SLOT_CHARACTERS)
        reader.finish()
        return Slot(text)
