"""How is shown what an experiment has found?"""

from datetime import date, datetime
from typing import Annotated, Self

import strawberry

from domain.model import experiment_results as model
from domain.model.rules import RuleId
from resolvers import experiment_results
from schema.enumerations import Verdict
from schema.operations import Info, resolved
from schema.types.lifts import Lift


@strawberry.type(description="What one goal of one variation brought.")
class GuardrailResult:
    number: int = strawberry.field(description="Its place among the experiment's guardrails, from 0.")
    users: int = strawberry.field(description="Users exposed to the variation.")
    conversions: int = strawberry.field(description="Those of them who did it at all, within its window.")
    mean: float | None = strawberry.field(description="Per user; null without users.")
    lift: Lift | None = strawberry.field(description="Against the control; null for the control, and where `absent`.")
    absent: str = strawberry.field(
        description="Why there is no lift; empty if there is. Of the control, why there is no mean; empty if there is."
    )
    is_worse: bool = strawberry.field(description="Worse than the control, beyond what chance explains.")

    @classmethod
    def of(cls, guardrail: model.GuardrailResult) -> Self:
        result = guardrail.result
        return cls(
            number=guardrail.number,
            users=result.users,
            conversions=result.conversions,
            mean=result.mean,
            lift=Lift.of_known(result.lift),
            absent=result.absent,
            is_worse=guardrail.is_worse,
        )


@strawberry.type(description="What one variation brought.")
class VariationResult:
    variation: str = strawberry.field(description="Its key.")
    users: int = strawberry.field(description="Users exposed to it.")
    conversions: int = strawberry.field(description="Those of them who reached the goal within its window.")
    mean: float = strawberry.field(
        description="The goal's measure per user. Of no users it says nothing: it is 0, and `absent` says why."
    )
    lift: Lift | None = strawberry.field(description="Against the control; null for the control, and where `absent`.")
    absent: str = strawberry.field(
        description="Why there is no lift; empty if there is. Of the control, why there is no mean; empty if there is."
    )
    guardrails: list[GuardrailResult] = strawberry.field(description="What it did to the guardrails, in their order.")

    @classmethod
    def of(cls, result: model.VariationResult) -> Self:
        return cls(
            variation=result.variation,
            users=result.users,
            conversions=result.conversions,
            mean=result.mean or 0.0,
            lift=Lift.of_known(result.lift),
            absent=result.goal.absent,
            guardrails=[GuardrailResult.of(guardrail) for guardrail in result.guardrails],
        )


@strawberry.type(
    description="How long an experiment still needs to find a difference in 80 % of cases, looked at as often as one "
    "likes: if the control's users so far are as users are, and others come as they have come."
)
class ExperimentPlan:
    lift: float = strawberry.field(description="The relative difference to be found: .05 is five percent.")
    users_needed: int | None = strawberry.field(description="Of all variations together; null where `absent`.")
    more_days: int | None = strawberry.field(description="At the pace so far; 0: there are enough. Null if `absent`.")
    absent: str = strawberry.field(description="Why nobody can say; empty if the plan is there.")

    @classmethod
    def of(cls, plan: model.ExperimentPlan) -> Self:
        return cls(lift=plan.lift, users_needed=plan.users_needed, more_days=plan.more_days, absent=plan.absent)


@strawberry.type(description="What an experiment has found so far. It may be looked at as often as one likes.")
class ExperimentResults:
    rule_id: strawberry.Private[RuleId]
    exposed_users: int = strawberry.field(description="Users who really received a variation.")
    sample_ratio_p_value: float = strawberry.field(
        description="p-value of the observed split against the allocation; below 0.001 the results are void."
    )
    sample_ratio_mismatch: bool = strawberry.field(description="Is the split itself broken?")
    variations: list[VariationResult] = strawberry.field(description="The control first.")
    verdict: Verdict = strawberry.field(description="What may be concluded.")
    verdict_text: str = strawberry.field(description="The same in words, never more than the numbers say.")
    winner: str | None = strawberry.field(description="The variation that wins, if one does.")
    linked_users: int = strawberry.field(
        description="How many of its users were linked to an anonymous one of it: what `drift` is a share of."
    )
    drift: float | None = strawberry.field(
        description="The share of these linked users whose variation that changed: they are counted in no variation. "
        "Null where nobody was linked."
    )
    computed_at: datetime = strawberry.field(description="When.")

    @resolved("How long it still needs, if it runs, to find a difference that is hoped for.")
    async def plan(
        self,
        info: Info,
        lift: Annotated[
            float, strawberry.argument(description="A relative difference in the direction that the goal wants.")
        ] = 0.05,
    ) -> ExperimentPlan:
        return ExperimentPlan.of(await experiment_results.plan(info.context, self.rule_id, lift))

    @classmethod
    def of(cls, rule_id: RuleId, results: model.ExperimentResults) -> Self:
        return cls(
            rule_id=rule_id,
            exposed_users=results.exposed_users,
            sample_ratio_p_value=results.sample_ratio_p_value,
            sample_ratio_mismatch=results.sample_ratio_mismatch,
            variations=[VariationResult.of(variation) for variation in results.variations],
            verdict=results.verdict,
            verdict_text=results.verdict_text,
            winner=results.winner,
            linked_users=results.linked_users,
            drift=results.drift,
            computed_at=results.computed_at,
        )


@strawberry.type(description="What an experiment found of the users first exposed until the end of a day.")
class ResultsUntil:
    day: date = strawberry.field(description="The day, in UTC.")
    exposed_users: int = strawberry.field(description="Users who had really received a variation by then.")
    variations: list[VariationResult] = strawberry.field(description="The control first.")

    @classmethod
    def of(cls, until: model.ResultsUntil) -> Self:
        return cls(
            day=until.day,
            exposed_users=until.results.exposed_users,
            variations=[VariationResult.of(variation) for variation in until.results.variations],
        )


async def results_of(info: Info, rule_id: RuleId) -> ExperimentResults | None:
    """What a rule's experiment has found; `None` before it was started."""
    found = await experiment_results.results(info.context, rule_id)
    return None if found is None else ExperimentResults.of(rule_id, found)
