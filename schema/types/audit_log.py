"""How is a change of a definition shown?"""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from domain.model import audit_log as model
from domain.model.json_values import JsonObject


@strawberry.type(description="One change of a rule, a segment, the catalogue or a user's variation.")
class AuditEntry:
    id: strawberry.ID = strawberry.field(description="Grows with every change.")
    at: datetime = strawberry.field(description="When it was made.")
    actor: strawberry.ID = strawberry.field(description="Who made it; `erased` once they were.")
    action: str = strawberry.field(
        description="What was done: RULE_ with CREATED, UPDATED, STATUS_CHANGED, ROLLED_BACK or DELETED; SEGMENT_ with "
        "SAVED or DELETED; CATALOGUE_SAVED; VARIATION_OVERRIDDEN; OVERRIDE_REMOVED."
    )
    subject: str = strawberry.field(description="What was changed, as it was called then: `rule dark_nights`.")
    user_id: strawberry.ID | None = strawberry.field(
        description="The user whom it concerned, if one; `erased` once they were."
    )
    before: JSON | None = strawberry.field(
        description="It before, in the shape of its input, a rule with its status besides; null: it was new."
    )
    after: JSON | None = strawberry.field(description="It afterwards, in the same shape; null: it is gone.")

    @classmethod
    def of(cls, entry: model.AuditEntry) -> Self:
        change = entry.change
        return cls(
            id=strawberry.ID(str(entry.id)),
            at=change.at,
            actor=strawberry.ID(change.actor),
            action=change.action,
            subject=change.subject,
            user_id=None if change.about is None else strawberry.ID(change.about),
            before=_json(change.before),
            after=_json(change.after),
        )


def _json(document: JsonObject | None) -> JSON | None:
    return None if document is None else JSON(dict(document))
