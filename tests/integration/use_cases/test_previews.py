"""Does a preview on real stores say what deciding for everybody says, and how is it when there are too many?"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.errors import Unavailable
from domain.model.conditions import AllOf, FeatureUsed, InSegment, Not, OnDevice, TraitsMatch
from domain.model.contexts import Context
from domain.model.interactions import Device
from domain.model.previews import RulePreview
from domain.model.profiles import Preferences
from domain.model.ranges import Range
from domain.model.rules import RuleStatus
from domain.model.segments import SegmentKey
from domain.model.users import UserId
from domain.rules.decisions import changed_slots, decide, rule_applies
from domain.rules.experiment_changes import as_if_started
from domain.rules.previews.contexts import likely_device
from domain.rules.rule_sets import compile_rule
from domain.rules.situations import Situation
from domain.use_cases.previews import MAX_PREVIEWS, READERS, PreviewRule
from domain.use_cases.profiles import PreferencesChange
from tests.builders.experiments import build_experiment
from tests.builders.interactions import DAY, MINUTE, feature_use
from tests.builders.rules import DARK, LIGHT, build_rule
from tests.integration.use_cases.conftest import empty, settings_of, stoppable_stores
from tests.integration.use_cases.driving import ADMIN, Driven, content, driving, key

if TYPE_CHECKING:
    from pathlib import Path

    from domain.model.rules import Rule
    from tests.fakes.clocks import ManualClock

PLACES = ("dashboard", "login")
USERS = 60
NO_PREFERENCES = PreferencesChange(Preferences(), frozenset())
PRO = TraitsMatch({"plan": "pro"})
OFTEN = FeatureUsed("export", Range(gte=3))
ON_MOBILE = OnDevice(frozenset({Device.MOBILE}))
NEW_USER = InSegment((SegmentKey("new_user"),))


async def live(engine: Driven) -> None:
    """Users of all sorts, one of them seen too long ago."""
    for number in range(USERS):
        user_id = UserId(f"user-{number}")
        days_ago = 31 if number == 0 else number % 20
        device = Device.MOBILE if number % 3 else Device.DESKTOP
        start = engine.now() - days_ago * DAY
        done = [
            feature_use("export", start - n * MINUTE, user_id=user_id, key=key(f"{number}-{n}"), device=device)
            for n in range(1 + number % 5)
        ]
        await engine.track(*done)
        if number % 4 == 0:
            await engine.use_cases.update_profile(user_id, {"plan": "pro"}, NO_PREFERENCES)
    await engine.fold()
    await engine.settled()


async def brute_force(engine: Driven, changed: Rule) -> RulePreview:
    """Everybody's configs before and after, at every place, one by one."""
    before = engine.use_cases.rules.known.rule_set
    after = before.with_rule(before.revision + 1, changed)
    compiled, now = compile_rule(changed), engine.now()
    async with engine.use_cases.begin() as work:
        profiles = await work.profiles.of_users([UserId(f"user-{number}") for number in range(1, USERS)])
    audience = changed_configs = 0
    for profile in profiles.values():
        contexts = [Context(place, likely_device(profile)) for place in PLACES]
        audience += any(rule_applies(compiled, Situation(profile, context, now)) for context in contexts)
        changed_configs += any(
            changed_slots(decide(before, profile, context, now), decide(after, profile, context, now))
            for context in contexts
        )
    return RulePreview(audience, len(profiles), len(profiles), changed_configs)


async def test_on_real_stores_a_preview_says_what_deciding_for_everybody_says(engine: Driven) -> None:
    await live(engine)
    replaced = await engine.rule("replaced", DARK, condition=OFTEN, places=frozenset(PLACES), coverage=0.7)
    await engine.rule("rival", LIGHT, condition=AllOf((ON_MOBILE, NEW_USER)), priority=2)
    await engine.rule("weaker", DARK, condition=PRO, priority=-1)
    for condition in (PRO, OFTEN, Not(ON_MOBILE), AllOf((NEW_USER, Not(PRO)))):
        written = content("replaced", LIGHT, condition=condition, places=frozenset(PLACES), priority=1)
        found = await engine.use_cases.preview_rule(written, replaced.id)

        expected = await brute_force(engine, replace(replaced, content=written, status=RuleStatus.ACTIVE))
        assert replace(found, changed_slots=(), sample=(), rule=None) == expected
        assert 0 < len(found.sample) == found.audience < USERS
        assert sum(change.users for change in found.changed_slots) == found.changed_configs > 0


