"""Does who was given a variation keep it, written or not, in every process, whatever becomes of the experiment?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from domain.model.adaptations import ThemeMode
from domain.model.rules import RuleKey, RuleStatus
from domain.model.users import UserId
from domain.use_cases.assignments import Override
from tests.builders.experiments import build_experiment, kept
from tests.integration.use_cases.driving import ADMIN, HERE, Driven, content

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.rules import Rule

USERS = [UserId(f"user-{number}") for number in range(24)]
HALF_HELD_OUT = build_experiment(holdout=0.5)


async def running(engine: Driven, **parts: Any) -> Rule:
    """A rule whose experiment runs."""
    tried = content("trial", **{"experiment": build_experiment(), **parts})
    draft = await engine.use_cases.create_rule(replace(tried, key=RuleKey("trial"), adaptations=()), ADMIN)
    started = await engine.use_cases.start_experiment(draft.id, ADMIN)
    return await engine.use_cases.set_rule_status(started.id, started.revision, RuleStatus.ACTIVE, ADMIN)


async def delivered(engine: Driven, users: Sequence[UserId] = USERS) -> dict[UserId, tuple[object, ...]]:
    """What each user is shown of the experiment, delivered as a request does."""
    shown: dict[UserId, tuple[object, ...]] = {}
    for user_id in users:
        decided = await engine.use_cases.decide(user_id, HERE)
        engine.use_cases.applications.note(user_id, decided.config, decided.profile)
        shown[user_id] = (decided.config.theme_mode, *decided.config.applied)
    return shown


async def reallocated(engine: Driven, rule: Rule, *allocation: float) -> None:
    """As a bandit does, with the news."""
    assert rule.run is not None
    moved = replace(rule, revision=rule.revision + 1, run=replace(rule.run, allocation=allocation))
    await engine.bus.publish(await engine.store_silently(moved))
    await engine.settled()


async def write(engine: Driven) -> None:
    await engine.use_cases.applications.write()
    await engine.settled()


async def test_nobody_moves_before_or_after_it_is_written_when_the_allocation_changes(
    engine: Driven, other_engine: Driven
) -> None:
    rule = await running(engine)
    before = await delivered(engine)
    assert len(set(before.values())) == 2

    await reallocated(engine, rule, 0.0, 1.0)
    assert await delivered(engine) == before
    await write(engine)
    assert await delivered(engine) == before
    await other_engine.settled()
    assert await delivered(other_engine) == before

    strangers = [UserId(f"stranger-{number}") for number in range(8)]
    assert len(set((await delivered(engine, strangers)).values())) == 1


async def test_what_is_stored_is_what_was_delivered_with_the_chance_of_it(engine: Driven) -> None:
    rule = await running(engine, experiment=HALF_HELD_OUT)
    before = await delivered(engine)
    await write(engine)

    async with engine.use_cases.begin() as work:
        stored = await work.assignments.of_users(USERS)
        profiles = await work.profiles.of_users(USERS)
    assert {user_id: [one.applied for one in stored[user_id]] for user_id in USERS} == {
        user_id: list(applied) for user_id, (_, *applied) in before.items()
    }
    probabilities = {(one.applied.held_out, one.applied.probability) for user in USERS for one in stored[user]}
    assert probabilities == {(True, 0.5), (False, 0.25)}
    assert {profiles[user_id].assignments[rule.id].run for user_id in USERS} == {1}


async def test_lower_coverage_moves_nobody_who_was_exposed(engine: Driven) -> None:
    rule = await running(engine)
    before = await delivered(engine)
    await write(engine)
    narrow = replace(rule.content, coverage=0.0)
    await engine.use_cases.update_rule(rule.id, rule.revision, narrow, ADMIN)

    assert await delivered(engine) == before
    assert set((await delivered(engine, [UserId("stranger")])).values()) != set(before.values())


async def test_a_recorded_exposure_pushes_nothing(engine: Driven) -> None:
    await running(engine)
    page = engine.open_page(USERS[0])
    first = await page.next()
    page.read()
    await write(engine)

    assert not page.has_news
    assert (await engine.profile(USERS[0])).assignments
    assert (await engine.config(USERS[0])).revision == first.config.revision


@pytest.mark.parametrize("written", [True, False])
async def test_an_override_is_on_every_page_at_once_and_gone_when_it_is_taken_back(
    engine: Driven, other_engine: Driven, *, written: bool
) -> None:
    rule = await running(engine)
    await other_engine.settled()
    user, pages = USERS[0], [process.open_page(USERS[0]) for process in (engine, other_engine)]

    async def shown() -> set[ThemeMode]:
        return {(await page.next()).config.theme_mode for page in pages}

    (drawn,) = await shown()
    if written:
        await write(engine)
        await other_engine.settled()
    other, mode = ("as-is", ThemeMode.SYSTEM) if drawn is ThemeMode.DARK else ("dark", ThemeMode.DARK)
    override = engine.use_cases.override_variation

    await override(Override(rule.id, user, other), ADMIN)
    assert await shown() == {mode}
    await write(engine)
    await write(other_engine)
    assert (await engine.profile(user)).assignments == {rule.id: kept(other, 1, 1.0, overridden=True)}

    await override(Override(rule.id, user, None), ADMIN)
    assert await shown() == {drawn}
