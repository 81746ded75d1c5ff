"""Which part of a list is asked for?"""

from datetime import datetime

import strawberry

from schema.enumerations import ExperimentStatus, InteractionKind, RuleStatus
from schema.inputs.conditions import RangeInput
from schema.inputs.documents import document_input


@document_input(description="Only users for whom all of this is so.")
class UserFilter:
    segment: str | None = strawberry.field(description="Counting as in the segment with this key.")
    churn_risk: RangeInput | None = strawberry.field(
        description="With a churn risk in this range, within [0, 1]; without one they are left out."
    )
    seen_since: datetime | None = strawberry.field(description="Seen at this instant or later.")


@document_input(description="Only rules for which all of this is so.")
class RuleFilter:
    status: list[RuleStatus] | None = strawberry.field(
        description="With one of these statuses; left out or empty: all but the archived ones."
    )
    place: str | None = strawberry.field(description="That may apply at this place; also those for everywhere.")
    search: str | None = strawberry.field(
        description="With this text in key, name or description, whatever the case of letters."
    )
    experiment: ExperimentStatus | None = strawberry.field(description="With an experiment that is so far.")
    slot: str | None = strawberry.field(description="That want to decide this slot, like `theme.mode`.")


@document_input(description="Only changes for which all of this is so.")
class AuditFilter:
    rule_id: strawberry.ID | None = strawberry.field(description="Of the rule with this id.")
    actor: strawberry.ID | None = strawberry.field(description="Made by this user.")
    since: datetime | None = strawberry.field(name="from", description="Made at this instant or later.")
    until: datetime | None = strawberry.field(description="Made before this instant.")


@document_input(description="Only interactions for which all of this is so.")
class InteractionFilter:
    kind: list[InteractionKind] | None = strawberry.field(description="Of one of these kinds; empty: of any.")
    target: str | None = strawberry.field(description="With exactly this target.")
    since: datetime | None = strawberry.field(name="from", description="That occurred at this instant or later.")
    until: datetime | None = strawberry.field(description="That occurred before this instant.")
