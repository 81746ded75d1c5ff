"""What is answered about decisions while no store answers."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from domain.errors import Unavailable
from domain.model.principals import Role
from domain.model.rules import RuleId
from domain.ports.units_of_work import UnitOfWork
from domain.use_cases.current_rules import CurrentRules
from resolvers import rules
from resolvers.context import RequestContext
from tests.schema.asking import context_for


def no_database() -> AbstractAsyncContextManager[UnitOfWork]:
    raise Unavailable("the database does not answer")


def without_database(*roles: Role) -> RequestContext:
    context = context_for(*roles)
    use_cases = replace(context.use_cases, begin=no_database, rules=CurrentRules(no_database))
    return RequestContext(context.principal, context.request_id, use_cases)


async def test_a_config_is_answered_though_nobody_can_tell_which_rules_decided_it() -> None:
    context = without_database(Role.USER)
    assert await rules.acting_rule(context, RuleId("r")) is None
    assert await rules.acting_rules(context, [RuleId("r"), RuleId("s")]) == [None, None]


async def test_asking_for_a_rule_itself_says_that_the_store_does_not_answer() -> None:
    with pytest.raises(Unavailable):
        await rules.rule(without_database(Role.ADMIN), "r")
