"""How is an experiment shown?"""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from domain.model import experiments as model
from domain.model import rules as rules_model
from domain.rules.experiments import running, status_of
from resolvers import experiment_results
from resolvers.arguments import Document
from schema.enumerations import ExperimentMode, ExperimentStatus, GoalMeasure, InteractionKind
from schema.inputs.experiments import AllocationShareInput
from schema.operations import Info, resolved
from schema.types.adaptations import Adaptation, adaptation_of
from schema.types.allocation_values import AllocationValue
from schema.types.experiment_results import ExperimentResults, ResultsUntil, results_of
from schema.types.segment_choices import SegmentChoices


@strawberry.type(description="What users shall do, within a window after they first met their variation.")
class Goal:
    kind: InteractionKind = strawberry.field(description="The kind of interaction that counts.")
    target: str | None = strawberry.field(description="Only with this target; null: with any.")
    window_days: int = strawberry.field(description="So many days from the first exposure on.")
    measure: GoalMeasure = strawberry.field(description="What of it is compared, per user.")
    increase: bool = strawberry.field(description="Is more better?")
    cap: float | None = strawberry.field(description="What one user contributes at most; null: everything counts.")

    @classmethod
    def of(cls, goal: model.Goal) -> Self:
        return cls(
            kind=goal.kind,
            target=goal.target,
            window_days=goal.window_days,
            measure=goal.measure,
            increase=goal.increase,
            cap=goal.cap,
        )


@strawberry.type(description="One alternative in an experiment.")
class Variation:
    key: str = strawberry.field(description="Its name.")
    allocation: float = strawberry.field(
        description="The share of the experiment's users that it gets: while the experiment runs the one in force, "
        "which a bandit changes; otherwise the planned one."
    )
    control: bool = strawberry.field(description="Are the others compared with it?")
    adaptations: list[Adaptation] = strawberry.field(description="What it changes, before the rule's own adaptations.")


@strawberry.type(description="A randomized comparison of a rule's variations.")
class Experiment:
    source: strawberry.Private[rules_model.Rule]
    status: ExperimentStatus = strawberry.field(description="How far it is.")
    variations: list[Variation] = strawberry.field(description="What is compared.")
    goal: Goal = strawberry.field(description="What decides.")
    guardrails: list[Goal] = strawberry.field(description="What may not get worse.")
    holdout: float = strawberry.field(
        description="The share of whom the rule is for that gets nothing of it while it runs, in [0, 0.5]."
    )
    mode: ExperimentMode = strawberry.field(description="Who allocates users while it runs.")
    run: int = strawberry.field(description="How often it was started: every run assigns users afresh.")
    winner: str | None = strawberry.field(description="The variation that everybody gets since it was concluded.")
    started_at: datetime | None = strawberry.field(description="When its latest run began.")
    concluded_at: datetime | None = strawberry.field(description="When its latest run was concluded.")

    @resolved("What its latest run has found, computed from sums when asked; null before it was started.")
    async def results(self, info: Info) -> ExperimentResults | None:
        return await results_of(info, self.source.id)

    @resolved(
        "How it grew what its latest run has found: of the users first exposed until each day on which anybody was, "
        "oldest first; of a long run 60 days, evenly spread. What they did until now counts throughout."
    )
    async def growth(self, info: Info) -> list[ResultsUntil]:
        return [ResultsUntil.of(one) for one in await experiment_results.growth(info.context, self.source.id)]

    @resolved(
        "What another allocation would have given the users of the latest run, estimated from what they did and the "
        "chances they had (doubly robust); null before the experiment was started."
    )
    async def under_allocation(
        self,
        info: Info,
        allocation: Annotated[
            list[Document],
            strawberry.argument(
                description="A share for each variation; those left out get nobody.",
                graphql_type=list[AllocationShareInput],
            ),
        ],
    ) -> AllocationValue | None:
        found = await experiment_results.under_allocation(info.context, self.source, allocation)
        return None if found is None else AllocationValue.of(found)

    @resolved(
        "Would a variation of its own in some segments bring more than the best one for everybody? Of the latest run; "
        "null before the experiment was started."
    )
    async def by_segment(self, info: Info) -> SegmentChoices | None:
        found = await experiment_results.by_segment(info.context, self.source.id)
        return None if found is None else SegmentChoices.of(found)

    @classmethod
    def of(cls, rule: rules_model.Rule) -> Self | None:
        experiment, run, status = rule.content.experiment, rule.run, status_of(rule)
        if experiment is None or status is None:
            return None
        return cls(
            source=rule,
            status=status,
            variations=_variations(rule, experiment),
            goal=Goal.of(experiment.goal),
            guardrails=[Goal.of(goal) for goal in experiment.guardrails],
            holdout=experiment.holdout,
            mode=experiment.mode,
            run=0 if run is None else run.number,
            winner=None if run is None else run.winner,
            started_at=None if run is None else run.started_at,
            concluded_at=None if run is None else run.concluded_at,
        )


def _variations(rule: rules_model.Rule, experiment: model.Experiment) -> list[Variation]:
    tried = running(rule)
    planned = tuple(variation.allocation for variation in experiment.variations)
    shares = planned if tried is None else tried[1].allocation
    return [
        Variation(
            key=variation.key,
            allocation=share,
            control=variation.control,
            adaptations=[adaptation_of(adaptation) for adaptation in variation.adaptations],
        )
        for variation, share in zip(experiment.variations, shares, strict=True)
    ]
