"""Is who opted out left alone, and who is erased nowhere?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.servants import running
from domain.errors import Refused
from domain.model.adaptations import AddShortcut, ThemeMode
from domain.model.conditions import TraitsMatch
from domain.model.configs import UpdateCause
from domain.model.contexts import Context
from domain.model.news import ProfileChanged, UserErased
from domain.model.profiles import Preferences
from domain.model.rules import RuleContent, RuleKey
from domain.model.users import PersonalizationChoice, UserId
from domain.ports.interactions import Receipt
from domain.rules.defaults import default_config
from domain.use_cases.last_configs import LastConfigs
from domain.use_cases.profiles import PreferencesChange
from persistence.postgres.engine import create_engine
from tests.builders.interactions import MINUTE, interaction
from tests.builders.rules import DARK
from tests.integration.use_cases.driving import HERE, Driven, key, soon

if TYPE_CHECKING:
    from domain.model.interactions import Interaction

ADA, GRACE = UserId("ada-4711"), UserId("grace")
NO_PREFERENCES = PreferencesChange(Preferences(), frozenset())


def visit(engine: Driven, number: int, user_id: UserId = ADA) -> Interaction:
    return interaction(engine.now() - number * MINUTE, user_id=user_id, key=key(number))


async def opt_out(engine: Driven) -> PersonalizationChoice:
    return await engine.use_cases.set_personalization(ADA, enabled=False, use_of_models=False)


async def opt_in(engine: Driven) -> PersonalizationChoice:
    return await engine.use_cases.set_personalization(ADA, enabled=True, use_of_models=True)


class TestOptingOut:
    async def test_the_default_config_is_given_at_once_and_everywhere(
        self, engine: Driven, other_engine: Driven
    ) -> None:
        await engine.rule("night")
        await other_engine.settled()
        for process in (engine, other_engine):
            assert (await process.config(ADA)).theme_mode is ThemeMode.DARK

        await opt_out(engine)

        default = default_config(engine.use_cases.rules.known.rule_set.catalogue, HERE.place, engine.now())
        assert (await engine.config(ADA)).revision == default.revision
        await other_engine.settled()
        assert (await other_engine.config(ADA)).revision == default.revision

    async def test_what_is_done_afterwards_is_ignored(self, engine: Driven) -> None:
        await engine.track(visit(engine, 1))
        await engine.fold()
        await opt_out(engine)

        receipt = await engine.track(visit(engine, 2), visit(engine, 3, GRACE))

        assert receipt == Receipt(accepted=1, duplicates=0, ignored=1)
        await engine.fold()
        assert (await engine.profile(ADA)).history.interactions == 1
        with pytest.raises(Refused) as refusal:
            await engine.use_cases.recompute_profile(ADA)
        assert refusal.value.problems[0].code == "OPTED_OUT"

    async def test_what_was_done_before_is_folded_only_on_coming_back(self, engine: Driven) -> None:
        await engine.track(visit(engine, 1))
        await opt_out(engine)

        await engine.fold()
        assert (await engine.profile(ADA)).history.interactions == 0

        await opt_in(engine)
        assert (await engine.profile(ADA)).history.interactions == 1
        await engine.track(visit(engine, 2))
        await engine.fold()
        assert (await engine.profile(ADA)).history.interactions == 2

    async def test_it_ends_all_memberships_and_assessments(self, engine: Driven) -> None:
        await engine.track(visit(engine, 1))
        await engine.fold()
        assert (await engine.profile(ADA)).memberships

        await opt_out(engine)
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        engine.clock.advance(10_000 * MINUTE)
        await engine.fold()

        assert (await engine.profile(ADA)).memberships == ()
        await opt_in(engine)
        assert (await engine.profile(ADA)).memberships

    async def test_nothing_personal_is_left_to_be_answered_as_last_known(self, engine: Driven) -> None:
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        await engine.rule("night")
        places = [Context(place) for place in ("dashboard", "settings")]
        for place in places:
            await engine.config(ADA, place)
        await engine.engine.last_configs.written()

        await opt_out(engine)

        assert [await engine.engine.last_configs.of(ADA, place) for place in places] == [None, None]

    async def test_what_another_process_had_still_to_write_is_not_left_either(
        self, engine: Driven, other_engine: Driven
    ) -> None:
        personal = await engine.config(ADA)
        config_cache = engine.engine.adapters.config_cache
        await opt_out(engine)
        await other_engine.settled()
        await config_cache.remember((ADA, HERE, personal))  # as by a process that had not heard of it

        revision = (await engine.profile(ADA)).revision
        await other_engine.engine.desk.hear(ProfileChanged(ADA, revision, UpdateCause.PRIVACY_CHANGED))

        assert await config_cache.last_known(ADA, HERE) is None

    async def test_configs_that_wait_to_be_written_are_forgotten_with_their_user(self, engine: Driven) -> None:
        config = await engine.config(ADA)
        waiting = LastConfigs(engine.engine.adapters.config_cache)
        for user_id in (ADA, GRACE, ADA):
            waiting.note(user_id, HERE, config)

        await waiting.forget(ADA)
        async with running({"writer": waiting.run}):
            await soon(waiting.written())

        assert await waiting.of(ADA, HERE) is None
        assert await waiting.of(GRACE, HERE) == config


async def everything_stored(engine: Driven) -> dict[str, int]:
    """How many rows of each table tell of Ada: in a column of users, or anywhere in their text."""
    database = create_engine(str(engine.settings.database_url), pool_size=1)
    found: dict[str, int] = {}
    async with database.connect() as connection:
        tables = await connection.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        )
        for table in tables.scalars().all():
            counted = await connection.execute(
                text(f'SELECT count(*) FROM "{table}" AS row WHERE strpos(row::text, :user) > 0'),  # noqa: S608
                {"user": ADA},
            )
            if rows := counted.scalar_one():
                found[table] = rows
    await database.dispose()
    return found


async def keys_besides_counters(engine: Driven) -> set[bytes]:
    async with Redis.from_url(str(engine.settings.redis_url)) as redis:
        return {k async for k in redis.scan_iter() if b":counters:" not in k}


async def erased_durably(engine: Driven) -> None:
    """Return when the erasure of Ada, under way, is committed: who locks her waits for it, and meets somebody new."""
    while True:
        async with engine.use_cases.begin() as work:
            if (await work.profiles.lock(ADA)).profile.revision == 0:
                return


class TestErasing:
    async def test_nothing_is_left_in_any_table_nor_in_redis(self, engine: Driven, other_engine: Driven) -> None:
        rule = await engine.use_cases.create_rule(RuleContent(RuleKey("night"), "Night", (DARK,)), ADA)
        await engine.track(visit(engine, 1), visit(engine, 2))
        await engine.fold()
        await engine.track(visit(engine, 3))
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        for process in (engine, other_engine):
            await process.config(ADA)
            await process.engine.last_configs.written()
        assert {"users", "profiles", "interactions", "fold_marks", "segment_memberships", "rules"} <= (
            await everything_stored(engine)
        ).keys()
        assert len(await keys_besides_counters(engine)) == 2

        assert await engine.use_cases.erase_user(ADA)
        await other_engine.settled()
        await engine.settled()

        assert await everything_stored(engine) == {}
        assert await keys_besides_counters(engine) == set()
        for process in (engine, other_engine):
            assert process.use_cases.profiles.at_hand(ADA) is None
        async with engine.use_cases.begin() as work:
            assert await work.rules.get(rule.id) is not None

    async def test_an_open_page_is_sent_what_unknown_users_get(self, engine: Driven, other_engine: Driven) -> None:
        await engine.rule("pros", condition=TraitsMatch({"plan": "pro"}))
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        await other_engine.settled()
        page = other_engine.open_page(ADA)
        assert (await page.next()).config.theme_mode is ThemeMode.DARK

        await engine.use_cases.erase_user(ADA)

        update = await page.next()
        assert update.config.theme_mode is ThemeMode.SYSTEM
        await other_engine.engine.last_configs.written()
        assert await keys_besides_counters(engine) == set()

    async def test_who_comes_back_starts_afresh(self, engine: Driven, other_engine: Driven) -> None:
        await engine.rule("pros", AddShortcut("pro"), condition=TraitsMatch({"plan": "pro"}))
        await engine.track(visit(engine, 1), visit(engine, 2))
        await engine.fold()
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        for process in (engine, other_engine):
            await process.settled()
            assert (await process.config(ADA)).shortcuts == ("pro",)
        await engine.use_cases.erase_user(ADA)

        assert (await engine.track(visit(engine, 1))).accepted == 1
        await engine.fold()
        await other_engine.settled()

        for process in (engine, other_engine):
            profile = await process.use_cases.profiles.get(ADA)
            assert (profile.revision, profile.history.interactions, profile.traits) == (1, 1, {})
            assert (await process.config(ADA)).shortcuts == ()
        page = other_engine.open_page(ADA)
        await page.next()
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        assert (await page.next()).cause is UpdateCause.PROFILE_CHANGED

    async def test_erasing_who_is_not_known_changes_nothing(self, engine: Driven) -> None:
        assert not await engine.use_cases.erase_user(ADA)
        assert await everything_stored(engine) == {}

    async def test_a_profile_being_read_meanwhile_is_kept_nowhere(self, engine: Driven) -> None:
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        async with Redis.from_url(str(engine.settings.redis_url)) as redis:
            await redis.flushall()
        engine.reads.gate.hold_next()
        engine.use_cases.profiles.distrust()
        early = asyncio.ensure_future(engine.config(ADA))
        await engine.reads.gate.reached()

        erasing = asyncio.ensure_future(engine.use_cases.erase_user(ADA))
        await engine.use_cases.profiles.get(GRACE)
        engine.reads.gate.let_go()
        await soon(erasing)
        await soon(early)
        await engine.settled()
        await engine.engine.last_configs.written()

        assert await keys_besides_counters(engine) == set()
        assert engine.use_cases.profiles.at_hand(ADA) is None

    async def test_a_profile_just_folded_arrives_in_no_cache_after_its_end(self, engine: Driven) -> None:
        await engine.track(visit(engine, 1))
        engine.cache.writing.hold_next()
        folding = asyncio.ensure_future(engine.engine.worker.fold())
        await engine.cache.writing.reached()

        erasing = asyncio.ensure_future(engine.use_cases.erase_user(ADA))
        await erased_durably(engine)
        engine.cache.writing.let_go()
        await soon(asyncio.gather(folding, erasing))
        await engine.bus.until(lambda news: news == UserErased(ADA))

        assert await keys_besides_counters(engine) == set()
