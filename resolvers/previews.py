"""What would saving a rule do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.model.rules import RuleId
from domain.rules.documents import parse_content
from resolvers.arguments import is_possible_id, limit
from resolvers.authorization import READ_RULES, require
from resolvers.configs import read_context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.findings import Finding
    from domain.model.previews import RulePreview
    from domain.model.users import UserId
    from resolvers.arguments import Document
    from resolvers.context import RequestContext

DEFAULT_SAMPLE_USERS = 5


async def preview(
    context: RequestContext, document: Document, replacing: str | None, where: Document | None
) -> RulePreview:
    """Raises `Refused` for whatever saving would be refused for."""
    require(context.principal, READ_RULES)
    looked_at_in = None if where is None else read_context(where)
    if replacing is not None and not is_possible_id(replacing):
        raise Refused.because("NOT_FOUND", "there is no rule with this id to be replaced", "replacing")
    replaced = None if replacing is None else RuleId(replacing)
    return await context.use_cases.preview_rule(parse_content(document), replaced, looked_at_in)


async def findings(context: RequestContext, preview: RulePreview) -> tuple[Finding, ...]:
    return () if preview.rule is None else await context.use_cases.analyse_rule(preview.rule)


def sample(context: RequestContext, preview: RulePreview, first: int | None) -> Sequence[UserId]:
    shown = preview.sample[: limit(first, DEFAULT_SAMPLE_USERS)]
    context.loaders.expect(shown)
    return shown
