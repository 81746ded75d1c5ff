"""Does a process end in the same state whatever news it hears, misses, or hears in the wrong order?"""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.model.adaptations import AddShortcut, ThemeMode
from domain.model.conditions import TraitsMatch
from domain.model.news import ProfileChanged, Resynchronised, RuleChanged
from domain.model.profiles import Preferences
from domain.model.rules import Rule, RuleChangeKind, RuleStatus
from domain.model.users import UserId
from domain.rules.rule_sets import RuleSet
from domain.use_cases.profiles import PreferencesChange
from tests.builders.interactions import MINUTE
from tests.builders.segments import build_segment
from tests.integration.use_cases.driving import ADMIN, Driven, driving, silent_rule, soon

if TYPE_CHECKING:
    from domain.model.news import News
    from domain.ports.profiles import StoredProfile

ADA = UserId("ada")
NO_PREFERENCES = PreferencesChange(Preferences(), frozenset())
PRO = TraitsMatch({"plan": "pro"})


async def declare_silently(engine: Driven, user_id: UserId, **traits: str) -> StoredProfile:
    async with engine.use_cases.begin() as work:
        stored = await work.profiles.lock(user_id)
        revision = stored.profile.revision + 1
        profile = replace(stored.profile, revision=revision, traits=dict(traits), computed_at=engine.now())
        changed = replace(stored, profile=profile)
        await work.profiles.save(changed, None, 0)
        await work.commit()
    return changed


async def assert_rules_are_those_stored(engine: Driven) -> None:
    async with engine.use_cases.begin() as work:
        stored = await work.rule_sets.load()
    expected = RuleSet.compile(stored.revision, stored.rules, stored.catalogue)
    known = engine.use_cases.rules.known.rule_set
    assert (known.revision, known.catalogue) == (expected.revision, expected.catalogue)
    assert [rule.rule for rule in known.rules] == [rule.rule for rule in expected.rules]


def known_keys(engine: Driven) -> set[str]:
    return {rule.rule.content.key for rule in engine.use_cases.rules.known.rule_set.rules}


class TestMissedNews:
    async def test_resynchronising_makes_up_for_missed_rules_and_profiles(self, engine: Driven) -> None:
        await engine.use_cases.update_profile(ADA, {"plan": "free"}, NO_PREFERENCES)
        await engine.rule("pros", AddShortcut("pro"), condition=PRO)
        page = engine.open_page("ada")
        await page.next()
        page.read()
        await declare_silently(engine, ADA, plan="pro")
        await engine.store_silently(silent_rule(engine, "night"))
        await engine.settled()
        assert not page.has_news

        await engine.bus.publish(Resynchronised())

        while (config := (await page.next()).config).theme_mode is not ThemeMode.DARK or config.shortcuts != ("pro",):
            page.read()
        await assert_rules_are_those_stored(engine)

    async def test_a_rule_nobody_told_of_counts_within_the_next_look_at_the_database(self, engine: Driven) -> None:
        page = engine.open_page("ada")
        await page.next()
        page.read()
        await engine.store_silently(silent_rule(engine, "night"))

        await engine.engine.desk.catch_up()

        assert (await page.next()).config.theme_mode is ThemeMode.DARK

    async def test_a_process_that_begins_makes_the_others_look_for_what_they_missed(self, engine: Driven) -> None:
        await engine.use_cases.update_profile(ADA, {"plan": "free"}, NO_PREFERENCES)
        await engine.rule("pros", condition=PRO)
        page = engine.open_page("ada")
        await page.next()
        page.read()
        await declare_silently(engine, ADA, plan="pro")

        async with driving(engine.settings, engine.clock):
            assert (await page.next()).config.theme_mode is ThemeMode.DARK

    async def test_a_user_erased_unheard_of_who_came_back_gets_nothing_decided_before(self, engine: Driven) -> None:
        await engine.rule("pros", condition=PRO)
        await declare_silently(engine, ADA, plan="pro")
        assert (await engine.config(ADA)).theme_mode is ThemeMode.DARK
        async with engine.use_cases.begin() as work:
            await work.users.erase(ADA)
            await work.commit()
        await engine.cache.forget(ADA)
        engine.clock.advance(MINUTE)
        again = await declare_silently(engine, ADA, plan="free")
        assert again.profile.revision == 1

        await engine.engine.desk.hear(Resynchronised())

        assert (await engine.config(ADA)).theme_mode is ThemeMode.SYSTEM

    async def test_rule_news_with_a_gap_before_it_loads_all_that_was_missed(self, engine: Driven) -> None:
        await engine.store_silently(silent_rule(engine, "first"))
        news = await engine.store_silently(silent_rule(engine, "second"))

        await engine.engine.desk.hear(news)

        assert known_keys(engine) == {"first", "second"}
        await assert_rules_are_those_stored(engine)

    async def test_news_of_a_revision_that_another_one_has_followed_already_is_not_taken_for_the_newest(
        self, engine: Driven
    ) -> None:
        rule = silent_rule(engine, "night")
        first = await engine.store_silently(rule)
        paused = replace(rule, revision=2, status=RuleStatus.PAUSED)
        second = await engine.store_silently(paused, RuleChangeKind.STATUS_CHANGED)

        await engine.engine.desk.hear(first)
        assert known_keys(engine) == set()
        await engine.engine.desk.hear(second)
        await assert_rules_are_those_stored(engine)


