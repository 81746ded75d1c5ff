"""Does the worker go on, whatever happens to it or to one of its users?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from operator import eq
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from app.servants import running
from app.worker import Worker
from domain.errors import Unavailable
from domain.model.configs import UpdateCause
from domain.model.news import ProfileChanged
from domain.model.users import UserId
from domain.use_cases.bulk_traffic import BULK
from domain.use_cases.profiles import SET_ASIDE_FOR, FoldProfiles, Unfoldable
from tests.builders.interactions import MINUTE, interaction
from tests.integration.use_cases.driving import Driven, key, soon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from domain.model.interactions import Interaction, RecordedInteraction
    from domain.ports.interactions import Interactions
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork

POISON = UserId("poison")


class PoisonedInteractions:
    """The real ones, but reading those of one user fails inside the database, which ends the transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._interactions: Interactions = work.interactions

    def __getattr__(self, name: str) -> object:
        return getattr(self._interactions, name)

    async def received_since(
        self, folded_through: Mapping[UserId, int], limit_per_user: int
    ) -> Mapping[UserId, Sequence[RecordedInteraction]]:
        if POISON in folded_through:
            await self._work.rules.at_revision("rule", 2**40)  # type: ignore[arg-type]  # no integer of the database
        return await self._interactions.received_since(folded_through, limit_per_user)


class PoisonedWork:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self.interactions = PoisonedInteractions(work)

    def __getattr__(self, name: str) -> object:
        return getattr(self._work, name)


def poisoned(fold: FoldProfiles) -> FoldProfiles:
    @asynccontextmanager
    async def begin() -> AsyncIterator[UnitOfWork]:
        async with fold.begin() as work:
            yield PoisonedWork(work)  # type: ignore[misc]  # delegates everything else

    return replace(fold, begin=begin)


def visits(engine: Driven, *user_ids: str, number: int = 0) -> list[Interaction]:
    return [
        interaction(engine.now() - number * MINUTE, user_id=UserId(user_id), key=key(number)) for user_id in user_ids
    ]


@pytest.mark.parametrize("earlier", [0, 1, 30])
async def test_one_user_that_cannot_be_folded_keeps_nobody_else_waiting(engine: Driven, earlier: int) -> None:
    users = [f"user-{number}" for number in range(60)]
    turns: list[list[str]] = [users[:earlier], [POISON], users[earlier:]]
    for waiting in filter(None, turns):
        await engine.track(*visits(engine, *waiting))
        engine.clock.advance(MINUTE)
    worker = Worker(poisoned(engine.engine.worker.fold))

    with capture_logs() as logs:
        await soon(worker.fold_all())

    assert [(line["event"], line["log_level"]) for line in logs] == [("user_set_aside", "error")]
    for user_id in users:
        assert (await engine.profile(user_id)).history.interactions == 1
    assert (await engine.profile(POISON)).history.interactions == 0


async def test_who_was_set_aside_is_tried_again_later_and_loses_nothing(engine: Driven) -> None:
    await engine.track(*visits(engine, POISON))
    fold = poisoned(engine.engine.worker.fold)
    with pytest.raises(Unfoldable) as failure:
        await fold()
    await fold.set_aside(failure.value.user_id)
    assert await engine.engine.worker.fold() == 0

    engine.clock.advance(SET_ASIDE_FOR)
    await engine.fold()

    assert (await engine.profile(POISON)).history.interactions == 1


async def test_who_was_set_aside_is_tried_again_with_the_next_interaction(engine: Driven) -> None:
    await engine.track(*visits(engine, POISON))
    await engine.engine.worker.fold.set_aside(POISON)

    await engine.track(*visits(engine, POISON, number=1))
    await engine.fold()

    assert (await engine.profile(POISON)).history.interactions == 2


async def test_a_store_that_is_away_sets_nobody_aside(engine: Driven) -> None:
    await engine.track(*visits(engine, "ada"))

    fold = engine.engine.worker.fold
    fold = replace(fold, begin=FailingAtFirst(fold.begin, Unavailable("the database does not answer")))
    with pytest.raises(Unavailable):
        await fold()
    await engine.fold()

    assert (await engine.profile("ada")).history.interactions == 1


class FailingAtFirst:
    """Units of work of which the first ones fail."""

    def __init__(self, begin: UnitsOfWork, *failures: Exception) -> None:
        self._begin = begin
        self._failures = list(failures)

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[UnitOfWork]:
        if self._failures:
            raise self._failures.pop(0)
        async with self._begin() as work:
            yield work


async def test_the_worker_survives_failures(engine: Driven, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.worker.FIRST_PAUSE_SECONDS", 0.0)
    fold = engine.engine.worker.fold
    failing = FailingAtFirst(fold.begin, Unavailable("away"), ValueError("a fault"), Unavailable("away"))
    worker = Worker(replace(fold, begin=failing), _pause=0.0)
    await engine.track(*visits(engine, "ada"))

    with capture_logs() as logs:
        async with running({"worker": worker.run}):
            await engine.bus.until(lambda news: isinstance(news, ProfileChanged))

    assert [line["event"] for line in logs] == ["folding_paused", "folding_failed", "folding_paused"]


async def test_the_worker_is_woken_by_news_of_interactions(
    engine: Driven, other_engine: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.LOOK_EVERY_SECONDS", 3_600.0)
    async with running({"worker": engine.engine.worker.run}):
        for number in range(5):
            await other_engine.track(*visits(engine, "ada", number=number))
            expected = ProfileChanged(UserId("ada"), number + 1, UpdateCause.PROFILE_CHANGED)
            await engine.bus.until(partial(eq, expected))

    assert (await engine.profile("ada")).history.interactions == 5


async def test_the_worker_looks_by_itself_when_nobody_tells(engine: Driven, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.worker.LOOK_EVERY_SECONDS", 0.01)
    async with running({"worker": engine.engine.worker.run}):
        async with engine.use_cases.begin() as work:
            await work.interactions.add(visits(engine, "ada"), engine.now())
            await work.commit()

        await engine.bus.until(lambda news: isinstance(news, ProfileChanged))

    assert (await engine.profile("ada")).history.interactions > 0


async def test_a_servant_that_fails_is_begun_again_and_all_end_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.servants.PAUSE_SECONDS", 0.0)
    begun: list[int] = []
    third, ended = asyncio.Event(), asyncio.Event()

    async def servant() -> None:
        begun.append(1)
        if len(begun) < 3:
            raise ValueError("a fault")
        third.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with capture_logs() as logs:
        async with running({"servant": servant}):
            await soon(third.wait())

    assert ended.is_set()
    assert [(line["event"], line["servant"]) for line in logs] == [("servant_failed", "servant")] * 2


async def test_bulk_tracking_that_never_ends_holds_folding_up_for_a_moment_only(engine: Driven) -> None:
    await engine.track(*visits(engine, "ada"))
    with engine.engine.worker.traffic.passing(BULK):
        async with running({"worker": engine.engine.worker.run}):
            await engine.bus.until(lambda news: isinstance(news, ProfileChanged) and news.user_id == "ada")

    assert (await engine.profile("ada")).is_known
