"""How is shown what a rule brought?"""

from datetime import date
from typing import Self

import strawberry

from domain.model import rule_performance as model
from schema.types.lifts import Lift


@strawberry.type(description="One day in UTC.")
class DayPoint:
    day: date = strawberry.field(description="Which.")
    users: int = strawberry.field(description="Users who first met the rule on this day.")
    conversions: int = strawberry.field(description="Those of them who reached the goal since, within its window.")


@strawberry.type(
    description="What a rule brought, of users who first met it in the period: without an experiment, a conversion "
    "within 7 days is its goal. Users held out from an experiment are left out."
)
class RulePerformance:
    applied: int = strawberry.field(description="How often it was delivered in the period.")
    users: int = strawberry.field(description="Users who first met it in the period, anew in each run.")
    conversions: int = strawberry.field(description="Those of them who reached the goal within its window.")
    conversion_rate: float = strawberry.field(description="Conversions per user; 0 of no users.")
    dismissals: int = strawberry.field(description="How often they dismissed what it shows, within the same time.")
    lift: Lift | None = strawberry.field(
        description="Of the experiment's latest run: against users held out, or of its only variation over the control."
    )
    absent: str = strawberry.field(
        description="Why there is no lift; empty if there is. Where users are held out, they are its control."
    )
    series: list[DayPoint] = strawberry.field(description="The days on which anybody met it, oldest first.")

    @classmethod
    def of(cls, performance: model.RulePerformance) -> Self:
        return cls(
            applied=performance.applied,
            users=performance.users,
            conversions=performance.conversions,
            conversion_rate=performance.conversion_rate or 0.0,
            dismissals=performance.dismissals,
            lift=Lift.of_known(performance.lift),
            absent=performance.absent,
            series=[
                DayPoint(day=point.day, users=point.users, conversions=point.conversions)
                for point in performance.series
            ],
        )
