"""How is a thing that a user did shown?"""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from domain.model import interactions as model
from schema.enumerations import Device, InteractionKind


@strawberry.type(description="One thing a user did, as it was tracked.")
class Interaction:
    id: strawberry.ID = strawberry.field(description="The user's id and the client's key, joined by a colon.")
    kind: InteractionKind = strawberry.field(description="What kind of thing was done.")
    target: str | None = strawberry.field(description="The feature, content or element acted on.")
    section: str | None = strawberry.field(description="The part of the host application it was done in.")
    device: Device | None = strawberry.field(description="The kind of device, if known.")
    session_id: str | None = strawberry.field(description="The client's own name of the session.")
    value: float | None = strawberry.field(description="What it is worth, in the host application's own unit.")
    properties: JSON = strawberry.field(description="Whatever else the client sent: an object.")
    occurred_at: datetime = strawberry.field(description="When it was done, by the client's clock.")
    received_at: datetime = strawberry.field(description="When it was stored.")

    @classmethod
    def of(cls, recorded: model.RecordedInteraction) -> Self:
        interaction = recorded.interaction
        return cls(
            id=strawberry.ID(f"{interaction.user_id}:{interaction.key}"),
            kind=interaction.kind,
            target=interaction.target,
            section=interaction.section,
            device=interaction.device,
            session_id=interaction.session_id,
            value=interaction.value,
            properties=JSON(dict(interaction.properties or {})),
            occurred_at=interaction.occurred_at,
            received_at=recorded.received_at,
        )
