"""Does the engine count what users do after they met a rule exactly once, and can it all be summed afresh?"""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.wiring import comparing, rebuilding, training_adapters
from domain.errors import Refused
from domain.model.experiments import NO_RUN
from domain.model.interactions import InteractionKind
from domain.model.users import UserId
from domain.rules.instants import DAY_US, microseconds
from domain.rules.outcomes.contributions import EVERYBODY, EXPOSED, GoalSums
from domain.use_cases.outcomes import EXPERIMENT_MEASURE
from domain.use_cases.profiles import READ_PER_USER
from tests.builders.assignments import BOLD, CONTROL, build_application, build_applied
from tests.builders.interactions import DAY, HOUR, conversion, interaction
from tests.builders.segments import build_segment
from tests.integration.use_cases.driving import ADMIN, Driven, key
from tests.integration.use_cases.test_segment_changes import did_at_least

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from domain.model.rules import Rule
    from domain.ports.rollups import RollUpKey, Sums

ADA, GRACE, VISITOR = UserId("ada"), UserId("grace"), UserId("visitor")
ALL_DAYS = range(1_000_000)


async def sums(engine: Driven) -> Mapping[RollUpKey, Sums]:
    async with engine.use_cases.begin() as work:
        return await work.rollups.read(EXPERIMENT_MEASURE, ALL_DAYS)


async def is_as_stored(engine: Driven) -> bool:
    """Do the sums equal those made afresh?"""
    async with training_adapters(engine.settings) as parts:
        return await comparing(parts)() == {}


async def of_goal(engine: Driven, number: int = 0) -> GoalSums:
    found = [amounts for one, amounts in (await sums(engine)).items() if (one.segment, one.number) == ("", number)]
    return GoalSums(*(sum(column) for column in zip(*(_padded(amounts, 7) for amounts in found), strict=True)))


def _padded(amounts: Sums, length: int) -> Sums:
    return amounts + (0,) * (length - len(amounts))


async def expose(engine: Driven, rule: Rule, *user_ids: UserId, ago: timedelta = DAY) -> None:
    at = engine.now() - ago
    async with engine.use_cases.begin() as work:
        applied = build_applied(rule.id, NO_RUN, None)
        await work.assignments.record([build_application(user_id, applied, at=at) for user_id in user_ids])
        await work.commit()


async def buy(engine: Driven, user_id: UserId = ADA, ago: timedelta = HOUR, name: str = "bought") -> None:
    await engine.track(conversion(engine.now() - ago, user_id=user_id, key=key(name)))


