"""Who is there to train on, in the tests of trainings? Seeded users who come back, or do not."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.model.interactions import Interaction, InteractionKey
from domain.model.users import PersonalizationChoice, UserId
from tests.builders.interactions import MINUTE, conversion, feature_use, interaction
from tests.builders.trainers import START

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from domain.ports.units_of_work import UnitsOfWork

FEATURES = ("export", "chart", "search", "share", "import", "report", "filter", "comment")
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


async def populate_richly(begin: UnitsOfWork, users: int = 150, days: int = 60, seed: int = 4) -> datetime:
    """Users of several features who come back, buy things, and leave; when the last day is over."""
    generator = random.Random(seed)  # noqa: S311 - a sample, not a secret
    people = [_Person(UserId(f"rich-{number}"), generator, days) for number in range(users)]
    for day in range(days):
        tracked = [one for person in people for one in person.on(day)]
        async with begin() as work:
            await work.interactions.add(tracked, START + timedelta(days=day, hours=23))
            await work.commit()
    return START + timedelta(days=days)


class _Person:
    """Has favourite features, and a day on which everything ends."""

    def __init__(self, user_id: UserId, generator: random.Random, days: int) -> None:
        self._user_id = user_id
        self._generator = generator
        self._likes = generator.sample(FEATURES, 4)
        self._leaves_on = generator.randrange(days // 4, 2 * days)
        self._comes = generator.uniform(0.1, 0.6)

    def on(self, day: int) -> Iterator[Interaction]:
        if day >= self._leaves_on or self._generator.random() > self._comes:
            return
        at = START + timedelta(days=day, hours=self._generator.randrange(8, 18))
        for number, feature in enumerate(self._generator.choices(self._likes, k=3)):
            yield feature_use(feature, at + number * MINUTE, user_id=self._user_id, key=_key(day, number))
        if self._generator.random() < 0.4:
            spent = round(self._generator.lognormvariate(3, 1), 2)
            yield conversion(at + 9 * MINUTE, user_id=self._user_id, key=_key(day, 9), value=spent)


def _key(day: int, number: int) -> InteractionKey:
    return InteractionKey(f"{day}-{number}")


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
