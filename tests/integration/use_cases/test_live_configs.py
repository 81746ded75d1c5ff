"""Is every open page sent each config that concerns it, once, and nothing else?"""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

from domain.model.adaptations import AddShortcut, SetFeature, SetTheme, ThemeMode
from domain.model.catalogues import Catalogue, CatalogueItem
from domain.model.conditions import (
    ActivityMeasure,
    ActivityWithin,
    AttributesMatch,
    Did,
    InSegment,
    LastSeenWithin,
    TraitsMatch,
)
from domain.model.configs import UpdateCause
from domain.model.contexts import Context
from domain.model.interactions import InteractionKind
from domain.model.profiles import Preferences
from domain.model.ranges import Range
from domain.model.rules import RuleStatus
from domain.model.schedules import Schedule, Weekday, WeeklyWindow
from domain.model.segments import SegmentKey
from domain.model.users import UserId
from domain.use_cases.live_configs import MOST_CHANGES_ASKED
from domain.use_cases.profiles import PreferencesChange
from tests.builders.interactions import DAY, HOUR, MINUTE, interaction
from tests.builders.rules import DARK, LIGHT
from tests.builders.segments import build_segment
from tests.integration.use_cases.driving import ADMIN, HERE, Driven, OpenPage, key, silent_rule

if TYPE_CHECKING:
    from domain.model.configs import ConfigUpdate

ADA, GRACE = UserId("ada"), UserId("grace")
NO_PREFERENCES = PreferencesChange(Preferences(), frozenset())
PRO = TraitsMatch({"plan": "pro"})
SECOND = timedelta(seconds=1)


async def declare(engine: Driven, user_id: str, **traits: str) -> None:
    await engine.use_cases.update_profile(UserId(user_id), traits, NO_PREFERENCES)
    await engine.settled()


async def opened(engine: Driven, user_id: str, context: Context = HERE) -> OpenPage:
    """A page that has its first config and waits for the next; nothing told before is still on its way."""
    await engine.settled()
    page = engine.open_page(user_id, context)
    assert (await page.next()).cause is UpdateCause.SUBSCRIBED
    page.read()
    return page


async def only_update_after(engine: Driven, page: OpenPage) -> ConfigUpdate:
    """Show the page something new for certain: whatever it was sent before would come first."""
    await engine.rule("for-certain", SetFeature("for-certain", highlighted=True), priority=-10)
    return await page.next()


class TestWhatIsSentFirst:
    async def test_a_page_is_sent_the_current_config(self, engine: Driven) -> None:
        await engine.rule("night")

        update = await engine.open_page("ada").next()

        assert (update.config.theme_mode, update.cause, update.changed_slots) == (
            ThemeMode.DARK,
            UpdateCause.SUBSCRIBED,
            (),
        )

    async def test_a_page_that_knows_the_current_config_is_sent_only_what_comes_after_it(self, engine: Driven) -> None:
        known = await engine.config("ada")
        page = engine.open_page("ada", known_revision=known.revision)
        page.read()
        await engine.settled()

        await engine.rule("night")

        update = await page.next()
        assert (update.cause, update.changed_slots) == (UpdateCause.RULE_CHANGED, ("theme.mode",))

    async def test_a_page_that_knows_an_older_config_is_sent_the_current_one(self, engine: Driven) -> None:
        known = await engine.config("ada")
        await engine.rule("night")

        assert (await engine.open_page("ada", known_revision=known.revision).next()).config.theme_mode is ThemeMode.DARK


