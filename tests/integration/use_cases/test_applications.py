"""Is what was delivered recorded once, whatever happens, and does nobody move until then?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from domain.errors import Unavailable
from domain.model.assignments import StickyVariation
from domain.model.configs import Config, ConfigSource, UpdateCause
from domain.model.experiments import NO_RUN
from domain.model.news import ProfileChanged
from domain.model.profiles import Preferences, Profile
from domain.model.rules import RuleId
from domain.model.users import UserId
from domain.ports.counters import Counter
from domain.use_cases.applications import COUNTS_EVERY, WRITE_EVERY, Applications
from domain.use_cases.profiles import PreferencesChange
from tests.builders.assignments import BOLD, CONTROL, build_applied
from tests.builders.interactions import interaction
from tests.integration.use_cases.conftest import empty, settings_of, stoppable_stores
from tests.integration.use_cases.driving import Driven, driving, key, silent_rule, soon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from domain.model.assignments import Applied, Assignment
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork
    from tests.fakes.clocks import ManualClock

ADA, GRACE = UserId("ada"), UserId("grace")
R1 = RuleId("r1")
WITHOUT_RUN = build_applied(run=NO_RUN, variation=None)
NO_PREFERENCES = PreferencesChange(Preferences(), frozenset())


@pytest.fixture(autouse=True)
async def _rules(engine: Driven) -> None:
    await store_rules(engine)


async def store_rules(engine: Driven) -> None:
    for name in ("r1", "r2"):
        await engine.store_silently(silent_rule(engine, name))


def config(engine: Driven, *applied: Applied, **parts: Any) -> Config:
    return Config(**{"revision": "c1", "decided_at": engine.now(), "applied": applied or (build_applied(),), **parts})


def deliver(engine: Driven, *applied: Applied, user_id: UserId = ADA, profile: Profile | None = None) -> None:
    """To a user of whom nothing is known, by default."""
    engine.use_cases.applications.note(user_id, config(engine, *applied), profile or Profile(user_id))


async def write(engine: Driven) -> None:
    """As the background does now and then; and everybody has heard of it."""
    await soon(engine.use_cases.applications.write())
    await engine.settled()


async def stored(engine: Driven, user_id: UserId = ADA) -> Sequence[Assignment]:
    async with engine.use_cases.begin() as work:
        return (await work.assignments.of_users([user_id])).get(user_id, ())


async def times(engine: Driven, user_id: UserId = ADA) -> list[int]:
    return [one.times_applied for one in await stored(engine, user_id)]


class TestWriting:
    async def test_a_first_exposure_is_written_at_the_next_turn_and_told(self, engine: Driven) -> None:
        delivered_at = engine.now()
        deliver(engine)
        assert await stored(engine) == ()

        engine.clock.advance(WRITE_EVERY)

        await engine.bus.until(lambda news: news == ProfileChanged(ADA, 1, UpdateCause.PROFILE_CHANGED))
        (one,) = await stored(engine)
        assert (one.applied, one.first_exposed_at, one.times_applied) == (build_applied(), delivered_at, 1)
        assert engine.counters.tally[Counter.EXPOSURES_RECORDED] == 1

    async def test_counts_of_what_is_known_are_written_much_later(self, engine: Driven) -> None:
        deliver(engine, build_applied(), WITHOUT_RUN)
        await write(engine)
        for _ in range(3):
            deliver(engine, build_applied(), WITHOUT_RUN, profile=await engine.use_cases.profiles.get(ADA))
            await write(engine)
        assert await times(engine) == [1, 1]

        engine.clock.advance(COUNTS_EVERY)
        await write(engine)

        assert await times(engine) == [4, 4]
        assert {one.last_applied_at for one in await stored(engine)} == {engine.now() - COUNTS_EVERY}

    async def test_what_the_profile_knows_is_only_counted(self, engine: Driven) -> None:
        """Another process wrote it: this one never saw it."""
        deliver(engine)
        await write(engine)
        async with driving(engine.settings, engine.clock) as other:
            deliver(other, profile=await other.use_cases.profiles.get(ADA))
            await write(other)
            assert await times(other) == [1]

        assert await times(engine) == [2]  # the other one wrote what was left when it ended

    async def test_one_config_delivered_again_and_again_is_counted_every_time(self, engine: Driven) -> None:
        delivered = config(engine)
        for _ in range(5):
            engine.use_cases.applications.note(ADA, delivered, Profile(ADA))
        await write(engine)

        assert await times(engine) == [5]

    async def test_a_first_exposure_is_told_once_however_often_it_is_delivered(self, engine: Driven) -> None:
        delivered = config(engine)
        for _ in range(3):
            engine.use_cases.applications.note(ADA, delivered, Profile(ADA))
            await write(engine)
            engine.clock.advance(COUNTS_EVERY)
            await write(engine)

        assert [news for news in engine.bus.acted_on if isinstance(news, ProfileChanged)] == [
            ProfileChanged(ADA, 1, UpdateCause.PROFILE_CHANGED)
        ]
        assert await times(engine) == [3]

    async def test_defaults_and_configs_in_which_nothing_applied_are_not_noted(self, engine: Driven) -> None:
        note = engine.use_cases.applications.note
        note(ADA, config(engine).served_from(ConfigSource.DEFAULT), None)
        note(ADA, Config("c0", engine.now()), Profile(ADA))
        await write(engine)

        assert await stored(engine) == ()

    async def test_what_was_last_known_counts_too(self, engine: Driven) -> None:
        await engine.track(interaction(engine.now(), user_id=ADA, key=key(1)))
        engine.use_cases.applications.note(ADA, config(engine).served_from(ConfigSource.LAST_KNOWN), None)
        await write(engine)

        assert await times(engine) == [1]

    async def test_what_is_left_is_written_when_the_process_ends(self, engine: Driven, clock: ManualClock) -> None:
        deliver(engine)
        await write(engine)
        async with driving(engine.settings, clock) as ending:
            deliver(ending, profile=await ending.use_cases.profiles.get(ADA))
            deliver(ending, user_id=GRACE)

        assert await times(engine) == [2]
        assert await times(engine, GRACE) == [1]

    async def test_what_is_too_much_is_lost_and_counted(self, engine: Driven) -> None:
        parts = engine.engine.adapters
        few = Applications(
            begin=parts.begin,
            bus=parts.bus,
            profiles=engine.use_cases.profiles,
            clock=parts.clock,
            counters=parts.counters,
            limit=3,
        )
        for number in range(5):
            few.note(UserId(f"user-{number}"), config(engine), None)
        for number in range(3):
            few.note(UserId(f"user-{number}"), config(engine), None)
        await few.write()

        assert engine.counters.tally[Counter.APPLICATIONS_LOST] >= 2
        assert few.ahead(Profile(UserId("user-4"))) == Profile(UserId("user-4"))

    async def test_what_cannot_be_written_costs_the_others_nothing(self, engine: Driven) -> None:
        deliver(engine)
        deliver(engine, user_id=UserId("impossible\0"))
        deliver(engine, user_id=GRACE)

        with pytest.raises(Exception, match="0x00"):
            await write(engine)
        await write(engine)

        assert (await times(engine), await times(engine, GRACE)) == ([1], [1])
        assert engine.counters.tally[Counter.APPLICATIONS_LOST] == 1


class TestUntilItIsWritten:
    async def test_this_process_decides_as_if_it_were(self, engine: Driven) -> None:
        applied = build_applied(probability=0.25)
        sticky = {R1: StickyVariation(1, BOLD, 0.25)}
        profiles, ahead = engine.use_cases.profiles, engine.use_cases.applications.ahead
        before = await profiles.get(ADA)
        assert before.assignments == {}

        deliver(engine, applied)
        assert ahead(await profiles.get(ADA)).assignments == sticky
        deliver(engine, build_applied(variation=CONTROL))
        assert ahead(before).assignments == sticky
        await write(engine)
        assert ahead(before).assignments == sticky  # whoever read the profile just before
        assert ahead(await profiles.get(ADA)).assignments == sticky
        await write(engine)

        assert ahead(before) is before
        assert (await profiles.get(ADA)).assignments == sticky

    async def test_what_is_stored_counts_more_than_what_was_delivered(self, engine: Driven) -> None:
        """Two processes may deliver at the same time; the first to write decides."""
        deliver(engine)
        await write(engine)
        async with driving(engine.settings, engine.clock) as other:
            deliver(other, build_applied(variation=CONTROL))
            await write(other)
            known = await other.use_cases.profiles.get(ADA)

            assert other.use_cases.applications.ahead(known) is known
            assert known.assignments == {R1: StickyVariation(1, BOLD)}

    async def test_a_later_run_replaces_an_earlier_one(self, engine: Driven) -> None:
        deliver(engine)
        await write(engine)
        known = await engine.use_cases.profiles.get(ADA)
        deliver(engine, build_applied(run=2, variation=CONTROL), profile=known)

        assert engine.use_cases.applications.ahead(known).assignments == {R1: StickyVariation(2, CONTROL)}
        await write(engine)
        assert (await engine.use_cases.profiles.get(ADA)).assignments == {R1: StickyVariation(2, CONTROL)}

    async def test_every_process_comes_to_know_of_it(self, engine: Driven, other_engine: Driven) -> None:
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        await other_engine.settled()
        assert (await other_engine.use_cases.profiles.get(ADA)).assignments == {}

        deliver(engine, profile=await engine.use_cases.profiles.get(ADA))
        await write(engine)
        await other_engine.settled()

        assert (await other_engine.use_cases.profiles.get(ADA)).assignments == {R1: StickyVariation(1, BOLD)}

    async def test_folding_and_changing_traits_keep_what_was_assigned(self, engine: Driven) -> None:
        deliver(engine)
        await write(engine)
        await engine.track(interaction(engine.now(), user_id=ADA, key=key(1)))
        await engine.fold()
        profile = await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        await engine.settled()

        for known in (profile, await engine.profile(ADA), await engine.use_cases.profiles.get(ADA)):
            assert known.assignments == {R1: StickyVariation(1, BOLD)}


class TestWhoLeaves:
    @pytest.mark.parametrize("known", [False, True])
    async def test_who_is_erased_between_delivery_and_writing_is_nowhere(
        self, engine: Driven, other_engine: Driven, *, known: bool
    ) -> None:
        if known:
            await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
            await other_engine.settled()
        for process in (engine, other_engine):
            deliver(process, profile=await process.use_cases.profiles.get(ADA))

        await engine.use_cases.erase_user(ADA)
        await other_engine.settled()
        for process in (engine, other_engine):
            await write(process)
            assert process.use_cases.applications.ahead(Profile(ADA)) == Profile(ADA)

        async with engine.use_cases.begin() as work:
            assert await work.profiles.of_users([ADA]) == {}

    async def test_an_erasure_that_this_process_has_not_heard_of_is_obeyed_too(self, engine: Driven) -> None:
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        deliver(engine, profile=await engine.use_cases.profiles.get(ADA))
        async with engine.use_cases.begin() as work:
            await work.users.erase(ADA)
            await work.commit()
        await write(engine)

        async with engine.use_cases.begin() as work:
            assert await work.profiles.of_users([ADA]) == {}

    async def test_who_opts_out_between_delivery_and_writing_is_left_alone(self, engine: Driven) -> None:
        deliver(engine)
        await engine.use_cases.set_personalization(ADA, enabled=False, use_of_models=False)
        await write(engine)

        assert await stored(engine) == ()


class TestOutages:
    @pytest.fixture
    async def process(self, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Driven]:
        async with stoppable_stores(tmp_path / "stores") as services:
            await empty(services)
            async with driving(settings_of(services, tmp_path), clock) as driven:
                self.services = services
                await store_rules(driven)
                yield driven
                await asyncio.to_thread(services.postgres.start)

    async def test_what_is_delivered_while_the_database_is_away_is_written_when_it_is_back(
        self, process: Driven
    ) -> None:
        deliver(process, build_applied("r2"))
        await write(process)
        await asyncio.to_thread(self.services.postgres.stop)
        process.clock.advance(WRITE_EVERY)
        delivered_at = process.now()
        for _ in range(3):
            deliver(process, build_applied("r2"), build_applied())
            await soon(process.use_cases.applications.write())
        assert process.use_cases.applications.ahead(Profile(ADA)).assignments[R1] == StickyVariation(1, BOLD)

        await asyncio.to_thread(self.services.postgres.start)
        process.clock.advance(COUNTS_EVERY)
        await write(process)

        assert [(one.applied.rule_id, one.times_applied, one.first_exposed_at) for one in await stored(process)] == [
            ("r1", 3, delivered_at),
            ("r2", 4, delivered_at - WRITE_EVERY),
        ]


class ForgetfulUnitsOfWork:
    """Real ones whose first commit succeeds, which nobody learns."""

    def __init__(self, begin: UnitsOfWork) -> None:
        self._begin = begin
        self.forgets = True

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[UnitOfWork]:
        async with self._begin() as work:
            yield work
        if self.forgets:
            self.forgets = False
            raise Unavailable("the connection broke")


async def test_of_a_write_that_succeeded_unnoticed_everybody_hears_with_the_next_one(engine: Driven) -> None:
    parts = engine.engine.adapters
    doubtful = Applications(
        begin=ForgetfulUnitsOfWork(parts.begin),
        bus=parts.bus,
        profiles=engine.use_cases.profiles,
        clock=parts.clock,
        counters=parts.counters,
    )
    doubtful.note(ADA, config(engine), Profile(ADA))
    await doubtful.write()
    assert (await engine.use_cases.profiles.get(ADA)).assignments == {R1: StickyVariation(1, BOLD)}
    await doubtful.write()

    await engine.bus.until(lambda news: news == ProfileChanged(ADA, 1, UpdateCause.PROFILE_CHANGED))
    (one,) = await stored(engine)
    assert (one.applied, one.first_exposed_at) == (build_applied(), engine.now())