class TestCounting:
    async def test_who_converts_after_the_first_exposure_counts_once(self, engine: Driven) -> None:
        rule = await engine.rule("night")
        await expose(engine, rule, ADA, GRACE)
        await engine.fold()
        assert await of_goal(engine) == GoalSums(users=2)

        await buy(engine, ago=HOUR)
        await buy(engine, ago=2 * DAY, name="before")
        await engine.fold()
        await engine.fold()

        assert await of_goal(engine) == GoalSums(2, 1, 1, 1, 1, 1, 1)

    async def test_what_was_folded_before_the_exposure_was_counted_is_read_once_from_the_log(
        self, engine: Driven
    ) -> None:
        rule = await engine.rule("night")
        await buy(engine, ago=HOUR)
        await buy(engine, ago=30 * DAY, name="long ago")
        await engine.fold()
        await expose(engine, rule, ADA)
        await engine.fold()

        assert await of_goal(engine) == GoalSums(1, 1, 1, 1)

    async def test_everything_is_under_the_day_and_the_segments_of_the_first_exposure(self, engine: Driven) -> None:
        rule = await engine.rule("night")
        await buy(engine)
        await expose(engine, rule, ADA, ago=DAY)
        await engine.fold()

        found = await sums(engine)

        assert {one.day for one in found} == {microseconds(engine.now() - DAY) // DAY_US}
        assert {one.subject for one in found} == {f"{rule.id}/0"}
        assert {(EVERYBODY, EXPOSED), ("new_user", 0)} <= {(one.segment, one.number) for one in found}

    async def test_what_is_done_after_the_exposure_moves_nobody_between_segments(self, engine: Driven) -> None:
        """Else a variation that makes users busy would look good among the busy: they are so because of it."""
        busy = build_segment("busy", condition=did_at_least(2))
        await engine.use_cases.save_segment(busy, ADMIN)
        rule = await engine.rule("night")
        await buy(engine)
        await engine.fold()
        await expose(engine, rule, ADA)
        await buy(engine, name="because of it")
        await engine.fold()

        assert (await engine.profile(ADA)).confidence_in(busy.key) == 1
        found = await sums(engine)
        assert {one.segment for one in found} == {EVERYBODY, "new_user"}
        assert {one.segment for one, amounts in found.items() if (one.number, amounts[1:2]) == (0, (1,))} == {
            EVERYBODY,
            "new_user",
        }

    async def test_a_window_that_is_over_counts_nothing_more(self, engine: Driven) -> None:
        rule = await engine.rule("night")
        await expose(engine, rule, ADA, ago=8 * DAY)
        await engine.fold()

        await buy(engine)
        await engine.fold()
        assert await of_goal(engine) == GoalSums(1)

        await buy(engine, ago=7 * DAY, name="late")
        await engine.fold()
        assert await of_goal(engine) == GoalSums(1, 1, 1, 1)

    async def test_so_much_at_once_that_it_is_read_in_parts_is_counted_once(self, engine: Driven) -> None:
        rule = await engine.rule("night")
        await expose(engine, rule, ADA)
        await engine.fold()

        much = READ_PER_USER + 1
        await engine.track(
            *(conversion(engine.now() - HOUR, user_id=ADA, key=key(number)) for number in range(much)),
        )
        await engine.fold()

        assert await of_goal(engine) == GoalSums(1, 1, 1, 1)
        async with engine.use_cases.begin() as work:
            (exposure,) = await work.exposures.of_user(ADA)
        assert exposure.outcomes is not None
        assert exposure.outcomes.goals[0].count == much

    async def test_folding_afresh_counts_nothing_twice(self, engine: Driven) -> None:
        rule = await engine.rule("night")
        await expose(engine, rule, ADA)
        await buy(engine)
        await engine.fold()
        before = await sums(engine)

        await buy(engine, ago=2 * HOUR, name="again")
        await engine.use_cases.recompute_profile(ADA)
        await engine.fold()

        assert await sums(engine) == before
        async with engine.use_cases.begin() as work:
            (exposure,) = await work.exposures.of_user(ADA)
        assert exposure.outcomes is not None
        assert exposure.outcomes.goals[0].count == 2


class TestTakingBack:
    async def test_of_who_opts_out_nothing_counts_until_they_come_back(self, engine: Driven) -> None:
        rule = await engine.rule("night")
        await expose(engine, rule, ADA, GRACE)
        await buy(engine)
        await engine.fold()
        before = await sums(engine)

        await engine.use_cases.set_personalization(ADA, enabled=False, use_of_models=False)
        assert await of_goal(engine) == GoalSums(1)
        assert await is_as_stored(engine)

        await engine.use_cases.set_personalization(ADA, enabled=True, use_of_models=True)
        assert await sums(engine) == before
        assert await is_as_stored(engine)

    @pytest.mark.parametrize("is_folded", [True, False])
    async def test_whoever_is_erased_is_in_no_sum(self, engine: Driven, *, is_folded: bool) -> None:
        rule = await engine.rule("night")
        await expose(engine, rule, ADA)
        await buy(engine)
        if is_folded:
            await engine.fold()

        await engine.use_cases.erase_user(ADA)

        assert await sums(engine) == {}
        assert await is_as_stored(engine)

    async def test_whoever_was_overridden_counts_no_more(self, engine: Driven) -> None:
        rule = await engine.rule("night")
        await expose(engine, rule, ADA)
        await engine.fold()
        async with engine.use_cases.begin() as work:
            await work.profiles.lock(ADA)
            overridden = build_applied(rule.id, NO_RUN, None, overridden=True)
            await work.assignments.override(ADA, overridden, engine.now())
            await work.commit()
        await engine.fold()

        assert await sums(engine) == {}
        assert await is_as_stored(engine)


class TestLinking:
    async def test_two_users_who_turn_out_to_be_one_count_as_one_from_the_earlier_exposure_on(
        self, engine: Driven
    ) -> None:
        rule = await engine.rule("night")
        await expose(engine, rule, VISITOR, ago=2 * DAY)
        await expose(engine, rule, ADA, GRACE, ago=DAY)
        await buy(engine, VISITOR, ago=36 * HOUR)
        await engine.fold()
        assert await of_goal(engine) == GoalSums(3, 1, 1, 1)

        await engine.use_cases.link_users(VISITOR, ADA)

        assert await of_goal(engine) == GoalSums(2, 1, 1, 1)
        assert await is_as_stored(engine)
        await buy(engine, VISITOR, name="as an alias")
        await engine.fold()
        async with engine.use_cases.begin() as work:
            (exposure,) = await work.exposures.of_user(ADA)
        assert exposure.first_exposed_at == engine.now() - 2 * DAY
        assert exposure.outcomes is not None
        assert exposure.outcomes.goals[0].count == 2

    async def test_whoever_turns_out_to_have_got_two_variations_counts_for_none(self, engine: Driven) -> None:
        rule = await engine.rule("night")
        async with engine.use_cases.begin() as work:
            for user_id, variation in ((VISITOR, BOLD), (ADA, CONTROL), (GRACE, BOLD)):
                await work.assignments.record(
                    [build_application(user_id, build_applied(rule.id, 1, variation), at=engine.now() - DAY)]
                )
            await work.commit()
        await engine.fold()
        assert len({one.variation for one in await sums(engine)}) == 2

        await engine.use_cases.link_users(VISITOR, ADA)
        await engine.fold()

        found = [amounts for one, amounts in (await sums(engine)).items() if (one.segment, one.number) == ("", EXPOSED)]
        assert [amounts[0] for amounts in found] == [1]  # Grace
        assert await is_as_stored(engine)

    async def test_of_who_opted_out_nothing_counts_under_either_id(self, engine: Driven) -> None:
        rule = await engine.rule("night")
        await expose(engine, rule, VISITOR, ADA)
        await engine.fold()
        await engine.use_cases.set_personalization(ADA, enabled=False, use_of_models=False)

        await engine.use_cases.link_users(VISITOR, ADA)

        assert await sums(engine) == {}
        assert await is_as_stored(engine)


async def test_however_it_came_about_the_sums_are_those_summed_afresh(engine: Driven) -> None:
    """Users, exposures and interactions in a seeded disorder, folded now and then."""
    drawn = random.Random(5)  # noqa: S311
    rules = [await engine.rule(f"rule-{number}") for number in range(3)]
    users = [UserId(f"user-{number}") for number in range(12)]
    for step in range(60):
        user_id = drawn.choice(users)
        match drawn.choice(("expose", "do", "do", "do", "fold", "fold", "opt", "erase", "link", "merge")):
            case "expose":
                await expose(engine, drawn.choice(rules), user_id, ago=drawn.randrange(1, 9) * DAY)
            case "do":
                kind = drawn.choice((InteractionKind.CONVERSION, InteractionKind.CLICK))
                done = interaction(engine.now() - drawn.randrange(1, 400) * HOUR, user_id=user_id, kind=kind)
                await engine.track(replace(done, key=key(step)))
            case "fold":
                await engine.fold()
            case "opt":
                enabled = drawn.random() < 0.5
                await engine.use_cases.set_personalization(user_id, enabled=enabled, use_of_models=False)
            case "erase":
                await engine.use_cases.erase_user(user_id)
            case "link":
                with suppress(Refused):  # who is known already is nobody to be linked
                    await engine.use_cases.link_users(user_id, drawn.choice(users))
            case "merge":
                async with engine.use_cases.begin() as work:
                    await work.rollups.merge(drawn.randrange(1, 20))
                    await work.commit()
    await engine.fold()

    assert await is_as_stored(engine)
    before = await sums(engine)
    async with training_adapters(engine.settings) as parts:
        await rebuilding(parts)()
    assert await sums(engine) == before
    assert before
