"""Whatever happens to users, in whatever order: are all sums over them what is stored of them?"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.wiring import comparing, rebuilding, training_adapters
from domain.errors import Refused
from domain.model.catalogues import Catalogue
from domain.model.interactions import InteractionKind
from domain.model.users import UserId
from domain.ports.profiles import Gone
from domain.use_cases.assignments import Override
from tests.builders.experiments import build_experiment
from tests.builders.interactions import DAY, HOUR, interaction
from tests.builders.rules import LIGHT
from tests.builders.segments import build_segment
from tests.integration.use_cases.driving import ADMIN, HERE, Driven, key, soon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from app.wiring import TrainingAdapters
    from domain.model.rules import Rule

PEOPLE = 3
"""So few that the same ones are met, linked and erased again and again."""

VERBS = (
    *("get", "get", "get", "do", "do", "do", "fold", "fold"),
    *("link", "link", "leave", "return", "erase", "override", "take back", "recompute", "merge", "run anew", "rebuild"),
)
_examples = count()


class Step(NamedTuple):
    """`who` and `other` are people; `number` is what else is to be chosen."""

    verb: str
    who: int
    other: int
    number: int


STEPS = st.builds(
    Step,
    st.sampled_from(VERBS),
    st.integers(0, PEOPLE - 1),
    st.integers(0, PEOPLE - 1),
    st.integers(0, 400),
)


class World:
    """An engine, what commands beside it work with, and a rule on trial.

    No dataclass, because all of it would be told of with every failure.
    """

    def __init__(self, engine: Driven, tools: TrainingAdapters, trial: Rule) -> None:
        self.engine = engine
        self.tools = tools
        self.trial = trial

    async def differing(self) -> dict[str, int]:
        """By measure; then made right again, so that the next users are judged by themselves."""
        found = dict(await comparing(self.tools)())
        if found:
            await rebuilding(self.tools)()
        return found


@dataclass(frozen=True, slots=True)
class Lives:
    """People who are new, of an engine that is not: what others left in the sums has to stay there."""

    world: World
    people: Sequence[UserId]

    @property
    def engine(self) -> Driven:
        return self.world.engine

    async def go(self, number: int, step: Step) -> None:
        engine, who, other = self.engine, self.people[step.who], self.people[step.other]
        match step.verb:
            case "get":
                decided = await engine.use_cases.decide(who, HERE)
                engine.use_cases.applications.note(who, decided.config, decided.profile)
                if step.number % 2:
                    await soon(engine.use_cases.applications.write(everything=step.number % 4 == 1))
            case "do":
                await self._does(who, number, step)
            case "fold":
                engine.clock.advance(timedelta(minutes=7))
                await engine.fold()
            case "erase":
                await engine.use_cases.erase_user(who)
            case "merge":
                await engine.engine.merger.merge(step.number % 30 + 1)
            case "rebuild":
                assert await rebuilding(self.world.tools)() == {}
            case _:
                with suppress(Refused, Gone):  # not everything is possible, and an alias changes nothing
                    await self._perhaps(step, who, other)

    async def _perhaps(self, step: Step, who: UserId, other: UserId) -> None:
        use_cases, trial = self.engine.use_cases, self.world.trial
        match step.verb:
            case "leave" | "return":
                enabled = step.verb == "return"
                await use_cases.set_personalization(who, enabled=enabled, use_of_models=enabled)
            case "link":
                await use_cases.link_users(who, other)
            case "override" | "take back":
                variation = ("as-is", "dark")[step.number % 2] if step.verb == "override" else None
                await use_cases.override_variation(Override(trial.id, who, variation), ADMIN)
            case "recompute":
                await use_cases.recompute_profile(who)
            case _:
                await use_cases.conclude_experiment(trial.id, "dark", ADMIN)
                await use_cases.start_experiment(trial.id, ADMIN)

    async def _does(self, who: UserId, number: int, step: Step) -> None:
        """On one day or on several, more than the latest that a fold looks at."""
        kinds = (InteractionKind.CONVERSION, InteractionKind.CONVERSION, InteractionKind.FEATURE_USE)
        done = [
            interaction(
                self.engine.now() - (step.number % 300) * HOUR - days_before * DAY,
                user_id=who,
                key=key(f"{number}-{days_before}"),
                kind=kinds[step.number % 3],
                target="export",
                value=(None, 12.5, -3.25)[step.other],
            )
            for days_before in range(1 + step.number % 5 * 3)
        ]
        await self.engine.track(*done, *done[: step.number % 2])


@pytest.fixture
async def world(engine: Driven) -> AsyncIterator[World]:
    """One experiment runs with some held out, beside a rule without any, a segment and a holdout from everything."""
    await engine.use_cases.save_catalogue(Catalogue(holdout=0.2), ADMIN)
    await engine.use_cases.save_segment(build_segment(), ADMIN)
    await engine.rule("plain", LIGHT, priority=-1)
    rule = await engine.rule("trial", experiment=build_experiment(holdout=0.2), priority=1)
    async with training_adapters(engine.settings) as tools:
        yield World(engine, tools, await engine.use_cases.start_experiment(rule.id, ADMIN))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, max_size=24))
async def test_whatever_happens_to_users_the_sums_are_what_is_stored_of_them(
    world: World, steps: Sequence[Step]
) -> None:
    example = next(_examples)
    lives = Lives(world, [UserId(f"{example}-{number}") for number in range(PEOPLE)])
    for number, step in enumerate(steps):
        await lives.go(number, step)
    as_it_is = await world.differing()
    await soon(world.engine.use_cases.applications.write(everything=True))
    await world.engine.fold()

    assert (as_it_is, await world.differing()) == ({}, {})
    assert await rebuilding(world.tools)() == {}
