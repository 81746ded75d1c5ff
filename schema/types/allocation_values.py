"""How is shown what another allocation would have given?"""

from typing import Self

import strawberry

from domain.model import allocation_values as model


@strawberry.type(description="The goal's measure per user, with a 95 % interval.")
class EstimatedMean:
    value: float = strawberry.field(description="The estimate.")
    low: float = strawberry.field(description="Where its interval begins.")
    high: float = strawberry.field(description="Where it ends.")

    @classmethod
    def of(cls, mean: model.EstimatedMean | None) -> Self | None:
        return None if mean is None else cls(value=mean.value, low=mean.low, high=mean.high)


@strawberry.type(description="What another allocation would have given.")
class AllocationValue:
    users: float = strawberry.field(description="Users of whom it is known what they did.")
    effective_users: float = strawberry.field(
        description="On how many the answer really rests: few, where the other allocation is a very different one."
    )
    logged: EstimatedMean | None = strawberry.field(description="What was given; null where nothing can be said.")
    expected: EstimatedMean | None = strawberry.field(
        description="What it would have given; null where that cannot be told, as `text` says."
    )
    gain: EstimatedMean | None = strawberry.field(description="How much more than was given.")
    text: str = strawberry.field(description="The same in words, or why it cannot be told.")

    @classmethod
    def of(cls, value: model.AllocationValue) -> Self:
        return cls(
            users=value.users,
            effective_users=value.effective_users,
            logged=EstimatedMean.of(value.logged),
            expected=EstimatedMean.of(value.expected),
            gain=EstimatedMean.of(value.gain),
            text=value.text,
        )
