"""Why does each rule apply, or not apply, to a user in a context?"""

from typing import Annotated, Self

import strawberry

from domain.model import explanations as model
from domain.model.explanations import RuleOutcome as Outcome
from domain.rules.explanations.inquiries import Inquiry
from resolvers import explanations
from resolvers.explanations import DEFAULT_VERDICTS
from schema.enumerations import RuleOutcome
from schema.operations import Info, resolved
from schema.types.pages import First
from schema.types.rules import Rule

_ACTED = {Outcome.APPLIED, Outcome.OUTRANKED}


@strawberry.type(
    description=(
        "What became of one rule for one user in one context. To whoever may not read rules, `failed` and "
        "`wouldApplyIf` speak of the user's own behaviour, device, place, time and skill; of what the rule asks of "
        "traits, attributes, segments and predictions only that it does not match."
    )
)
class RuleVerdict:
    rule: Rule = strawberry.field(description="The rule.")
    applied: bool = strawberry.field(description="Does it decide a slot, or give a variation that changes none?")
    outcome: RuleOutcome = strawberry.field(description="What became of it; of several obstacles the first.")
    failed: str | None = strawberry.field(
        description=(
            "The first condition that failed, in words, and what is the case instead; if it lost its slots, to whom. "
            "Null exactly when it applied."
        )
    )
    would_apply_if: str | None = strawberry.field(
        description=(
            "The smallest change to the user or context that would make the rule apply, in words: the fewest things "
            "that differ, up to three alternatives. Proved by deciding again. Null when it applies, and when no such "
            "change is known: nothing moves a user into a share of the users, and what was done stays done."
        )
    )
    bucket: float | None = strawberry.field(
        description=(
            "The number in [0, 1) that decides whether the user is in the share that the rule is for; null: it is for "
            "all."
        )
    )
    variation: str | None = strawberry.field(description="The variation received, if the rule is an experiment.")

    @classmethod
    def of(cls, verdict: model.RuleVerdict) -> Self:
        return cls(
            rule=Rule.of(verdict.rule, named_only=verdict.outcome not in _ACTED),
            applied=verdict.applied,
            outcome=verdict.outcome,
            failed=verdict.failed,
            would_apply_if=verdict.would_apply_if,
            bucket=verdict.bucket,
            variation=verdict.variation,
        )


@strawberry.type(description="Why a user gets, or does not get, what the rules adapt in a context.")
class Explanation:
    inquiry: strawberry.Private[Inquiry]
    revision: str = strawberry.field(description="Of the config that is explained.")

    @classmethod
    def of(cls, inquiry: Inquiry) -> Self:
        return cls(inquiry=inquiry, revision=inquiry.config.revision)

    @resolved(
        "What became of the rules: first those that decide something, then those that lost every slot they wanted, "
        "then those that do not apply, the nearest to it first (by how many simple conditions are missing, reckoned "
        "for at most 1,000 rules, those for the place first), then those that are for a share of the users without "
        "this one. Roles admin and analyst also see drafts and paused rules, as the last; to others they do not exist."
    )
    async def rules(
        self,
        info: Info,
        first: First = DEFAULT_VERDICTS,
        slot: Annotated[
            str | None,
            strawberry.argument(
                description="Only rules that want this slot, like `feature:export`; they are outranked if they lost it."
            ),
        ] = None,
        ids: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description="Only these rules, in this order; 100 at most. Unknown ones are left out."),
        ] = None,
    ) -> list[RuleVerdict]:
        found = await explanations.verdicts(info.context, self.inquiry, first, slot, ids)
        return [RuleVerdict.of(verdict) for verdict in found]
