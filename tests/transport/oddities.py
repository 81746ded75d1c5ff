"""A schema of which every field may answer, wait, be null or fail: what its numbers say, and always the same."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, NewType, cast

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition


class Failure(Exception):
    """What a resolver raises."""


async def _doubled(numbers: list[int]) -> list[int]:
    return [2 * number for number in numbers]


@dataclass(slots=True)
class Context:
    loader: DataLoader[int, int] = field(default_factory=lambda: DataLoader(load_fn=_doubled))


Info = strawberry.Info[Context, object]


@strawberry.enum
class Colour(Enum):
    RED = "red"
    GREEN = "green"


def _odd_only(value: object) -> object:
    if not isinstance(value, int) or value % 2 == 0:
        raise Failure(f"{value} is not odd")
    return value


Odd = NewType("Odd", int)
SCALARS: dict[object, ScalarDefinition] = {Odd: strawberry.scalar(name="Odd", serialize=_odd_only)}


def perhaps(number: int, value: Any) -> Any:
    """The value; or, for some numbers, null, a failure that is raised, or one that is returned."""
    match number % 7:
        case 3:
            return None
        case 5:
            raise Failure(f"number {number}")
        case 6:
            return Failure(f"returned by {number}")
        case _:
            return value


async def later(number: int, value: Any) -> Any:
    """`perhaps`, some turns of the event loop later."""
    for _ in range(number % 3):
        await asyncio.sleep(0)
    return perhaps(number, value)


@strawberry.interface
class Being:
    number: int

    @strawberry.field
    def name(self) -> str:
        return cast("str", perhaps(self.number, f"being {self.number}"))

    @strawberry.field
    async def slow_name(self) -> str | None:
        return cast("str | None", await later(self.number, f"slow {self.number}"))


@strawberry.type
class Plant(Being):
    colour: Colour

    @strawberry.field
    def leaves(self, first: int = 2) -> list[int | None]:
        return [perhaps(self.number + leaf, leaf) if leaf % 2 else leaf for leaf in range(first)]


@strawberry.type
class Animal(Being):
    weight: float | None

    @strawberry.field
    async def friends(self, first: int = 2) -> "list[Thing]":
        await later(self.number + 1, None) if self.number % 2 else None
        return [made(self.number + step) for step in range(1, first + 1)]

    @strawberry.field
    def parent(self) -> Being:
        return cast("Being", perhaps(self.number + 2, made(self.number + 1)))

    @strawberry.field
    def remarks(self) -> list[list[str]] | None:
        return cast("list[list[str]]", [["a", perhaps(self.number + 3, "b")], []])


@strawberry.type
class Stone:
    number: int
    odd: Odd
    odd_or_nothing: Odd | None

    @strawberry.field
    async def doubled(self, info: Info) -> int:
        return await info.context.loader.load(self.number)

    @strawberry.field
    def promised(self) -> list[str]:
        promises: list[Awaitable[Any]] = [later(self.number + step, str(step)) for step in range(3)]
        return cast("list[str]", promises)

    @strawberry.field
    def sum(self, of: list[int], colour: Colour = Colour.RED, name: str | None = None) -> str:
        return f"{sum(of)} {colour.value} {name}"


Thing = Annotated[Plant | Animal | Stone, strawberry.union("Thing")]


def made(number: int) -> Any:
    match number % 4:
        case 0:
            plant = Plant(number=number, colour=Colour.GREEN if number % 8 else cast("Colour", "blue"))
            if number % 12 == 0:
                del plant.colour
            return plant
        case 1:
            weight = float(number) if number % 5 else float("nan")
            weighed: Any = weight if number % 3 else later(number, weight)
            return Animal(number=number, weight=weighed)
        case 2:
            return Stone(number=number, odd=Odd(number + 1), odd_or_nothing=Odd(number // 2))
        case _:
            return perhaps(number, Animal(number=number, weight=None))


@strawberry.type
class Query:
    @strawberry.field
    def thing(self, number: int) -> "Thing | None":
        return cast("Thing", made(number))

    @strawberry.field
    async def slow_thing(self, number: int) -> "Thing":
        return cast("Thing", await later(number, made(number)))

    @strawberry.field
    def beings(self, numbers: list[int]) -> list[Being | None] | None:
        return cast("list[Being | None]", [made(number) for number in numbers])

    @strawberry.field
    def surely(self, number: int) -> Being:
        return cast("Being", made(number))


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def things(self, first: int) -> AsyncGenerator[Thing, None]:
        for number in range(first):
            yield made(number)


schema = strawberry.Schema(
    Query, subscription=Subscription, types=[Plant, Animal, Stone], config=StrawberryConfig(scalar_map=SCALARS)
)