class TestRuleChanges:
    async def test_a_rule_is_decided_only_for_those_it_concerns(self, engine: Driven) -> None:
        await declare(engine, "ada", plan="pro")
        concerned = await opened(engine, "ada")
        others = [await opened(engine, f"other-{n}") for n in range(50)]
        elsewhere = await opened(engine, "ada", Context("settings"))
        before = engine.decisions

        rule = await engine.rule("pros", condition=PRO, places=frozenset({"dashboard"}))

        assert (await concerned.next()).config.theme_mode is ThemeMode.DARK
        await engine.settled()
        assert not any(page.has_news for page in (*others, elsewhere))
        concerned.read()
        await engine.use_cases.set_rule_status(rule.id, rule.revision, RuleStatus.PAUSED, ADMIN)
        assert (await concerned.next()).config.theme_mode is ThemeMode.SYSTEM
        assert engine.decisions == before + 2

    async def test_a_rule_reaches_pages_of_other_processes(self, engine: Driven, other_engine: Driven) -> None:
        page = await opened(other_engine, "ada")

        await engine.rule("night")

        assert (await page.next()).config.theme_mode is ThemeMode.DARK

    async def test_after_several_missed_changes_only_those_concerned_are_decided_for(self, engine: Driven) -> None:
        await declare(engine, "ada", plan="pro")
        await engine.rule("for-all", AddShortcut("home"))
        concerned, other = await opened(engine, "ada"), await opened(engine, "grace")
        await engine.settled()
        before = engine.decisions
        desk = engine.engine.desk
        async with desk._one_at_a_time:  # meanwhile another process' changes are made, of which only the last is told
            await engine.store_silently(silent_rule(engine, "first", condition=TraitsMatch({"plan": "nobody"})))
        await engine.rule("pros", condition=PRO)

        assert (await concerned.next()).config.theme_mode is ThemeMode.DARK
        await engine.settled()
        assert not other.has_news
        assert engine.decisions == before + 1

    async def test_after_many_changes_at_once_everybody_is_sent_what_is_new_to_them(self, engine: Driven) -> None:
        await declare(engine, "ada", plan="pro")
        concerned, other = await opened(engine, "ada"), await opened(engine, "grace")
        for number in range(MOST_CHANGES_ASKED):
            await engine.store_silently(silent_rule(engine, f"rule-{number}", condition=TraitsMatch({"plan": "none"})))

        await engine.rule("pros", condition=PRO)

        update = await concerned.next()
        assert (update.config.theme_mode, update.cause) == (ThemeMode.DARK, UpdateCause.RULE_CHANGED)
        assert (await only_update_after(engine, other)).changed_slots == ("feature:for-certain",)

    async def test_a_change_that_shows_nothing_new_is_decided_but_not_sent(self, engine: Driven) -> None:
        rule = await engine.rule("night")
        page = await opened(engine, "ada")
        renamed = replace(rule.content, description="Why.")

        await engine.use_cases.update_rule(rule.id, rule.revision, renamed, ADMIN)
        await engine.settled()

        assert (await only_update_after(engine, page)).changed_slots == ("feature:for-certain",)

    async def test_changed_slots_name_what_differs_from_what_was_sent_before(self, engine: Driven) -> None:
        rule = await engine.rule("first", DARK, AddShortcut("home"))
        page = await opened(engine, "ada")

        await engine.use_cases.update_rule(
            rule.id, rule.revision, replace(rule.content, adaptations=(LIGHT, AddShortcut("board"))), ADMIN
        )

        assert (await page.next()).changed_slots == ("shortcut:board", "shortcut:home", "theme.mode")

    async def test_a_rule_that_changes_while_a_page_is_being_decided_for_is_not_missed(self, engine: Driven) -> None:
        """The profile is read while the rule changes: neither may be older than the other's news."""
        await engine.rule("unrelated", AddShortcut("home"), condition=TraitsMatch({"plan": "nobody"}))
        await declare(engine, "ada", plan="free")
        page = await opened(engine, "ada")
        engine.reads.gate.hold_next()
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        await engine.reads.gate.reached()
        await engine.rule("pros", condition=PRO)
        await engine.settled()
        engine.reads.gate.let_go()

        assert (await page.next()).config.theme_mode is ThemeMode.DARK

    async def test_of_many_changes_a_slow_reader_is_sent_the_latest_only(self, engine: Driven) -> None:
        page = engine.open_page("ada")
        await page.next()
        rule = await engine.rule("modes")
        for mode in (ThemeMode.LIGHT, ThemeMode.SIMPLIFIED, ThemeMode.DARK, ThemeMode.LIGHT):
            content = replace(rule.content, adaptations=(SetTheme(mode),))
            rule = await engine.use_cases.update_rule(rule.id, rule.revision, content, ADMIN)
        await engine.settled()

        assert (await page.next()).config.theme_mode is ThemeMode.LIGHT
        page.read()
        await engine.settled()
        assert (await only_update_after(engine, page)).changed_slots == ("feature:for-certain",)


