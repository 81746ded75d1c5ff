"""What have rules and their experiments brought?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import InvalidInput
from domain.model.rule_performance import Period
from domain.rules.instants import DAY_US, microseconds
from resolvers.arguments import refusals_as_errors
from resolvers.authorization import READ_RULES, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.allocation_values import AllocationValue
    from domain.model.experiment_results import ExperimentPlan, ExperimentResults, ResultsUntil
    from domain.model.rule_performance import RulePerformance
    from domain.model.rules import Rule, RuleId
    from domain.model.segment_choices import SegmentChoices
    from resolvers.arguments import Document
    from resolvers.context import RequestContext

DEFAULT_PERIOD_DAYS = 30
MAX_PERIOD_DAYS = 1_100


async def results(context: RequestContext, rule_id: RuleId) -> ExperimentResults | None:
    require(context.principal, READ_RULES)
    return await context.loaders.results.load(rule_id)


async def growth(context: RequestContext, rule_id: RuleId) -> Sequence[ResultsUntil]:
    require(context.principal, READ_RULES)
    return await context.loaders.growths.load(rule_id)


async def by_segment(context: RequestContext, rule_id: RuleId) -> SegmentChoices | None:
    require(context.principal, READ_RULES)
    return await context.loaders.segment_choices.load(rule_id)


async def plan(context: RequestContext, rule_id: RuleId, lift: float) -> ExperimentPlan:
    require(context.principal, READ_RULES)
    return await context.loaders.plans.load((rule_id, lift))


async def under_allocation(
    context: RequestContext, rule: Rule, allocation: Sequence[Document]
) -> AllocationValue | None:
    require(context.principal, READ_RULES)
    with refusals_as_errors():
        shares = {str(share["variation"]): float(share["share"]) for share in allocation}
        if len(shares) < len(allocation):
            raise InvalidInput("allocation: name each variation once")
        return await context.use_cases.value_allocation(rule, shares)


async def performance(context: RequestContext, rule_id: RuleId, document: Document | None) -> RulePerformance:
    require(context.principal, READ_RULES)
    return await context.loaders.performances.load((rule_id, period_of(context, document)))


def period_of(context: RequestContext, document: Document | None) -> Period:
    """The last 30 days unless said otherwise. Raises `InvalidInput`."""
    if document is None:
        end = microseconds(context.use_cases.clock.now()) // DAY_US + 1
        return Period(end - DEFAULT_PERIOD_DAYS, end)
    since, until = microseconds(document["from"]), microseconds(document["until"])
    if since >= until:
        raise InvalidInput("period: it has to end after it begins")
    period = Period(since // DAY_US, -(-until // DAY_US))
    if period.end - period.first > MAX_PERIOD_DAYS:
        raise InvalidInput(f"period: ask for at most {MAX_PERIOD_DAYS} days")
    return period
