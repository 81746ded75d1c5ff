"""How is it shown which rules a user got?"""

from datetime import datetime
from typing import Self

import strawberry

from domain.model import assignments as model
from resolvers import assignments
from schema.operations import Info, resolved
from schema.types.rules import Rule


@strawberry.type(
    description="A rule that applied to a user, in one run of its experiment. Written within a second of the first "
    "config in which it could decide something; the counts follow within half a minute."
)
class Assignment:
    source: strawberry.Private[model.Assignment]
    run: int = strawberry.field(description="Which run of the rule's experiment; 0: none was running.")
    variation: str | None = strawberry.field(
        description="The variation received; null where there is none, or the user was held out."
    )
    held_out: bool = strawberry.field(description="Kept from the rule, to measure what it gains?")
    overridden: bool = strawberry.field(description="Given by hand? Then it counts in no statistics.")
    first_exposed_at: datetime = strawberry.field(description="When the user got it first. Never changes.")
    last_applied_at: datetime = strawberry.field(description="When the user got it last.")
    times_applied: int = strawberry.field(description="In how many configs that were delivered; a figure, not a fact.")
    converted_at: datetime | None = strawberry.field(
        description="When the user reached the goal first, within its window; null: not yet, or there is no goal."
    )

    @classmethod
    def of(cls, assignment: model.Assignment) -> Self:
        applied = assignment.applied
        return cls(
            source=assignment,
            run=applied.run,
            variation=applied.variation,
            held_out=applied.held_out,
            overridden=applied.overridden,
            first_exposed_at=assignment.first_exposed_at,
            last_applied_at=assignment.last_applied_at,
            times_applied=assignment.times_applied,
            converted_at=assignment.converted_at,
        )

    @resolved("The rule, of which users learn only the name.")
    async def rule(self, info: Info) -> Rule:
        return Rule.of(await assignments.rule(info.context, self.source), named_only=True)
