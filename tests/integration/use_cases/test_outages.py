"""What is answered while a store is away, and is everything as it should be afterwards?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from domain.errors import Unavailable
from domain.model.adaptations import ThemeMode
from domain.model.conditions import TraitsMatch
from domain.model.configs import ConfigSource, UpdateCause
from domain.model.contexts import Context
from domain.model.news import Resynchronised
from domain.model.profiles import Preferences
from domain.model.schedules import Schedule
from domain.model.users import UserId
from domain.use_cases.freshness import LOOK_EVERY
from domain.use_cases.profiles import PreferencesChange
from tests.builders.interactions import HOUR, interaction
from tests.integration.use_cases.conftest import empty, settings_of, stoppable_stores
from tests.integration.use_cases.driving import Driven, driving, key, soon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from app.embedded.services import EmbeddedServices
    from domain.model.configs import Config
    from tests.fakes.clocks import ManualClock

ADA, GRACE = UserId("ada"), UserId("grace")
PRO = TraitsMatch({"plan": "pro"})
NO_PREFERENCES = PreferencesChange(Preferences(), frozenset())
DECIDED = {ConfigSource.DECIDED, ConfigSource.CACHED}


@pytest.fixture(scope="module")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedServices]:
    async with stoppable_stores(tmp_path_factory.mktemp("stoppable")) as services:
        yield services


@pytest.fixture
async def process(servers: EmbeddedServices, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Driven]:
    """An engine that knows a rule for users of the plan `pro`, and that Ada is one."""
    await asyncio.to_thread(servers.redis.start)
    await asyncio.to_thread(servers.postgres.start)
    await empty(servers)
    async with driving(settings_of(servers, tmp_path), clock) as driven:
        await driven.rule("pros", condition=PRO)
        await driven.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        await driven.settled()
        yield driven
        await asyncio.to_thread(servers.redis.start)
        await asyncio.to_thread(servers.postgres.start)


async def without_database(servers: EmbeddedServices, process: Driven) -> None:
    """Stop the database; the engine has noticed."""
    await asyncio.to_thread(servers.postgres.stop)
    await process.engine.freshness.look()
    assert not process.engine.freshness.database_answers


async def database_back(servers: EmbeddedServices, process: Driven) -> None:
    await asyncio.to_thread(servers.postgres.start)
    await process.engine.freshness.look()
    assert process.engine.freshness.database_answers
    await process.engine.desk.catch_up()


def shown(config: Config) -> tuple[ThemeMode, ConfigSource]:
    return config.theme_mode, config.source


class TestWithoutDatabase:
    async def test_who_is_at_hand_gets_what_was_known_last_and_afterwards_what_is_decided(
        self, servers: EmbeddedServices, process: Driven
    ) -> None:
        assert (await process.config(ADA)).source in DECIDED

        await without_database(servers, process)
        assert shown(await process.config(ADA)) == (ThemeMode.DARK, ConfigSource.LAST_KNOWN)
        process.use_cases.profiles.distrust()
        assert shown(await process.config(ADA)) == (ThemeMode.DARK, ConfigSource.LAST_KNOWN)
        assert shown(await process.config(ADA, Context("new"))) == (ThemeMode.DARK, ConfigSource.LAST_KNOWN)

        await database_back(servers, process)
        assert (await process.config(ADA)).source in DECIDED

    async def test_a_process_that_never_saw_the_user_answers_what_another_one_decided_last(
        self, servers: EmbeddedServices, process: Driven
    ) -> None:
        await process.config(ADA)
        await process.engine.last_configs.written()
        await without_database(servers, process)

        async with driving(process.settings, process.clock) as stranger:
            assert shown(await stranger.config(ADA)) == (ThemeMode.DARK, ConfigSource.LAST_KNOWN)
            assert shown(await stranger.config(GRACE)) == (ThemeMode.SYSTEM, ConfigSource.DEFAULT)

            await database_back(servers, stranger)
            assert (await stranger.config(ADA)).source in DECIDED
            assert shown(await stranger.config(GRACE)) == (ThemeMode.SYSTEM, ConfigSource.DECIDED)

    async def test_who_was_never_seen_gets_the_default(self, servers: EmbeddedServices, process: Driven) -> None:
        await without_database(servers, process)

        assert shown(await process.config("stranger")) == (ThemeMode.SYSTEM, ConfigSource.DEFAULT)

    async def test_without_redis_too_configs_are_still_answered(
        self, servers: EmbeddedServices, process: Driven
    ) -> None:
        await process.config(ADA)
        await without_database(servers, process)
        await asyncio.to_thread(servers.redis.stop)
        await process.bus.until(lambda news: news == Resynchronised(listening=False))

        assert shown(await process.config(ADA)) == (ThemeMode.DARK, ConfigSource.LAST_KNOWN)
        assert shown(await process.config("stranger")) == (ThemeMode.SYSTEM, ConfigSource.DEFAULT)

        await asyncio.to_thread(servers.redis.start)
        back = len(process.bus.acted_on)
        await process.bus.until(
            lambda news: news == Resynchronised() and Resynchronised() in process.bus.acted_on[back:]
        )
        assert shown(await process.config(ADA)) == (ThemeMode.DARK, ConfigSource.LAST_KNOWN)

    async def test_tracking_is_refused_as_unavailable_and_may_be_repeated(
        self, servers: EmbeddedServices, process: Driven
    ) -> None:
        first = interaction(process.now(), user_id=GRACE, key=key("first"))
        second = interaction(process.now(), user_id=GRACE, key=key("second"))
        assert (await process.track(first)).accepted == 1
        await without_database(servers, process)

        with pytest.raises(Unavailable):
            await process.track(first, second)

        await database_back(servers, process)
        receipt = await process.track(first, second)
        assert (receipt.accepted, receipt.duplicates) == (1, 1)
        await process.fold()
        assert (await process.profile(GRACE)).history.interactions == 2

    async def test_news_that_could_not_be_acted_upon_is_made_up_for(
        self, servers: EmbeddedServices, process: Driven
    ) -> None:
        page = process.open_page(GRACE)
        await page.next()
        page.read()
        await process.engine.desk.hear(Resynchronised())
        await without_database(servers, process)
        await process.engine.desk.hear(Resynchronised())
        assert not trusts_memory(process)

        await database_back(servers, process)
        assert trusts_memory(process)
        await process.use_cases.update_profile(GRACE, {"plan": "pro"}, NO_PREFERENCES)
        assert (await page.next()).config.theme_mode is ThemeMode.DARK


class TestOpenPagesWithoutDatabase:
    async def test_a_page_opened_meanwhile_is_sent_the_decided_config_afterwards(
        self, servers: EmbeddedServices, process: Driven
    ) -> None:
        await without_database(servers, process)
        async with driving(process.settings, process.clock) as stranger:
            page = stranger.open_page(ADA, Context("unheard-of"))
            assert (await page.next()).config.source is ConfigSource.DEFAULT
            page.read()

            await database_back(servers, stranger)

            update = await page.next()
            assert shown(update.config)[0] is ThemeMode.DARK
            assert update.cause is UpdateCause.RESYNCHRONISED

    async def test_even_when_nobody_noticed_that_the_database_was_away(
        self, servers: EmbeddedServices, process: Driven
    ) -> None:
        await asyncio.to_thread(servers.postgres.stop)
        process.use_cases.profiles.drop(ADA)
        process.use_cases.profiles.distrust()
        page = process.open_page(ADA, Context("unheard-of"))
        assert (await page.next()).config.source is ConfigSource.DEFAULT
        page.read()
        await asyncio.to_thread(servers.postgres.start)

        process.clock.advance(LOOK_EVERY)

        assert (await page.next()).config.theme_mode is ThemeMode.DARK

    async def test_a_default_never_replaces_what_a_page_shows_already(
        self, servers: EmbeddedServices, process: Driven
    ) -> None:
        """However little is left in memory and cache: what the page has is the last known config."""
        page = process.open_page(ADA, Context("rarely"))
        assert (await page.next()).config.theme_mode is ThemeMode.DARK
        page.read()
        await process.engine.last_configs.written()
        await without_database(servers, process)
        process.use_cases.profiles.drop(ADA)
        process.use_cases.profiles.distrust()
        await process.engine.last_configs.forget(ADA)
        before = process.decisions
        await process.engine.live.everything_may_have_changed(UpdateCause.RESYNCHRONISED)
        await process.settled()
        assert (await process.config(ADA, Context("rarely"))).source is ConfigSource.DEFAULT
        assert process.decisions == before + 2
        assert not page.has_news

    async def test_schedules_go_on(self, servers: EmbeddedServices, process: Driven) -> None:
        await process.rule("later", schedule=Schedule(process.now() + HOUR))
        page = process.open_page(GRACE)
        await page.next()
        page.read()
        await without_database(servers, process)

        process.clock.advance(HOUR)

        assert shown((await page.next()).config) == (ThemeMode.DARK, ConfigSource.LAST_KNOWN)

    async def test_a_last_known_config_that_ended_long_ago_is_not_asked_for_again_and_again(
        self, servers: EmbeddedServices, process: Driven
    ) -> None:
        await process.rule("now", schedule=Schedule(None, process.now() + HOUR))
        await process.config(ADA, Context("ending"))
        await process.engine.last_configs.written()
        await without_database(servers, process)
        process.clock.advance(2 * HOUR)
        async with driving(process.settings, process.clock) as stranger:
            page = stranger.open_page(ADA, Context("ending"))
            assert (await page.next()).config.source is ConfigSource.LAST_KNOWN
            page.read()
            for _ in range(5):  # as often as that, it would have been decided again
                await stranger.settled()

            assert stranger.decisions == 1


class TestWithoutRedis:
    async def test_changes_count_at_once_in_the_process_that_makes_them_and_later_in_the_others(
        self, servers: EmbeddedServices, process: Driven
    ) -> None:
        async with driving(process.settings, process.clock) as other:
            page = other.open_page(GRACE)
            await page.next()
            page.read()
            await asyncio.to_thread(servers.redis.stop)
            for one in (process, other):
                await one.bus.until(lambda news: news == Resynchronised(listening=False))

            await process.use_cases.update_profile(GRACE, {"plan": "pro"}, NO_PREFERENCES)
            assert shown(await process.config(GRACE)) == (ThemeMode.DARK, ConfigSource.DECIDED)
            assert (await page.next()).config.theme_mode is ThemeMode.DARK

            await asyncio.to_thread(servers.redis.start)
            page.read()
            await soon(asyncio.gather(*(until_in_sync(one) for one in (process, other))))
            await process.use_cases.update_profile(GRACE, {"plan": "free"}, NO_PREFERENCES)
            assert (await page.next()).config.theme_mode is ThemeMode.SYSTEM

    async def test_what_is_tracked_meanwhile_is_folded(self, servers: EmbeddedServices, process: Driven) -> None:
        await asyncio.to_thread(servers.redis.stop)

        await process.track(interaction(process.now(), user_id=UserId("hedy"), key=key("a")))
        await process.engine.worker.fold_all()

        assert (await process.profile("hedy")).history.interactions == 1


def trusts_memory(process: Driven) -> bool:
    return process.use_cases.profiles.in_sync


async def until_in_sync(process: Driven) -> None:
    while not trusts_memory(process):
        await process.bus.acts()
