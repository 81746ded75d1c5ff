"""Is a linked user one user: everything of both, told to everybody, and nothing for who holds the anonymous id?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Refused
from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.assignments import StickyVariation
from domain.model.audit_log import AuditAction
from domain.model.catalogues import Catalogue
from domain.model.conditions import TraitsMatch
from domain.model.configs import Config, UpdateCause
from domain.model.links import Drift
from domain.model.news import ProfileChanged, UserErased, UsersLinked
from domain.model.pages import PageRequest
from domain.model.profiles import Preferences, Profile
from domain.model.rules import RuleId
from domain.model.users import PersonalizationChoice, UserId
from domain.ports.audit_log import AuditFilter
from domain.ports.counters import Counter
from domain.ports.interactions import Receipt
from domain.rules.decisions import decide
from domain.rules.folding.habits import habits_from_scratch
from domain.rules.profiles import fold_from_scratch
from domain.rules.rule_sets import RuleSet
from domain.use_cases.profiles import PreferencesChange
from tests.builders.assignments import BOLD, CONTROL, build_applied
from tests.builders.experiments import build_trial
from tests.builders.interactions import MINUTE, interaction
from tests.builders.rules import DARK
from tests.integration.use_cases.driving import ADMIN, HERE, Driven, key, silent_rule, soon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.assignments import Applied
    from domain.model.interactions import Interaction

ADA, GRACE, VISITOR, OTHER = UserId("ada-4711"), UserId("grace"), UserId("visitor-1"), UserId("visitor-2")
NOTHING = PreferencesChange(Preferences(), frozenset())


def visit(engine: Driven, number: int, user_id: UserId) -> Interaction:
    return interaction(engine.now() - number * MINUTE, user_id=user_id, key=key(number), target=f"page-{number % 3}")


async def link(engine: Driven, anonymous: UserId = VISITOR, known: UserId = ADA) -> Profile:
    return await engine.use_cases.link_users(anonymous, known)


async def refused(engine: Driven, anonymous: UserId, known: UserId) -> tuple[str, tuple[str, ...]]:
    with pytest.raises(Refused) as refusal:
        await link(engine, anonymous, known)
    (problem,) = refusal.value.problems
    return problem.code, problem.path


async def received(engine: Driven, user_id: UserId) -> list[Interaction]:
    async with engine.use_cases.begin() as work:
        return [recorded.interaction async for recorded in work.interactions.received_after(user_id, 0)]


async def is_the_fold(engine: Driven, user_id: UserId) -> bool:
    """Does the profile equal the fold of all its interactions, in what rules read and in what models read?"""
    everything, stored = await received(engine, user_id), await engine.stored(user_id)
    return stored.profile.history == fold_from_scratch(everything) and stored.habits == habits_from_scratch(everything)


class TestOneUser:
    async def test_has_done_what_both_did(self, engine: Driven) -> None:
        await engine.track(visit(engine, 9, VISITOR), visit(engine, 8, ADA))
        await engine.fold()
        await engine.track(visit(engine, 7, VISITOR), visit(engine, 6, ADA))

        profile = await link(engine)

        assert profile == await engine.profile(ADA)
        assert profile.history.interactions == 4
        assert await is_the_fold(engine, ADA)
        await engine.fold()
        await engine.track(visit(engine, 5, ADA))
        await engine.fold()
        assert await is_the_fold(engine, ADA)
        assert (await engine.profile(ADA)).history.interactions == 5

    async def test_does_what_is_tracked_under_either_id(self, engine: Driven) -> None:
        await link(engine)

        receipt = await engine.track(visit(engine, 1, VISITOR), visit(engine, 2, ADA), visit(engine, 1, ADA))

        assert receipt == Receipt(accepted=2, duplicates=1, ignored=0)
        await engine.fold()
        assert (await engine.profile(ADA)).history.interactions == 2
        assert await received(engine, VISITOR) == []

    async def test_declares_what_the_known_one_did_and_what_only_the_anonymous_one_did(self, engine: Driven) -> None:
        both = frozenset({"theme_mode", "density"})
        update = engine.use_cases.update_profile
        theirs = Preferences(ThemeMode.LIGHT, LayoutDensity.COMPACT)
        await update(VISITOR, {"plan": "free", "source": "ad"}, PreferencesChange(theirs, both))
        await update(ADA, {"plan": "pro"}, PreferencesChange(Preferences(ThemeMode.DARK), both))

        profile = await link(engine)

        assert profile.traits == {"plan": "pro", "source": "ad"}
        assert profile.preferences == Preferences(ThemeMode.DARK, LayoutDensity.COMPACT)

    @pytest.mark.parametrize("who", [VISITOR, ADA])
    async def test_stays_opted_out_whoever_of_both_did(self, engine: Driven, who: UserId) -> None:
        await engine.rule("night")
        await engine.track(visit(engine, 1, VISITOR), visit(engine, 2, ADA))
        await engine.fold()
        await engine.use_cases.set_personalization(who, enabled=False, use_of_models=True)

        profile = await link(engine)

        assert not profile.choice.enabled
        assert profile.memberships == ()
        for user_id in (ADA, VISITOR):
            assert (await engine.config(user_id)).theme_mode is ThemeMode.SYSTEM
            assert await engine.track(visit(engine, 3, user_id)) == Receipt(accepted=0, duplicates=0, ignored=1)
        assert len(await received(engine, ADA)) == (2 if who == VISITOR else 1)
        await engine.use_cases.set_personalization(ADA, enabled=True, use_of_models=True)
        assert await is_the_fold(engine, ADA)

    async def test_allows_models_only_if_both_did(self, engine: Driven) -> None:
        await engine.use_cases.set_personalization(VISITOR, enabled=True, use_of_models=False)

        assert not (await link(engine)).choice.allows_models

    async def test_is_made_once_however_often_that_is_said(self, engine: Driven) -> None:
        await engine.track(visit(engine, 1, VISITOR))
        first = await link(engine)

        assert await link(engine) == first
        assert engine.counters.tally[Counter.USERS_LINKED] == 1

    async def test_may_be_new_or_have_been_erased_like_the_anonymous_one(self, engine: Driven) -> None:
        assert (await link(engine, OTHER, GRACE)).history.interactions == 0
        for user_id in (VISITOR, ADA):
            await engine.track(visit(engine, 1, user_id))
            await engine.use_cases.erase_user(user_id)

        profile = await link(engine)

        assert (profile.revision, profile.history.interactions) == (1, 0)
        await engine.track(visit(engine, 2, VISITOR), visit(engine, 3, OTHER))
        assert (len(await received(engine, ADA)), len(await received(engine, GRACE))) == (1, 1)

    async def test_may_have_been_several_anonymous_ones(self, engine: Driven) -> None:
        await engine.track(visit(engine, 1, VISITOR), visit(engine, 2, OTHER))
        await link(engine)

        assert (await link(engine, OTHER)).history.interactions == 2
        assert await is_the_fold(engine, ADA)

    async def test_is_counted_and_noted_until_the_user_is_erased(self, engine: Driven) -> None:
        await engine.track(visit(engine, 1, VISITOR))
        await engine.use_cases.link_users(VISITOR, ADA, noted_as=ADMIN)

        async with engine.use_cases.begin() as work:
            (entry,) = (await work.audit_log.page(AuditFilter(), PageRequest())).items
        assert (entry.change.action, entry.change.actor) == (AuditAction.USERS_LINKED, ADMIN)
        assert entry.change.after == {"interactions": 1, "runs": 0, "conflicts": 0}
        assert entry.change.about == ADA
        assert VISITOR not in str(entry.change)
        assert engine.counters.tally[Counter.USERS_LINKED] == 1


class TestRefusals:
    async def test_nobody_is_linked_to_themselves(self, engine: Driven) -> None:
        assert await refused(engine, ADA, ADA) == ("SAME_USER", ("anonymousId",))

    async def test_an_alias_stays_with_its_user(self, engine: Driven) -> None:
        await link(engine)

        assert await refused(engine, VISITOR, GRACE) == ("ALREADY_LINKED", ("anonymousId",))

    async def test_there_are_no_chains_and_no_cycles(self, engine: Driven) -> None:
        await link(engine)

        assert await refused(engine, OTHER, VISITOR) == ("IS_ALIAS", ("userId",))
        assert await refused(engine, ADA, VISITOR) == ("IS_ALIAS", ("userId",))
        assert await refused(engine, ADA, GRACE) == ("IS_KNOWN", ("anonymousId",))

    async def test_one_user_has_so_many_aliases_at_most(self, engine: Driven, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("domain.use_cases.links.MAX_ALIASES", 1)
        await link(engine)

        assert await refused(engine, OTHER, ADA) == ("TOO_MANY", ("userId",))
        await link(engine)

    async def test_what_is_refused_has_no_effect(self, engine: Driven) -> None:
        await link(engine)
        await engine.track(visit(engine, 1, ADA), visit(engine, 2, GRACE))

        await refused(engine, ADA, GRACE)

        assert (len(await received(engine, ADA)), len(await received(engine, GRACE))) == (1, 1)


class TestTheAnonymousId:
    async def test_gets_what_a_stranger_gets(self, engine: Driven, other_engine: Driven) -> None:
        await engine.rule("pro", DARK, condition=TraitsMatch({"plan": "pro"}))
        for user_id in (VISITOR, ADA):
            await engine.use_cases.update_profile(user_id, {"plan": "pro"}, NOTHING)
        await other_engine.settled()
        for process in (engine, other_engine):
            assert (await process.config(VISITOR)).theme_mode is ThemeMode.DARK

        await link(engine)

        await other_engine.settled()
        for process in (engine, other_engine):
            assert (await process.config(VISITOR)).theme_mode is ThemeMode.SYSTEM
            assert (await process.config(ADA)).theme_mode is ThemeMode.DARK
            profile = await process.use_cases.profiles.get(VISITOR)
            assert (profile.linked_to, profile.traits, profile.is_known) == (ADA, {}, False)

    async def test_is_not_answered_with_what_was_known_last(self, engine: Driven) -> None:
        await engine.rule("pro", DARK, condition=TraitsMatch({"plan": "pro"}))
        await engine.use_cases.update_profile(VISITOR, {"plan": "pro"}, NOTHING)
        await engine.config(VISITOR)
        await engine.engine.last_configs.written()

        await link(engine)
        await engine.settled()

        assert await engine.engine.last_configs.of(VISITOR, HERE) is None

    async def test_follows_the_choice_of_its_user_in_every_process(self, engine: Driven, other_engine: Driven) -> None:
        await engine.rule("night")
        await link(engine)
        await other_engine.settled()
        for process in (engine, other_engine):
            assert (await process.config(VISITOR)).theme_mode is ThemeMode.DARK

        await engine.use_cases.set_personalization(ADA, enabled=False, use_of_models=False)

        await other_engine.settled()
        for process in (engine, other_engine):
            assert (await process.config(VISITOR)).theme_mode is ThemeMode.SYSTEM

    async def test_is_nobodys_once_its_user_is_erased(self, engine: Driven, other_engine: Driven) -> None:
        await link(engine)
        await other_engine.settled()
        assert (await other_engine.use_cases.profiles.get(VISITOR)).linked_to == ADA

        assert await engine.use_cases.erase_user(ADA)

        await other_engine.settled()
        for process in (engine, other_engine):
            assert await process.use_cases.profiles.get(VISITOR) == Profile(VISITOR)
        assert UserErased(VISITOR) in other_engine.bus.acted_on
        await engine.track(visit(engine, 1, VISITOR))
        assert len(await received(engine, VISITOR)) == 1
        assert await received(engine, ADA) == []

    async def test_cannot_erase_what_is_its_users(self, engine: Driven) -> None:
        await engine.track(visit(engine, 1, VISITOR))
        await link(engine)

        assert not await engine.use_cases.erase_user(VISITOR)

        assert len(await received(engine, ADA)) == 1


class TestOpenPages:
    async def test_of_the_known_user_see_what_the_anonymous_one_did(self, engine: Driven) -> None:
        await engine.rule("ad", DARK, condition=TraitsMatch({"source": "ad"}))
        await engine.use_cases.update_profile(VISITOR, {"source": "ad"}, NOTHING)
        page = engine.open_page(ADA)
        assert (await page.next()).config.theme_mode is ThemeMode.SYSTEM

        await link(engine)

        update = await page.next()
        assert (update.config.theme_mode, update.cause) == (ThemeMode.DARK, UpdateCause.PROFILE_CHANGED)

    async def test_of_the_anonymous_user_converge_to_what_a_stranger_gets(
        self, engine: Driven, other_engine: Driven
    ) -> None:
        await engine.rule("ad", DARK, condition=TraitsMatch({"source": "ad"}))
        await engine.use_cases.update_profile(VISITOR, {"source": "ad"}, NOTHING)
        await other_engine.settled()
        page = other_engine.open_page(VISITOR)
        assert (await page.next()).config.theme_mode is ThemeMode.DARK

        await link(engine)

        assert (await page.next()).config.theme_mode is ThemeMode.SYSTEM

    async def test_of_who_may_read_everybody_follow_the_known_user(self, engine: Driven, other_engine: Driven) -> None:
        await engine.rule("pro", DARK, condition=TraitsMatch({"plan": "pro"}))
        await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NOTHING)
        await other_engine.settled()
        updates = other_engine.engine.live.follow(VISITOR, HERE, through_links=True)
        assert (await anext(updates)).config.theme_mode is ThemeMode.SYSTEM
        reading = asyncio.ensure_future(anext(updates))

        await link(engine)

        assert (await soon(reading)).config.theme_mode is ThemeMode.DARK
        assert other_engine.engine.live.users() == [ADA]
        reading = asyncio.ensure_future(anext(updates))
        await engine.use_cases.update_profile(ADA, {"plan": "free"}, NOTHING)
        assert (await soon(reading)).config.theme_mode is ThemeMode.SYSTEM
        await updates.aclose()
        assert other_engine.engine.live.users() == []

    async def test_everybody_is_told_once_it_is_durable(self, engine: Driven, other_engine: Driven) -> None:
        profile = await link(engine)

        await other_engine.bus.until(lambda news: news == UsersLinked(VISITOR, ADA))
        told = ProfileChanged(ADA, profile.revision, UpdateCause.PROFILE_CHANGED)
        assert told in other_engine.bus.acted_on


STEPS = st.lists(
    st.sampled_from(["track visitor", "track other", "track ada", "fold", "link visitor", "link other", "again"]),
    max_size=14,
)


class TestLaws:
    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(steps=STEPS)
    async def test_in_whatever_order_users_are_tracked_folded_and_linked_the_profile_is_the_same(
        self, engine: Driven, steps: Sequence[str]
    ) -> None:
        users = {"visitor": VISITOR, "other": OTHER, "ada": ADA}
        for user_id in (ADA, VISITOR, OTHER):
            await engine.use_cases.erase_user(user_id)
        done: list[Interaction] = []
        for number, step in enumerate(steps):
            verb, _, name = step.partition(" ")
            if verb == "track":
                done.append(visit(engine, number, users[name]))
                await engine.track(done[-1])
            elif verb == "again" and done:
                await engine.track(done[-1])
            elif verb == "fold":
                await engine.fold()
            elif verb == "link":
                await link(engine, users[name])
        for anonymous in (OTHER, VISITOR):
            await link(engine, anonymous)
        await engine.fold()

        assert [one.key for one in await received(engine, ADA)] == [one.key for one in done]
        assert await is_the_fold(engine, ADA)
        assert (await engine.profile(ADA)).history == fold_from_scratch(done)
        assert (await engine.profile(ADA)).choice == PersonalizationChoice()


class TestWhatWasSeen:
    @pytest.fixture(autouse=True)
    async def _rules(self, engine: Driven) -> None:
        await engine.store_silently(silent_rule(engine, "r1"))

    async def test_stays_for_the_linked_user_in_every_process(self, engine: Driven, other_engine: Driven) -> None:
        deliver(engine, VISITOR, build_applied())
        await engine.use_cases.applications.write()

        profile = await link(engine)

        sticky = {RuleId("r1"): StickyVariation(1, BOLD)}
        assert profile.assignments == sticky
        await other_engine.settled()
        assert (await other_engine.use_cases.profiles.get(ADA)).assignments == sticky
        assert (await engine.use_cases.profiles.get(VISITOR)).assignments == {}

    async def test_is_recorded_for_the_linked_user_though_it_was_not_written_yet(
        self, engine: Driven, other_engine: Driven
    ) -> None:
        await engine.store_silently(silent_rule(engine, "r2"))
        deliver(engine, VISITOR, build_applied())
        deliver(other_engine, VISITOR, build_applied("r2"))

        await link(engine)
        await other_engine.settled()
        await engine.settled()

        assert set((await engine.use_cases.profiles.get(ADA)).assignments) == {RuleId("r1"), RuleId("r2")}

    async def test_of_two_variations_the_first_stays_and_the_conflict_is_counted(self, engine: Driven) -> None:
        deliver(engine, ADA, build_applied(variation=CONTROL))
        await engine.use_cases.applications.write()
        engine.clock.advance(MINUTE)
        deliver(engine, VISITOR, build_applied())

        profile = await link(engine)

        assert profile.assignments == {RuleId("r1"): StickyVariation(1, CONTROL)}
        assert engine.counters.tally[Counter.LINKS_IN_RUNS] == 1
        assert engine.counters.tally[Counter.LINK_CONFLICTS] == 1
        async with engine.use_cases.begin() as work:
            assert await work.links.drifts([(RuleId("r1"), 1)]) == {(RuleId("r1"), 1): Drift(linked=1, conflicted=1)}

    async def test_of_a_running_experiment_stays_though_the_known_id_would_get_something_else(
        self, engine: Driven
    ) -> None:
        rules = RuleSet.compile(1, [build_trial("r1")], Catalogue())
        drawn = {who: decide(rules, Profile(who), HERE, engine.now()) for who in map(UserId, "abcdefgh")}
        dark, other = (
            next(who for who, config in drawn.items() if (config.theme_mode is ThemeMode.DARK) is is_dark)
            for is_dark in (True, False)
        )
        engine.use_cases.applications.note(dark, drawn[dark], Profile(dark))

        profile = await link(engine, dark, other)

        assert profile.assignments[RuleId("r1")].variation == "dark"
        assert decide(rules, profile, HERE, engine.now()).theme_mode is ThemeMode.DARK
        async with engine.use_cases.begin() as work:
            assert await work.links.drifts([(RuleId("r1"), 1)]) == {(RuleId("r1"), 1): Drift(linked=1, conflicted=0)}

    async def test_is_not_what_a_stranger_gets_under_the_anonymous_id(self, engine: Driven) -> None:
        await link(engine)

        deliver(engine, VISITOR, build_applied(), await engine.use_cases.profiles.get(VISITOR))
        await engine.use_cases.applications.write()

        assert (await engine.profile(ADA)).assignments == {}


def deliver(engine: Driven, user_id: UserId, applied: Applied, profile: Profile | None = None) -> None:
    config = Config("c1", engine.now(), applied=(applied,))
    engine.use_cases.applications.note(user_id, config, profile or Profile(user_id))
