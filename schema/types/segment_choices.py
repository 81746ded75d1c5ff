"""How is shown whether some segments would do better with a variation of their own?"""

from typing import Self

import strawberry

from domain.model import segment_choices as model


@strawberry.type(description="A segment in which another variation surely brings more than the best for everybody.")
class SegmentChoice:
    segment: str = strawberry.field(description="Its key.")
    variation: str = strawberry.field(description="What brings more there.")
    users: int = strawberry.field(description="Its users who got this variation or the best one for everybody.")
    difference: float = strawberry.field(description="Between these two, in the goal's measure per user.")
    low: float = strawberry.field(
        description="Where its interval begins: it holds at any time, for all segments and variations together."
    )
    high: float = strawberry.field(description="Where it ends.")

    @classmethod
    def of(cls, choice: model.SegmentChoice) -> Self:
        return cls(
            segment=choice.segment,
            variation=choice.variation,
            users=choice.users,
            difference=choice.difference,
            low=choice.low,
            high=choice.high,
        )


@strawberry.type(description="What choosing a variation per segment would bring, beside one for everybody.")
class SegmentChoices:
    best: str | None = strawberry.field(
        description="The variation that brings most over everybody; null where nobody can say, as `text` tells."
    )
    compared: int = strawberry.field(description="In how many segments there were users enough to compare.")
    choices: list[SegmentChoice] = strawberry.field(
        description="The segments that should get another one; empty where personalising is worth nothing."
    )
    text: str = strawberry.field(description="The same in words, never more than the numbers say.")

    @classmethod
    def of(cls, found: model.SegmentChoices) -> Self:
        choices = [SegmentChoice.of(choice) for choice in found.choices]
        return cls(best=found.best, compared=found.compared, choices=choices, text=found.text)