class CountedAttributes(dict[str, Any]):
    """Attributes of a context that know how often a condition asked for one."""

    reads = 0

    def get(self, key: str, default: object = None) -> Any:
        self.reads += 1
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.reads += 1
        return super().__getitem__(key)


class TestManyPagesOfOneUser:
    async def test_they_cost_one_decision_and_are_all_sent_what_is_new(self, engine: Driven) -> None:
        pages = [await opened(engine, "ada") for _ in range(10)]
        before = engine.decisions

        await engine.rule("night")

        updates = [await page.next() for page in pages]
        assert {update.config.theme_mode for update in updates} == {ThemeMode.DARK}
        assert {update.cause for update in updates} == {UpdateCause.RULE_CHANGED}
        assert engine.decisions == before + 1

    async def test_a_rule_change_costs_one_evaluation_for_each_user_and_context_and_no_decision(
        self, engine: Driven
    ) -> None:
        attributes = {
            (user_id, place): CountedAttributes({"plan": "free"})
            for user_id in ("ada", "grace")
            for place in ("dashboard", "reports")
        }
        for (user_id, place), counted in attributes.items():
            for _ in range(5):
                await opened(engine, user_id, Context(place, attributes=counted))
        for counted in attributes.values():
            counted.reads = 0
        before = engine.decisions

        await engine.rule("pros", condition=AttributesMatch({"plan": "pro"}))
        await engine.settled()

        assert [counted.reads for counted in attributes.values()] == [1, 1, 1, 1]
        assert engine.decisions == before
        assert len(engine.engine.live) == 20

    async def test_contexts_that_only_python_takes_for_equal_are_told_apart(self, engine: Driven) -> None:
        await engine.rule("beta", condition=AttributesMatch({"beta": {"$type": "boolean"}}))
        page = engine.open_page("ada", Context("dashboard", attributes={"beta": True}))
        other = engine.open_page("ada", Context("dashboard", attributes={"beta": 1}))

        assert (await page.next()).config.theme_mode is ThemeMode.DARK
        assert (await other.next()).config.theme_mode is ThemeMode.SYSTEM

    async def test_one_that_is_closed_while_it_decides_leaves_the_others_theirs(self, engine: Driven) -> None:
        await engine.rule("pros", condition=PRO)
        first, second = await opened(engine, "ada"), await opened(engine, "ada")
        engine.reads.gate.hold_next()
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
        await engine.reads.gate.reached()
        await engine.settled()

        await first.close()
        engine.reads.gate.let_go()

        assert (await second.next()).config.theme_mode is ThemeMode.DARK
        assert len(engine.engine.live) == 1

    async def test_a_slow_one_is_sent_the_latest_only_and_does_not_hold_up_the_others(self, engine: Driven) -> None:
        slow, quick = engine.open_page("ada"), engine.open_page("ada")
        for page in (slow, quick):
            await page.next()
        await engine.settled()
        rule = await engine.rule("modes", SetTheme(ThemeMode.DARK))
        assert (await quick.next()).config.theme_mode is ThemeMode.DARK
        light = replace(rule.content, adaptations=(SetTheme(ThemeMode.LIGHT),))
        await engine.use_cases.update_rule(rule.id, rule.revision, light, ADMIN)
        assert (await quick.next()).config.theme_mode is ThemeMode.LIGHT

        update = await slow.next()

        assert (update.config.theme_mode, update.changed_slots) == (ThemeMode.LIGHT, ("theme.mode",))
        slow.read()
        assert (await only_update_after(engine, slow)).changed_slots == ("feature:for-certain",)

    async def test_a_new_one_is_sent_what_is_decided_anew_and_the_others_then_too(self, engine: Driven) -> None:
        """The news of it may still be on its way, when what a page asks for is there already."""
        first = await opened(engine, "ada")
        desk = engine.engine.desk
        async with desk._one_at_a_time:
            await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)
            await engine.rule("pros", condition=PRO)
            await engine.use_cases.rules.refresh()
            engine.use_cases.profiles.drop(ADA)
            second = engine.open_page("ada")

            assert (await second.next()).config.theme_mode is ThemeMode.DARK
            update = await first.next()

        assert (update.config.theme_mode, update.cause) == (ThemeMode.DARK, UpdateCause.RESYNCHRONISED)


