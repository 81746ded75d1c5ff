"""How is a measured difference shown?"""

from typing import Self

import strawberry

from domain.model import experiment_results as model


@strawberry.type(
    description="How much more than the control, as a share of it: 0.05 is five percent more. Intervals are of 95 %."
)
class Lift:
    relative: float = strawberry.field(description="The estimate.")
    low: float = strawberry.field(description="Where the interval begins, if it is looked at once.")
    high: float = strawberry.field(description="Where it ends.")
    sequential_low: float = strawberry.field(
        description="Where the interval begins that holds whenever it is looked at."
    )
    sequential_high: float = strawberry.field(description="Where that one ends.")
    p_value: float = strawberry.field(
        description="The chance of a difference at least as large if there were none, if it is looked at once."
    )
    chance_to_win: float = strawberry.field(description="The probability of being better, in the wanted direction.")
    variance_reduction: float | None = strawberry.field(
        description="The share of variance removed by pre-exposure behaviour (CUPED); null where none was known."
    )

    @classmethod
    def of(cls, lift: model.Lift) -> Self:
        return cls(
            relative=lift.relative,
            low=lift.low,
            high=lift.high,
            sequential_low=lift.sequential_low,
            sequential_high=lift.sequential_high,
            p_value=lift.p_value,
            chance_to_win=lift.chance_to_win,
            variance_reduction=lift.variance_reduction,
        )

    @classmethod
    def of_known(cls, lift: model.Lift | None) -> Self | None:
        return None if lift is None else cls.of(lift)
