"""How is shown what measured figures suggest?"""

import strawberry
from strawberry.scalars import JSON

from domain.model import suggestions as model
from resolvers import suggestions
from schema.enumerations import SuggestionKind
from schema.errors import UserError
from schema.operations import Info
from schema.types.payloads import Payload
from schema.types.rules import Rule
from schema.types.users import Segment


@strawberry.type(description="What could be changed, because of what was measured.")
class Suggestion:
    id: strawberry.ID = strawberry.field(description="The same as long as it is the same suggestion.")
    kind: SuggestionKind = strawberry.field(description="What kind of change.")
    rule: Rule | None = strawberry.field(description="The rule to change; once it is carried out, as it is then.")
    segment: Segment | None = strawberry.field(description="The segment that it is about, if it is about one.")
    text: str = strawberry.field(description="What to do and why, in words.")
    evidence: JSON = strawberry.field(description="What was measured: estimate and interval, users, days.")
    applicable: bool = strawberry.field(
        description="Do the figures alone decide? If so, `optimizeRules` carries it out when told to `apply`."
    )


def suggestion_of(info: Info, suggestion: model.Suggestion) -> Suggestion:
    segment = suggestions.segment_of(info.context, suggestion)
    return Suggestion(
        id=strawberry.ID(suggestion.id),
        kind=suggestion.kind,
        rule=Rule.of(suggestion.rule),
        segment=None if segment is None else Segment.of(segment),
        text=suggestion.text,
        evidence=JSON(suggestion.evidence),
        applicable=suggestion.applicable,
    )


@strawberry.type(description="What is suggested, and what of it was carried out.")
class OptimizePayload(Payload):
    suggestions: list[Suggestion] = strawberry.field(description="All there are, the applicable ones first.")
    applied: list[Suggestion] = strawberry.field(
        description="Those carried out: the first applicable one of each rule, all together or none."
    )

    @classmethod
    def of(cls, info: Info, found: model.Optimised | None, errors: list[UserError]) -> "OptimizePayload":
        optimised = found or model.Optimised()
        return cls(
            suggestions=[suggestion_of(info, one) for one in optimised.suggestions],
            applied=[suggestion_of(info, one) for one in optimised.applied],
            user_errors=errors,
        )
