"""What is defined, as one document, and what would another document change?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.model.imports import AttributeSource, GrowthBookOptions, ImportFormat
from domain.rules.documents.rule_sets import parse_rule_set, rule_set_document
from domain.rules.growthbook import Translation, translate
from domain.use_cases.imports import Import
from resolvers.authorization import READ_RULES, WRITE_DEFINITIONS, require

if TYPE_CHECKING:
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
    read = await asyncio.to_thread(_read, document)
    wanted = Import(read.definitions, document.get("prune") is True, document.get("expectedRevision"))
    if document.get("apply") is True:
        plan = await context.use_cases.apply_import(wanted, author)
    else:
        plan = await context.use_cases.plan_import(wanted, author)
    return Imported(plan, document.get("apply") is True, read.notes)


def _read(document: Document) -> Translation:
    try:
        if document.get("from") is not ImportFormat.GROWTHBOOK:
            return Translation(parse_rule_set(document["document"]))
        translation = translate(document["document"], _growthbook(document.get("growthbook") or {}))
    except Refused as refused:
        raise Refused(problem.within("document") for problem in refused.problems) from None
    if document.get("prune") is True:
        message = "GrowthBook's features say nothing of your other rules: import them without pruning"
        raise Refused.because("CONTRADICTION", message, "prune")
    return translation


def _growthbook(given: Document) -> GrowthBookOptions:
    return GrowthBookOptions(
        environment=given.get("environment"),
        user_attribute=given.get("userAttribute") or "id",
        attributes_are=given.get("attributesAre") or AttributeSource.ATTRIBUTES,
    )