class TestTime:
    async def test_a_rule_made_now_is_sent_when_its_schedule_begins_and_ends(self, engine: Driven) -> None:
        page = await opened(engine, "ada")
        starts, ends = engine.now() + HOUR, engine.now() + 2 * HOUR
        await engine.rule("later", schedule=Schedule(starts, ends))
        await engine.settled()

        await pass_quietly(engine, page, HOUR - SECOND)
        engine.clock.advance(SECOND)
        update = await page.next()
        assert (update.config.theme_mode, update.cause) == (ThemeMode.DARK, UpdateCause.SCHEDULE)
        assert update.config.holds_until == ends

        page.read()
        await pass_quietly(engine, page, HOUR - SECOND)
        engine.clock.advance(SECOND)
        assert (await page.next()).config.theme_mode is ThemeMode.SYSTEM

    async def test_a_rule_made_before_is_sent_when_its_schedule_begins(self, engine: Driven) -> None:
        await engine.rule("later", schedule=Schedule(engine.now() + HOUR))
        page = await opened(engine, "ada")

        engine.clock.advance(HOUR)

        assert (await page.next()).cause is UpdateCause.SCHEDULE

    async def test_of_two_schedules_the_earlier_does_not_hide_the_later(self, engine: Driven) -> None:
        await engine.rule("later", AddShortcut("later"), schedule=Schedule(engine.now() + 2 * HOUR))
        page = await opened(engine, "ada")
        await engine.rule("sooner", AddShortcut("sooner"), schedule=Schedule(engine.now() + HOUR))
        await engine.settled()

        engine.clock.advance(HOUR)
        assert (await page.next()).config.shortcuts == ("sooner",)
        page.read()
        engine.clock.advance(HOUR)
        assert set((await page.next()).config.shortcuts) == {"later", "sooner"}

    async def test_a_weekly_window_opens_in_the_time_zone_of_the_page(self, engine: Driven) -> None:
        evening = WeeklyWindow(time(18), time(20), frozenset({Weekday.MONDAY}))
        await engine.rule("evening", schedule=Schedule(windows=(evening,)))
        page = await opened(engine, "ada", Context("dashboard", time_zone="Europe/Berlin"))

        engine.clock.advance(5 * HOUR)  # Monday 12:00 UTC is 13:00 in Berlin

        assert (await page.next()).config.theme_mode is ThemeMode.DARK
        page.read()
        engine.clock.advance(2 * HOUR)
        assert (await page.next()).config.theme_mode is ThemeMode.SYSTEM

    async def test_what_a_user_did_lately_ends_by_itself(self, engine: Driven) -> None:
        await engine.rule("lately", condition=Did(InteractionKind.PAGE_VIEW, Range(gte=1), days=1))
        await engine.rule("away", AddShortcut("welcome-back"), condition=LastSeenWithin(Range(gte=2)))
        await engine.track(interaction(engine.now() - HOUR, user_id=ADA, key=key("a")))
        await engine.fold()
        page = await opened(engine, "ada")

        engine.clock.advance(23 * HOUR + SECOND)
        assert (await page.next()).config.theme_mode is ThemeMode.SYSTEM
        page.read()
        engine.clock.advance(DAY)
        assert (await page.next()).config.shortcuts == ("welcome-back",)


async def pass_quietly(engine: Driven, page: OpenPage, by: timedelta) -> None:
    before = engine.decisions
    engine.clock.advance(by)
    await engine.settled()
    assert not page.has_news
    assert engine.decisions == before


