"""What does the author of a rule write?"""

import strawberry

from schema.inputs.adaptations import AdaptationInput
from schema.inputs.conditions import ConditionInput
from schema.inputs.documents import document_input
from schema.inputs.experiments import ExperimentInput
from schema.inputs.schedules import ScheduleInput


@document_input(description="Everything that the author of a rule writes. What is left out has its default.")
class RuleInput:
    key: str = strawberry.field(
        description="A short name for programs: begins with a letter or digit, then also _ . : and -, 64 at most."
    )
    name: str = strawberry.field(description="A name for people.")
    description: str | None = strawberry.field(description="What the rule is for.")
    priority: int | None = strawberry.field(description="From -1,000,000 to 1,000,000; larger wins a slot.", default=0)
    places: list[str] | None = strawberry.field(description="Where it applies; left out or empty: everywhere.")
    condition: ConditionInput = strawberry.field(description="For whom and when it applies.")
    adaptations: list[AdaptationInput] = strawberry.field(
        description="What it changes; at least one, unless there is an experiment."
    )
    schedule: ScheduleInput | None = strawberry.field(description="When it may apply; left out: always.")
    coverage: float | None = strawberry.field(
        description="The share of eligible users that it applies to at all, in [0, 1].", default=1.0
    )
    exclusion_group: str | None = strawberry.field(
        description="A key that rules share which may share no user: each rule has `coverage` of all users to itself, "
        "for good, so the coverages of the group's rules (but the archived ones) add up to 1 at most."
    )
    experiment: ExperimentInput | None = strawberry.field(
        description="Variations to try on its users, from the start of the experiment on (startExperiment)."
    )
