"""Which rules did users get, and who may give them another variation by hand?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Refused, Unavailable
from domain.model.rules import RuleId
from domain.use_cases.assignments import Override
from resolvers.arguments import is_possible_id, user_id_argument
from resolvers.authorization import WRITE_DEFINITIONS, require
from resolvers.links import stands_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.assignments import Assignment
    from domain.model.rules import Rule
    from domain.model.users import UserId
    from resolvers.context import RequestContext


async def of_user(context: RequestContext, user_id: UserId) -> Sequence[Assignment]:
    """Whoever holds a user may read it: see `resolvers.users`."""
    return await context.loaders.assignments.load(user_id)


async def rule(context: RequestContext, assignment: Assignment) -> Rule:
    """Raises `Unavailable` for one that went away since the assignment was read."""
    found = await context.loaders.acting_rule(assignment.applied.rule_id)
    if found is None:
        raise Unavailable("the rule was removed just now: ask again")
    return found


async def override(context: RequestContext, rule_id: str, user_id: str, variation: str | None) -> Assignment | None:
    """Raises `Refused`."""
    author = require(context.principal, WRITE_DEFINITIONS)
    if not is_possible_id(rule_id):
        raise Refused.because("NOT_FOUND", "there is no rule with this id", "ruleId")
    whose = await stands_for(context, user_id_argument(user_id))
    wanted = Override(RuleId(rule_id), whose, variation)
    return await context.use_cases.override_variation(wanted, author)
