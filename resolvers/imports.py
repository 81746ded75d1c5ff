"""What is defined, as one document, and what would another document change?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.rules.documents.rule_sets import parse_rule_set, rule_set_document
from domain.use_cases.imports import Import
from resolvers.authorization import READ_RULES, WRITE_DEFINITIONS, require

if TYPE_CHECKING:
    from domain.model.definitions import Definitions
    from domain.model.json_values import Json
    from domain.rules.imports import ImportPlan
    from resolvers.arguments import Document
    from resolvers.context import RequestContext


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changes; `notes` say what of the document could not be translated."""

    plan: ImportPlan
    is_applied: bool
    notes: tuple[str, ...] = ()


async def export_rules(context: RequestContext) -> dict[str, Json]:
    require(context.principal, READ_RULES)
    definitions = await context.use_cases.export_rules()
    return await asyncio.to_thread(rule_set_document, definitions)


async def import_rules(context: RequestContext, document: Document) -> Imported:
    """Raises `Refused`. Documents of thousands of rules are read beside the event loop."""
    author = require(context.principal, WRITE_DEFINITIONS)
    definitions, notes = await asyncio.to_thread(_read, document)
    wanted = Import(definitions, document.get("prune") is True, document.get("expectedRevision"))
    if document.get("apply") is True:
        return Imported(await context.use_cases.apply_import(wanted, author), is_applied=True, notes=notes)
    return Imported(await context.use_cases.plan_import(wanted, author), is_applied=False, notes=notes)


def _read(document: Document) -> tuple[Definitions, tuple[str, ...]]:
    try:
        return parse_rule_set(document["document"]), ()
    except Refused as refused:
        raise Refused(problem.within("document") for problem in refused.problems) from None
