"""What is wrong with a rule, as far as that can be known before any user meets it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvers.rules import reveal

if TYPE_CHECKING:
    from domain.model.findings import Finding
    from domain.model.rules import Rule
    from resolvers.context import RequestContext


async def findings(context: RequestContext, rule: Rule) -> tuple[Finding, ...]:
    """For those who may read rules: findings name other rules."""
    reveal(context)
    return await context.use_cases.analyse_rule(rule)
