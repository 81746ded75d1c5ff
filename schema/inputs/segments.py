"""How is a segment defined?"""

import strawberry

from schema.inputs.conditions import ConditionInput
from schema.inputs.documents import document_input


@document_input(description="A segment by a condition over what is known of a user.")
class SegmentInput:
    key: str = strawberry.field(description="Its name for programs; an existing segment with it is replaced.")
    name: str = strawberry.field(description="Its name for people.")
    description: str | None = strawberry.field(description="Who is in it, in words.")
    condition: ConditionInput = strawberry.field(
        description="Who is in it: nothing about a request, and of segments only built-in ones."
    )
