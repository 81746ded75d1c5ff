"""What did a user do?"""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from schema.enumerations import Device, InteractionKind
from schema.inputs.documents import document_input


@document_input(description="One thing that a user did.")
class InteractionInput:
    key: str = strawberry.field(
        description="Chosen by the client; the same key is counted once. UUID or up to 64 characters."
    )
    user_id: strawberry.ID | None = strawberry.field(
        description="Only services may write for another user; others write for themselves."
    )
    kind: InteractionKind = strawberry.field(description="What kind of thing was done.")
    target: str | None = strawberry.field(description="The feature, content or element acted on.")
    section: str | None = strawberry.field(description="The part of the host application it was done in.")
    tags: list[str] | None = strawberry.field(description="What the content is about; at most 20 tags.")
    device: Device | None = strawberry.field(description="The kind of device.")
    session_id: str | None = strawberry.field(description="The client's own name of the session.")
    value: float | None = strawberry.field(description="What it is worth, in the host application's own unit.")
    properties: JSON | None = strawberry.field(description="Whatever else is worth keeping: an object.")
    occurred_at: datetime = strawberry.field(
        description="When it was done, with the offset of the user's local time: their hours are learnt from it."
    )