class TestWhatElseMovesAConfig:
    async def test_a_declared_trait_moves_only_its_user(self, engine: Driven, other_engine: Driven) -> None:
        await engine.rule("pros", condition=PRO)
        await other_engine.settled()
        page, other = await opened(other_engine, "ada"), await opened(other_engine, "grace")
        before = other_engine.decisions

        await declare(engine, "ada", plan="pro")

        update = await page.next()
        assert (update.config.theme_mode, update.cause) == (ThemeMode.DARK, UpdateCause.PROFILE_CHANGED)
        await other_engine.settled()
        assert not other.has_news
        assert other_engine.decisions == before + 1

    async def test_tracked_interactions_move_a_user_into_a_segment_and_its_config(self, engine: Driven) -> None:
        await engine.rule("new", condition=InSegment((SegmentKey("new_user"),)))
        page = await opened(engine, "ada")

        await engine.track(interaction(engine.now(), user_id=ADA, key=key("a")))
        await engine.fold()

        assert (await page.next()).config.theme_mode is ThemeMode.DARK

    async def test_a_new_segment_moves_who_is_in_it(self, engine: Driven) -> None:
        await engine.rule("busy", condition=InSegment((SegmentKey("busy"),)))
        await engine.track(interaction(engine.now(), user_id=ADA, key=key("a")))
        await engine.fold()
        page = await opened(engine, "ada")
        condition = ActivityWithin(ActivityMeasure.INTERACTIONS, Range(gte=1))

        await engine.use_cases.save_segment(build_segment("busy", condition=condition), ADMIN)
        await engine.fold()
        assert (await page.next()).config.theme_mode is ThemeMode.DARK

        page.read()
        await engine.use_cases.delete_segment(SegmentKey("busy"), ADMIN)
        await engine.fold()
        assert (await page.next()).config.theme_mode is ThemeMode.SYSTEM

    async def test_opting_out_sends_the_default_and_coming_back_the_personal_config(self, engine: Driven) -> None:
        await engine.rule("night")
        page = await opened(engine, "ada")

        await engine.use_cases.set_personalization(ADA, enabled=False, use_of_models=False)
        update = await page.next()
        assert (update.config.theme_mode, update.cause) == (ThemeMode.SYSTEM, UpdateCause.PRIVACY_CHANGED)
        assert update.config.decisions == ()

        page.read()
        await engine.use_cases.set_personalization(ADA, enabled=True, use_of_models=True)
        assert (await page.next()).config.theme_mode is ThemeMode.DARK

    async def test_a_new_catalogue_is_sent_to_everybody(self, engine: Driven, other_engine: Driven) -> None:
        pages = [await opened(engine, "ada"), await opened(other_engine, "grace")]

        await engine.use_cases.save_catalogue(Catalogue(features=(CatalogueItem("export", "Export"),)), ADMIN)

        for page in pages:
            update = await page.next()
            assert (update.cause, update.changed_slots) == (UpdateCause.CATALOGUE_CHANGED, ("feature:export",))


class TestEnds:
    async def test_pages_that_are_closed_leave_nothing_behind(self, engine: Driven) -> None:
        live = engine.engine.live
        await engine.rule("later", schedule=Schedule(engine.now() + 400 * DAY))
        for number in range(1_000):
            updates = live.follow(UserId(f"user-{number % 10}"), HERE)
            await anext(updates)
            await updates.aclose()

        assert len(live) == 0
        assert live.users() == []
        assert len(live._alarms._set) == 0
        assert len(live._alarms._queue) <= 100

    async def test_a_page_that_is_closed_while_it_waits_leaves_nothing_behind(self, engine: Driven) -> None:
        page = await opened(engine, "ada")

        await page.close()

        assert len(engine.engine.live) == 0

    async def test_alarms_that_come_earlier_again_and_again_do_not_pile_up(self, engine: Driven) -> None:
        alarms = engine.engine.live._alarms
        page = await opened(engine, "ada")
        (watch,) = engine.engine.live._watches[ADA].values()
        for number in range(1_000):
            alarms.set_if_any(watch, engine.now() + (2_000 - number) * MINUTE)

        assert len(alarms._queue) <= 103
        await page.close()
