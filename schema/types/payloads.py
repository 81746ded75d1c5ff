"""What do mutations answer? What was changed, or why nothing was: expected refusals are data."""

import strawberry
from strawberry.scalars import JSON

from schema.errors import UserError
from schema.operations import Info, resolved
from schema.types.assignments import Assignment
from schema.types.catalogues import Catalogue
from schema.types.rules import Rule, RuleFinding, findings_about
from schema.types.users import PersonalizationChoice, Profile, Segment


@strawberry.type(description="What every mutation answers.")
class Payload:
    user_errors: list[UserError] = strawberry.field(description="Why nothing was changed; empty: it was.")


@strawberry.type(description="What became of interactions.")
class TrackPayload(Payload):
    accepted: int = strawberry.field(description="How many were stored: they are durable and counted exactly once.")
    duplicates: int = strawberry.field(description="How many were known already.")
    ignored: int = strawberry.field(description="How many were dropped, because their users opted out.")


@strawberry.type(description="What became of a profile.")
class ProfilePayload(Payload):
    profile: Profile | None = strawberry.field(description="The profile now; null when the change was refused.")


@strawberry.type(description="What became of a rule.")
class RulePayload(Payload):
    rule: Rule | None = strawberry.field(description="The rule now; null when the change was refused.")

    @resolved("What static analysis finds about the rule as it is now.")
    async def findings(self, info: Info) -> list[RuleFinding]:
        return [] if self.rule is None else await findings_about(info, self.rule)


@strawberry.type(description="What became of something to be deleted.")
class DeletePayload(Payload):
    deleted: bool = strawberry.field(description="Is it gone?")


@strawberry.type(description="What became of a segment.")
class SegmentPayload(Payload):
    segment: Segment | None = strawberry.field(description="The segment now; null when the change was refused.")


@strawberry.type(description="What became of the catalogue.")
class CataloguePayload(Payload):
    catalogue: Catalogue | None = strawberry.field(description="The catalogue now; null when the change was refused.")


@strawberry.type(description="What became of a user's choice.")
class PersonalizationPayload(Payload):
    personalization: PersonalizationChoice = strawberry.field(description="The choice now.")


@strawberry.type(description="What became of a user's variation.")
class OverridePayload(Payload):
    assignment: Assignment | None = strawberry.field(
        description="What the user gets by hand; null when that was removed, or the change was refused."
    )


@strawberry.type(description="Everything that is stored about a user.")
class ExportPayload(Payload):
    data: JSON | None = strawberry.field(
        description="What was tracked, learnt, declared, chosen and assigned; null when the export was refused."
    )


@strawberry.type(description="What became of a user's data.")
class ErasePayload(Payload):
    erased: bool = strawberry.field(description="Was there anything, and is it gone?")
