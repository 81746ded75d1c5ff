"""What does the author of an experiment write?"""

import strawberry

from schema.enumerations import ExperimentMode, GoalMeasure, InteractionKind
from schema.inputs.adaptations import AdaptationInput
from schema.inputs.documents import document_input


@document_input(description="What users shall do, within a window after they first met their variation.")
class GoalInput:
    kind: InteractionKind = strawberry.field(description="The kind of interaction that counts.")
    target: str | None = strawberry.field(description="Only with this target; left out: with any.")
    window_days: int = strawberry.field(
        description="So many days from the first exposure on: 1 to 90, and no more than interactions are kept."
    )
    measure: GoalMeasure | None = strawberry.field(
        description="What of it is compared, per user.", default=GoalMeasure.CONVERSION_RATE
    )
    increase: bool | None = strawberry.field(description="Is more better?", default=True)
    cap: float | None = strawberry.field(
        description="What one user contributes at most, for means of counts (a whole number) and of values; "
        "left out: everything counts."
    )


@document_input(description="One alternative in an experiment.")
class VariationInput:
    key: str = strawberry.field(description="Its name, like the key of a rule; unique in its experiment.")
    allocation: float = strawberry.field(description="The share of users that it gets; all sum to 1.")
    control: bool | None = strawberry.field(
        description="Are the others compared with it? So for exactly one variation.", default=False
    )
    adaptations: list[AdaptationInput] = strawberry.field(
        description="What it changes, before the rule's own adaptations; may be empty."
    )


@document_input(description="A randomized comparison of a rule's variations. It begins when it is started.")
class ExperimentInput:
    variations: list[VariationInput] = strawberry.field(description="What is compared: 2 to 20 alternatives.")
    goal: GoalInput = strawberry.field(description="What decides.")
    guardrails: list[GoalInput] | None = strawberry.field(description="What may not get worse: 10 at most.")
    holdout: float | None = strawberry.field(
        description="The share of whom the rule is for that gets nothing of it while it runs, in [0, 0.5].",
        default=0.0,
    )
    mode: ExperimentMode | None = strawberry.field(
        description="Who allocates users while it runs.", default=ExperimentMode.FIXED
    )


@document_input(description="The share of users that a variation would have got.")
class AllocationShareInput:
    variation: str = strawberry.field(description="Its key.")
    share: float = strawberry.field(description="In [0, 1]; all sum to 1.")
