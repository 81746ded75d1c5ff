"""How is shown what saving a rule would do?"""

from typing import Annotated, Self

import strawberry

from domain.model import previews as model
from resolvers import previews
from resolvers.previews import DEFAULT_SAMPLE_USERS
from schema.errors import UserError
from schema.operations import Info, resolved
from schema.types.rules import RuleFinding
from schema.types.users import User


@strawberry.type(description="How many users would see something else in a slot.")
class SlotChange:
    slot: str = strawberry.field(description="The slot.")
    users: int = strawberry.field(description="How many users.")

    @classmethod
    def of(cls, change: model.SlotChange) -> Self:
        return cls(slot=change.slot, users=change.users)


@strawberry.type(
    description=(
        "What saving a rule would do now. Exact up to 100,000 users; of more (or of fewer, if the rule has to be "
        "looked at in more than ten places) a sample is looked at, and the counts are scaled up to everybody."
    )
)
class RulePreview:
    source: strawberry.Private[model.RulePreview]
    audience: int = strawberry.field(
        description="Users who would get the rule now, of those active in the last 30 days."
    )
    population: int = strawberry.field(description="Users active in the last 30 days who did not opt out.")
    sampled_users: int = strawberry.field(description="How many of them were looked at.")
    exact: bool = strawberry.field(description="Were all of them looked at?")
    changed_configs: int = strawberry.field(description="Users who would see something else.")
    changed_slots: list[SlotChange] = strawberry.field(
        description="What would show something else, and to how many; most users first."
    )
    user_errors: list[UserError] = strawberry.field(description="Why saving would be refused; then all counts are 0.")

    @classmethod
    def of(cls, preview: model.RulePreview | None, errors: list[UserError]) -> Self:
        preview = preview or model.RulePreview()
        return cls(
            source=preview,
            audience=preview.audience,
            population=preview.population,
            sampled_users=preview.sampled_users,
            exact=preview.exact,
            changed_configs=preview.changed_configs,
            changed_slots=[SlotChange.of(change) for change in preview.changed_slots],
            user_errors=errors,
        )

    @resolved("Some of the audience, chosen by chance, but the same ones each time.")
    def sample(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description="How many at most: 1 to 100. Null means the default.")
        ] = DEFAULT_SAMPLE_USERS,
    ) -> list[User]:
        return [User.of(user_id) for user_id in previews.sample(info.context, self.source, first)]

    @resolved("What static analysis would find about the rule.")
    async def findings(self, info: Info) -> list[RuleFinding]:
        return [RuleFinding.of(found) for found in await previews.findings(info.context, self.source)]
