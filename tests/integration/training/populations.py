"""Who is there to train on, in the tests of trainings? Seeded users who come back, or do not."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.model.interactions import Interaction, InteractionKey
from domain.model.users import PersonalizationChoice, UserId
from tests.builders.interactions import interaction
from tests.builders.trainers import START

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.ports.units_of_work import UnitsOfWork

DAYS = 44
"""Until the end of the horizon after the last cut-off of `tests.builders.trainers.PLAN`."""


async def populate(begin: UnitsOfWork, users: int = 60, seed: int = 1, name: str = "user") -> None:
    """Everything is received on the day on which it occurs."""
    for day, tracked in _by_day(users, seed, name).items():
        async with begin() as work:
            await work.interactions.add(tracked, START + timedelta(days=day))
            await work.commit()


async def import_late(begin: UnitsOfWork, users: int = 60, seed: int = 1) -> None:
    """Everything is received when all of it has occurred."""
    async with begin() as work:
        for tracked in _by_day(users, seed, "user").values():
            await work.interactions.add(tracked, START + timedelta(days=DAYS))
        await work.commit()


async def choose(begin: UnitsOfWork, user: str, *, use_of_models: bool) -> None:
    async with begin() as work:
        await work.users.choose(UserId(user), PersonalizationChoice(use_of_models=use_of_models))
        await work.commit()


def _by_day(users: int, seed: int, name: str) -> Mapping[int, list[Interaction]]:
    by_day: dict[int, list[Interaction]] = {}
    for day, one in _visits(users, seed, name):
        by_day.setdefault(day, []).append(one)
    return dict(sorted(by_day.items()))


def _visits(users: int, seed: int, name: str) -> Iterator[tuple[int, Interaction]]:
    generator = random.Random(seed)  # noqa: S311 - a sample, not a secret
    for number in range(users):
        leaves_on = generator.randrange(10, 2 * DAYS)
        for day in range(min(leaves_on, DAYS)):
            if generator.random() < 0.3:
                key = InteractionKey(f"{number}-{day}")
                at = START + timedelta(days=day)
                yield day, interaction(at, user_id=UserId(f"{name}-{number}"), key=key)
