"""When does a rule apply to a user, or a segment contain them?"""

import strawberry
from strawberry.scalars import JSON

from domain.rules.queries import LOGICAL_OPERATORS, OPERATORS
from schema.enumerations import ActivityMeasure, Device, InteractionKind, SkillLevel
from schema.inputs.documents import document_input
from schema.inputs.schedules import WeeklyWindowInput


@document_input(
    description="Bounds may be left out; `gte` and `gt` exclude each other, as do `lte` and `lt`; `eq` stands alone."
)
class RangeInput:
    gte: float | None = strawberry.field(description="At least.")
    gt: float | None = strawberry.field(description="More than.")
    lte: float | None = strawberry.field(description="At most.")
    lt: float | None = strawberry.field(description="Less than.")
    eq: float | None = strawberry.field(description="Exactly.")


@document_input(description="In any of these segments.")
class SegmentConditionInput:
    in_: list[str] = strawberry.field(name="in", description="Keys of segments.")
    confidence: float | None = strawberry.field(
        description="How surely at least, from 0.05 to 1; 0.5 is what counts as in.", default=0.5
    )


@document_input(description="How much the user does.")
class ActivityConditionInput:
    measure: ActivityMeasure = strawberry.field(description="What is counted.")
    range: RangeInput = strawberry.field(description="How much of it.")


@document_input(description="How the user uses one feature.")
class FeatureUseConditionInput:
    feature: str = strawberry.field(description="The feature's key.")
    uses: RangeInput = strawberry.field(description="Uses ever; 0 if never used.")
    last_used_days: RangeInput | None = strawberry.field(
        description="Whole days since the latest use; never holds if never used."
    )


@document_input(description="Did this `times` within `days`.")
class DidConditionInput:
    kind: InteractionKind = strawberry.field(description="What kind of thing was done.")
    target: str | None = strawberry.field(description="On this target; left out: on any.")
    times: RangeInput = strawberry.field(description="How often.")
    days: int = strawberry.field(description="Within the last `days` x 24 hours; 1 to 90.")


_SAVED_GROUPS = ("$inGroup", "$notInGroup")  # no groups are saved here: segments and $in do that
_OPERATORS = ", ".join(operator for operator in OPERATORS if operator not in _SAVED_GROUPS)
_QUERY = (
    'An object of names and what their values must be: `{"plan": "pro", "seats": {"$gte": 5}}`; all of it holds. '
    f"Operators: {_OPERATORS}; between whole objects {', '.join(LOGICAL_OPERATORS)}. "
    'Names reach into objects with dots (`"address.city"`). Values are compared as GrowthBook and JavaScript do: "5" '
    "equals 5, and what is missing is null, unless compared by $eq and $in, which convert nothing."
)


@document_input(
    one_of=True,
    description="A boolean expression over profile, segments, context and time; at most 10 deep and 200 parts large.",
)
class ConditionInput:
    always: bool | None = strawberry.field(description="true: always; false: never.")
    all_of: "list[ConditionInput] | None" = strawberry.field(name="all", description="All of these hold.")
    any_of: "list[ConditionInput] | None" = strawberry.field(name="any", description="At least one of these holds.")
    negated: "ConditionInput | None" = strawberry.field(name="not", description="This does not hold.")
    segment: SegmentConditionInput | None = strawberry.field(description="The user is in a segment.")
    device: list[Device] | None = strawberry.field(description="The context names one of these devices.")
    place: list[str] | None = strawberry.field(description="The context names one of these places.")
    skill: list[SkillLevel] | None = strawberry.field(description="The user has one of these levels.")
    activity: ActivityConditionInput | None = strawberry.field(description="How much the user does.")
    feature_use: FeatureUseConditionInput | None = strawberry.field(description="How the user uses one feature.")
    did: DidConditionInput | None = strawberry.field(description="What the user did lately.")
    local_time: WeeklyWindowInput | None = strawberry.field(description="The local time lies in this window.")
    churn_risk: RangeInput | None = strawberry.field(
        description="The risk that the user stays away, in [0, 1], as a model predicts it; never holds while none says."
    )
    lifetime_value: RangeInput | None = strawberry.field(
        description="What the user is expected to spend within the model's horizon; never holds while no model says."
    )
    last_seen_days: RangeInput | None = strawberry.field(
        description="Whole days since the latest interaction; never holds for a user never seen."
    )
    traits: JSON | None = strawberry.field(description=_QUERY)
    attributes: JSON | None = strawberry.field(
        description="The same over the request's attributes, which the context carries and nobody stores."
    )