async def test_of_a_rule_on_trial_everybody_counts_with_what_they_got_or_would_be_given(engine: Driven) -> None:
    await live(engine)
    tried = build_experiment(holdout=0.2)
    running = await engine.rule("replaced", experiment=tried, places=frozenset(PLACES), coverage=0.8)
    running = await engine.use_cases.start_experiment(running.id, ADMIN)
    await engine.rule("rival", LIGHT, condition=ON_MOBILE, priority=-1)
    for number in range(1, 30):
        decided = await engine.use_cases.decide(UserId(f"user-{number}"), Context("dashboard"))
        engine.use_cases.applications.note(UserId(f"user-{number}"), decided.config, decided.profile)
    await engine.use_cases.applications.write(everything=True)
    await engine.settled()

    narrower = replace(running.content, coverage=0.0, priority=2)
    kept = await engine.use_cases.preview_rule(narrower, running.id)
    assert replace(kept, changed_slots=(), sample=(), rule=None) == await brute_force(
        engine, replace(running, content=narrower)
    )
    assert 0 < kept.audience < 30  # who was given a variation keeps it, and nobody else gets one

    await engine.use_cases.conclude_experiment(running.id, "as-is", ADMIN)
    draft = await engine.use_cases.create_rule(content("new", experiment=tried, places=frozenset(PLACES)), ADMIN)
    new = await engine.use_cases.preview_rule(draft.content, draft.id)
    as_started = as_if_started(replace(draft, status=RuleStatus.ACTIVE))
    assert replace(new, changed_slots=(), sample=(), rule=None) == await brute_force(engine, as_started)
    assert 0 < new.changed_configs < new.audience  # a part gets what they have, and a part is held out


async def test_of_too_many_users_a_sample_is_looked_at_and_scaled_up(engine: Driven) -> None:
    await live(engine)
    use_cases = engine.use_cases
    preview = PreviewRule(use_cases.begin, use_cases.rules, use_cases.clock, most_users=30)

    found = await preview(content("everybody"))
    assert not found.exact
    assert 0 < found.sampled_users < found.population == USERS - 1
    assert found.audience == found.changed_configs == found.population
    assert found == await preview(content("everybody"))


async def test_a_new_rule_is_the_youngest_and_covers_whom_it_will_cover(engine: Driven, clock: ManualClock) -> None:
    await live(engine)
    await engine.rule("older", LIGHT)
    clock.advance(MINUTE)
    assert (await engine.use_cases.preview_rule(content("new"))).changed_configs == 0

    half = await engine.use_cases.preview_rule(content("half", coverage=0.5))
    as_saved = build_rule("half", coverage=0.5, created_at=engine.now())
    assert half.audience == (await brute_force(engine, as_saved)).audience


async def test_more_previews_at_once_than_can_be_made_soon_are_sent_away(engine: Driven) -> None:
    await live(engine)
    asked = [engine.use_cases.preview_rule(content("new")) for _ in range(MAX_PREVIEWS + 2)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)

    assert sum(isinstance(outcome, RulePreview) for outcome in outcomes) == MAX_PREVIEWS
    assert sum(isinstance(outcome, Unavailable) for outcome in outcomes) == 2
    assert isinstance(await engine.use_cases.preview_rule(content("new")), RulePreview)
    assert READERS < 10  # what a pool of connections holds by default


async def test_without_a_database_a_preview_is_unavailable(tmp_path: Path, clock: ManualClock) -> None:
    async with stoppable_stores(tmp_path / "stores") as servers:
        await empty(servers)
        async with driving(settings_of(servers, tmp_path), clock) as process:
            await process.settled()
            await asyncio.to_thread(servers.postgres.stop)
            with pytest.raises(Unavailable):
                await process.use_cases.preview_rule(content("new"))
            await asyncio.to_thread(servers.postgres.start)
            assert (await process.use_cases.preview_rule(content("new"))).population == 0