class TestDisorder:
    async def test_news_may_come_twice_and_in_any_order(self, engine: Driven, other_engine: Driven) -> None:
        chance = random.Random(3)  # noqa: S311 - nothing secret is drawn
        rules = [await engine.rule(f"rule-{n}", AddShortcut(f"s{n}")) for n in range(4)]
        for rule in rules:
            await engine.use_cases.update_rule(
                rule.id, rule.revision, replace(rule.content, priority=int(rule.content.key[-1])), ADMIN
            )
        await engine.use_cases.delete_rule(rules[0].id, 3, ADMIN)
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        await engine.use_cases.update_profile(ADA, {"plan": "free"}, NO_PREFERENCES)
        await other_engine.settled()
        news: list[News] = [n for n in engine.bus.acted_on if isinstance(n, RuleChanged | ProfileChanged)]

        for _ in range(5):
            chance.shuffle(news)
            for item in (*news, *news[:3]):
                await other_engine.engine.desk.hear(item)
                await assert_rules_are_those_stored(other_engine)
                assert (await other_engine.use_cases.profiles.get(ADA)).traits == {"plan": "free"}

        assert (await other_engine.config("ada")).revision == (await engine.config("ada")).revision

    async def test_one_change_after_the_other_gives_what_loading_everything_gives(
        self, engine: Driven, other_engine: Driven
    ) -> None:
        chance = random.Random(11)  # noqa: S311 - nothing secret is drawn
        rules: list[Rule] = []
        for number in range(30):
            if len(rules) < 4 or chance.random() < 0.3:
                rules.append(await engine.rule(f"rule-{number}", priority=chance.randrange(3)))
            else:
                rule = rules.pop(chance.randrange(len(rules)))
                change = chance.randrange(3)
                if change == 0:
                    await engine.use_cases.delete_rule(rule.id, rule.revision, ADMIN)
                elif change == 1:
                    content = replace(rule.content, priority=chance.randrange(3))
                    rules.append(await engine.use_cases.update_rule(rule.id, rule.revision, content, ADMIN))
                else:
                    await engine.use_cases.set_rule_status(rule.id, rule.revision, RuleStatus.PAUSED, ADMIN)
            await assert_rules_are_those_stored(engine)
        await other_engine.settled()
        await assert_rules_are_those_stored(other_engine)

    async def test_segment_news_leaves_the_compiled_rules_alone(self, engine: Driven) -> None:
        await engine.rule("night")
        before = engine.use_cases.rules.known.rule_set
        await engine.use_cases.save_segment(build_segment("busy"), ADMIN)

        assert engine.use_cases.rules.known.rule_set is before
        assert [s.key for s in engine.use_cases.rules.known.segments] == ["busy"]


class TestProfilesAtHand:
    async def test_a_profile_that_was_being_read_when_news_of_it_came_is_not_kept(self, engine: Driven) -> None:
        await engine.use_cases.update_profile(ADA, {"plan": "free"}, NO_PREFERENCES)
        await engine.settled()
        engine.reads.gate.hold_next()
        early = asyncio.ensure_future(engine.use_cases.profiles.get(ADA))
        await engine.reads.gate.reached()

        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        assert (await soon(engine.use_cases.profiles.get(ADA))).traits == {"plan": "pro"}
        engine.reads.gate.let_go()
        await soon(early)

        assert (await engine.use_cases.profiles.get(ADA)).traits == {"plan": "pro"}

    async def test_a_profile_that_was_being_read_while_news_was_missed_is_not_kept(self, engine: Driven) -> None:
        await declare_silently(engine, ADA, plan="free")
        engine.begin.gate.hold_next()
        early = asyncio.ensure_future(engine.use_cases.profiles.get_many([ADA]))
        await engine.begin.gate.reached()

        await declare_silently(engine, ADA, plan="pro")
        await engine.engine.desk.hear(Resynchronised())
        engine.begin.gate.let_go()
        await soon(early)

        assert (await engine.use_cases.profiles.get(ADA)).traits == {"plan": "pro"}

    async def test_who_changes_a_profile_reads_it_changed_at_once(self, engine: Driven) -> None:
        for plan in ("free", "pro", "free", "pro"):
            await engine.use_cases.update_profile(ADA, {"plan": plan}, NO_PREFERENCES)
            assert (await engine.use_cases.profiles.get(ADA)).traits == {"plan": plan}

    async def test_a_cache_that_fell_behind_is_not_believed_after_resynchronising(self, engine: Driven) -> None:
        await engine.rule("pros", condition=PRO)
        await engine.use_cases.update_profile(ADA, {"plan": "free"}, NO_PREFERENCES)
        page = engine.open_page("ada")
        await page.next()
        page.read()
        await declare_silently(engine, ADA, plan="pro")  # the cache still has the profile as it was

        await engine.bus.publish(Resynchronised())

        assert (await page.next()).config.theme_mode is ThemeMode.DARK

    async def test_while_nothing_is_heard_profiles_are_read_from_the_database(self, engine: Driven) -> None:
        await engine.use_cases.update_profile(ADA, {"plan": "free"}, NO_PREFERENCES)
        assert (await engine.use_cases.profiles.get(ADA)).traits == {"plan": "free"}
        await engine.engine.desk.hear(Resynchronised(listening=False))

        await declare_silently(engine, ADA, plan="pro")

        assert (await engine.use_cases.profiles.get(ADA)).traits == {"plan": "pro"}
        assert [p.traits for p in await engine.use_cases.profiles.get_many([ADA])] == [{"plan": "pro"}]

    async def test_users_are_answered_in_the_order_asked_for_known_or_not(self, engine: Driven) -> None:
        await engine.use_cases.update_profile(ADA, {"plan": "free"}, NO_PREFERENCES)
        users = [UserId("zoe"), ADA, UserId("zoe"), UserId("bob")]

        assert [(p.user_id, p.revision) for p in await engine.use_cases.profiles.get_many(users)] == [
            ("zoe", 0),
            ("ada", 1),
            ("zoe", 0),
            ("bob", 0),
        ]
