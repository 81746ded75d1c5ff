"""What do measured figures suggest, and who may carry it out?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.model.rules import RuleId
from domain.rules.documents.reading import Reader
from resolvers.arguments import MAX_ID_CHARACTERS
from resolvers.authorization import READ_RULES, WRITE_DEFINITIONS, require
from resolvers.segments import named

if TYPE_CHECKING:
    from domain.model.segments import Segment
    from domain.model.suggestions import Optimised, Suggestion
    from resolvers.arguments import Document
    from resolvers.context import RequestContext

MAX_RULES_ASKED = 1_000


async def optimise(context: RequestContext, document: Document) -> Optimised:
    """Only an admin may carry anything out. Raises `Refused`."""
    is_applied = bool(document.get("apply"))
    author = require(context.principal, WRITE_DEFINITIONS if is_applied else READ_RULES)
    rule_ids = await _rule_ids(context, document)
    return await context.use_cases.optimize_rules(rule_ids, author, apply=is_applied)


def segment_of(context: RequestContext, suggestion: Suggestion) -> Segment | None:
    return None if suggestion.segment is None else named(context, suggestion.segment)


async def _rule_ids(context: RequestContext, document: Document) -> list[RuleId] | None:
    """Of rules that there are; `None`: of all."""
    if document.get("ruleIds") is None:
        return None
    reader = Reader(document)
    members = reader.members(optional=("ruleIds", "apply"))
    found: list[RuleId] = members.read("ruleIds", _read_ids, [])
    reader.finish()
    known = await context.loaders.many_rules(found)
    for number, rule_id in enumerate(found):
        if rule_id not in known:
            raise Refused.because("NOT_FOUND", f"there is no rule {rule_id}", "ruleIds", str(number))
    return found


def _read_ids(reader: Reader) -> list[RuleId]:
    return list(reader.items(lambda one: RuleId(one.text(MAX_ID_CHARACTERS)), most=MAX_RULES_ASKED))
