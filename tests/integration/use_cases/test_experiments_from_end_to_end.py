"""Do experiments show through the whole engine what really happened, and do bandits and suggestions act on it?"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from domain.model.configs import Slot
from domain.model.experiment_results import Verdict
from domain.model.experiments import (
    Experiment,
    ExperimentMode,
    ExperimentStatus,
    Goal,
    GoalMeasure,
    Variation,
    VariationKey,
)
from domain.model.interactions import InteractionKind
from domain.model.news import RuleReallocated
from domain.model.rules import RuleStatus
from domain.model.suggestions import SuggestionKind
from domain.model.users import UserId
from domain.ports.assignments import Application
from domain.rules.experiments import drawn_variation
from domain.statistics.plans import Plan
from domain.statistics.questions import Outcome, Question
from domain.statistics.samples import Sample
from tests.builders.interactions import DAY, HOUR, MINUTE, interaction
from tests.builders.rules import DARK, LIGHT
from tests.integration.use_cases.driving import ADMIN, HERE, Driven, key, soon

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from domain.model.assignments import Assignment
    from domain.model.experiment_results import ExperimentResults
    from domain.model.interactions import Interaction
    from domain.model.rules import Rule

CONTROL, BOLD, BRAVE = (VariationKey(name) for name in ("control", "bold", "brave"))
BOUGHT = Goal(InteractionKind.CONVERSION, window_days=3, target="checkout")
SPENT = Goal(InteractionKind.CONVERSION, window_days=7, measure=GoalMeasure.VALUE_MEAN, cap=50.0)
CLICKED = Goal(InteractionKind.CLICK, window_days=1, measure=GoalMeasure.COUNT_MEAN)
THREE = Experiment(
    (
        Variation(CONTROL, 0.4, control=True),
        Variation(BOLD, 0.3, adaptations=(DARK,)),
        Variation(BRAVE, 0.3, adaptations=(LIGHT,)),
    ),
    BOUGHT,
    (SPENT, CLICKED),
    holdout=0.1,
)
TWO = Experiment((Variation(CONTROL, 0.5, control=True), Variation(BOLD, 0.5, adaptations=(DARK,))), BOUGHT)


async def started(engine: Driven, experiment: Experiment) -> Rule:
    rule = await engine.rule("trial", DARK, experiment=experiment)
    return await engine.use_cases.start_experiment(rule.id, ADMIN)


async def results_of(engine: Driven, rule: Rule) -> ExperimentResults:
    found = (await engine.use_cases.results.experiments([await current(engine, rule)]))[rule.id]
    assert found is not None
    return found


async def current(engine: Driven, rule: Rule) -> Rule:
    async with engine.use_cases.begin() as work:
        found = await work.rules.get(rule.id)
    assert found is not None
    return found


async def deliver(engine: Driven, user_id: UserId) -> None:
    """As a request does."""
    decided = await engine.use_cases.decide(user_id, HERE)
    engine.use_cases.applications.note(user_id, decided.config, decided.profile)


async def recorded(engine: Driven) -> None:
    await soon(engine.use_cases.applications.write(everything=True))


async def expose(engine: Driven, rule: Rule, users: Iterable[UserId]) -> dict[UserId, str]:
    """Everybody gets what chance gives; the variation of each, "" for who is held out."""
    now, applied = engine.now(), {user_id: drawn_variation(rule, user_id) for user_id in users}
    async with engine.use_cases.begin() as work:
        await work.assignments.record(
            [Application(user_id, one, now, now) for user_id, one in applied.items() if one is not None]
        )
        await work.commit()
    return {user_id: (one.variation or "") if one is not None else "" for user_id, one in applied.items()}


async def buy(engine: Driven, buyers: Iterable[UserId]) -> None:
    done = [
        interaction(
            engine.now(), user_id=user_id, key=key("bought"), kind=InteractionKind.CONVERSION, target="checkout"
        )
        for user_id in buyers
    ]
    await engine.track(*done)


def users(number: int, name: str = "user") -> list[UserId]:
    return [UserId(f"{name}-{each}") for each in range(number)]


@dataclass(slots=True)
class Life:
    """A seeded population that does things in disorder, before and after it meets the rule."""

    engine: Driven
    drawn: random.Random
    log: list[Interaction] = field(default_factory=list)

    async def goes_on(self, people: Sequence[UserId]) -> None:
        engine, drawn = self.engine, self.drawn
        for number, user_id in enumerate(people):
            engine.clock.advance(drawn.randrange(1, 20) * MINUTE)
            match drawn.randrange(4):
                case 0 | 1:
                    await deliver(engine, user_id)
                case _:
                    await self.does(user_id)
            if number % 50 == 0:
                await recorded(engine)
                await engine.fold()

    async def does(self, user_id: UserId) -> None:
        """Some things at once; some of them long ago, some told twice."""
        done = [self._thing(user_id) for _ in range(self.drawn.randrange(1, 4))]
        self.log += done
        await self.engine.track(*done, *done[: self.drawn.randrange(2)])

    def _thing(self, user_id: UserId) -> Interaction:
        drawn = self.drawn
        return interaction(
            self.engine.now()
            - drawn.choice((0, 0, 1, 30, 100, 200)) * HOUR
            - timedelta(seconds=drawn.randrange(3_600)),
            user_id=user_id,
            key=key(len(self.log) + drawn.random()),
            kind=drawn.choice((InteractionKind.CONVERSION, InteractionKind.CONVERSION, InteractionKind.CLICK)),
            target=drawn.choice(("checkout", None)),
            value=drawn.choice((None, 12.5, 40.0, -3.25)),
        )


def brute_force(goal: Goal, exposed_at: datetime, done: Iterable[Interaction]) -> tuple[bool, float]:
    """Straight from the log: was the goal reached, and what does the user count for?"""
    until = exposed_at + timedelta(days=goal.window_days)
    reaching = [
        one
        for one in done
        if one.kind is goal.kind and goal.target in (None, one.target) and exposed_at <= one.occurred_at < until
    ]
    match goal.measure:
        case GoalMeasure.CONVERSION_RATE:
            return bool(reaching), float(bool(reaching))
        case GoalMeasure.COUNT_MEAN:
            return bool(reaching), float(len(reaching))
        case GoalMeasure.VALUE_MEAN:
            spent = sum(one.value or 0 for one in reaching)
            return bool(reaching), min(spent, goal.cap or spent)


async def test_the_results_are_what_the_logs_say_user_by_user(engine: Driven) -> None:
    rule, life = await started(engine, THREE), Life(engine, random.Random(7))  # noqa: S311
    people = users(150)
    for _ in range(6):
        await life.goes_on(life.drawn.sample(people, len(people)))
    await recorded(engine)
    await engine.fold()

    results = await results_of(engine, rule)

    assignments = await _assignments(engine, people)
    assert len({one.applied.variation for one in assignments}) == 4  # somebody is held out
    for variation in results.variations:
        mine = [one for one in assignments if one.applied.variation == variation.variation]
        for goal, result in zip(
            THREE.goals, (variation.goal, *(guardrail.result for guardrail in variation.guardrails)), strict=True
        ):
            told = [
                brute_force(goal, one.first_exposed_at, [i for i in life.log if i.user_id == one.user_id])
                for one in mine
            ]
            assert (result.users, result.conversions) == (len(mine), sum(reached for reached, _ in told))
            assert result.mean == pytest.approx(sum(measured for _, measured in told) / len(mine), rel=1e-9)
    assert results.exposed_users == sum(not one.applied.held_out for one in assignments)
    assert not results.sample_ratio_mismatch
    converted = {one.user_id: one.converted_at for one in assignments}
    assert any(converted.values())


async def _assignments(engine: Driven, people: Sequence[UserId]) -> list[Assignment]:
    async with engine.use_cases.begin() as work:
        found = await work.assignments.of_users(people)
    return [one for each in found.values() for one in each if one.applied.run == 1]


async def test_where_both_variations_are_the_same_no_look_gives_a_confident_verdict(engine: Driven) -> None:
    rule, drawn = await started(engine, TWO), random.Random(11)  # noqa: S311
    for day in range(6):
        people = users(200, f"day-{day}")
        await expose(engine, rule, people)
        engine.clock.advance(HOUR)
        await buy(engine, [user_id for user_id in people if drawn.random() < 0.2])
        await engine.fold()
        results = await results_of(engine, rule)
        assert results.verdict in {Verdict.NOT_ENOUGH_DATA, Verdict.KEEP_RUNNING, Verdict.NO_DIFFERENCE}
        suggested = await engine.use_cases.suggest([rule.id])
        assert not [one for one in suggested if one.applicable]
        engine.clock.advance(DAY)


async def test_huge_and_negative_values_are_summed_exactly_and_never_conclude_anything(engine: Driven) -> None:
    spent = replace(SPENT, cap=None)
    rule = await started(engine, replace(TWO, goal=spent))
    people = users(40)
    await expose(engine, rule, people)
    engine.clock.advance(HOUR)
    values = [1e9, -1e9, 0.000001, -0.5]
    done = [
        replace(
            interaction(engine.now(), user_id=user_id, key=key("spent"), kind=InteractionKind.CONVERSION),
            value=values[number % 4],
        )
        for number, user_id in enumerate(people)
    ]
    await engine.track(*done)
    await engine.fold()
    await engine.engine.merger.merge()

    results = await results_of(engine, rule)

    assignments = {one.user_id: one.applied.variation for one in await _assignments(engine, people)}
    for variation in results.variations:
        mine = [Fraction(str(one.value)) for one in done if assignments[one.user_id] == variation.variation]
        assert variation.mean == pytest.approx(float(sum(mine) / len(mine)), rel=1e-12)
    assert results.verdict is Verdict.NOT_ENOUGH_DATA


async def test_whom_linking_would_have_moved_is_left_out_and_told_as_drift(engine: Driven) -> None:
    rule = await started(engine, TWO)
    variations = await expose(engine, rule, users(40))
    await engine.fold()
    bold, control = ([one for one, got in variations.items() if got == key] for key in (BOLD, CONTROL))
    nobody = await results_of(engine, rule)
    assert (nobody.drift, nobody.linked_users) == (None, 0)

    await engine.use_cases.link_users(bold[0], bold[1])
    await engine.use_cases.link_users(bold[2], control[0])
    await engine.fold()

    results = await results_of(engine, rule)
    assert (results.drift, results.linked_users) == (0.5, 2)
    assert results.exposed_users == 37  # of 40, one was the same as another, and one pair got both


async def test_whoever_has_a_page_open_when_it_starts_is_counted_whatever_they_got(
    engine: Driven, other_engine: Driven
) -> None:
    """The control shows nothing new: to count only who sees a difference would break the split."""
    rule = await engine.rule("trial", experiment=TWO)
    await other_engine.settled()
    people = users(80)
    processes = [(engine, other_engine)[number % 2] for number, _ in enumerate(people)]
    pages = [process.open_page(one) for process, one in zip(processes, people, strict=True)]
    before = [(await page.next()).config.revision for page in pages]
    for page in pages:
        page.read()

    begun = await engine.use_cases.start_experiment(rule.id, ADMIN)

    updates = [await page.next() for page in pages]
    assert all(update.config.revision != one for update, one in zip(updates, before, strict=True))
    for process in (engine, other_engine):
        await recorded(process)
    await engine.fold()
    drawn = {one: drawn_variation(begun, one) for one in people}
    assert {one.user_id: one.applied for one in await _assignments(engine, people)} == drawn
    results = await results_of(engine, begun)
    assert results.exposed_users == len(people)
    assert [one.users for one in results.variations] == [
        sum(one is not None and one.variation == key for one in drawn.values()) for key in (CONTROL, BOLD)
    ]
    assert not results.sample_ratio_mismatch


async def with_a_winner(engine: Driven, **parts: Any) -> Rule:
    """Bold wins, 40 % to 10 %, as everybody has had the time to see."""
    rule, drawn = await started(engine, replace(TWO, **parts)), random.Random(3)  # noqa: S311
    variations = await expose(engine, rule, users(800))
    engine.clock.advance(HOUR)
    rates = {CONTROL: 0.1, BOLD: 0.4}
    await buy(
        engine,
        [user_id for user_id, variation in variations.items() if drawn.random() < rates[VariationKey(variation)]],
    )
    await engine.fold()
    engine.clock.advance(4 * DAY)
    return rule


async def test_what_a_run_found_stays_what_it_was_counted_by_whatever_the_author_plans_since(engine: Driven) -> None:
    rule = await with_a_winner(engine)
    ended = await engine.use_cases.conclude_experiment(rule.id, BOLD, ADMIN)
    found = await results_of(engine, rule)
    people = users(3)
    late = users(1, "late")
    await expose(engine, rule, late)  # delivered just before, and recorded late

    variations = THREE.variations
    planned = replace(TWO, variations=variations, goal=replace(SPENT, kind=InteractionKind.CLICK, window_days=3))
    await engine.use_cases.update_rule(ended.id, ended.revision, replace(ended.content, experiment=planned), ADMIN)
    clicks = [interaction(engine.now(), user_id=one, key=key("click"), kind=InteractionKind.CLICK) for one in people]
    await engine.track(*clicks)
    await buy(engine, late)
    await engine.fold()

    after = await results_of(engine, rule)
    assert after.exposed_users == found.exposed_users + 1
    told = [{one.variation: (one.users, one.conversions) for one in each.variations} for each in (found, after)]
    assert sum(conversions for _, conversions in told[1].values()) == 1 + sum(each for _, each in told[0].values())
    assert (after.verdict, after.winner) == (Verdict.VARIATION_WINS, BOLD)


async def test_a_running_experiment_says_how_long_it_still_needs_and_nothing_where_nobody_can_know(
    engine: Driven,
) -> None:
    rule = await started(engine, TWO)
    (nobody,) = await engine.use_cases.results.plans([(rule, 0.1)])
    assert nobody.more_days is None
    assert nobody.absent == "fewer than 100 users of the control: nobody knows what is usual"
    variations = await expose(engine, rule, users(400))
    control = [one for one, got in variations.items() if got == CONTROL]
    await buy(engine, control[::5])
    await engine.fold()
    engine.clock.advance(4 * DAY)

    plans = await engine.use_cases.results.plans([(rule, lift) for lift in (0.1, 0.5, 2.0, 0.0)])

    planned = Plan(Sample.of_rate(len(control), len(control[::5])), Question(Outcome.RATE), (0.5, 0.5))
    for plan, lift in zip(plans[:3], (0.1, 0.5, 2.0), strict=True):
        assert plan.users_needed == planned.users_needed(lift)
        assert plan.more_days == planned.days_needed(lift, users_per_day=100, users_so_far=400)
    assert (plans[0].more_days or 0) > 100
    assert plans[2].more_days == 0  # there are enough for so large a difference
    assert plans[3].absent == "without a difference there is nothing to find"
    ended = await engine.use_cases.conclude_experiment(rule.id, BOLD, ADMIN)
    (over,) = await engine.use_cases.results.plans([(ended, 0.1)])
    assert over.absent == "the experiment does not run"


class TestSuggestions:
    async def test_a_winner_is_rolled_out_when_told_and_everybody_gets_it(self, engine: Driven) -> None:
        rule = await with_a_winner(engine)

        (told,) = (await engine.use_cases.optimize_rules(None, ADMIN, apply=False)).suggestions
        assert (told.kind, told.applicable) == (SuggestionKind.ROLL_OUT, True)
        assert (await current(engine, rule)).revision == rule.revision
        done = await engine.use_cases.optimize_rules([rule.id], ADMIN, apply=True)

        (applied,) = done.applied
        run = applied.rule.run
        assert (applied.rule.revision, applied.rule.updated_by) == (rule.revision + 1, ADMIN)
        assert run is not None
        assert (run.status, run.winner) == (ExperimentStatus.CONCLUDED, BOLD)
        config = await engine.config("somebody-new")
        assert [one.rule_id for one in config.decisions if one.slot == Slot("theme.mode")] == [rule.id]
        assert await engine.use_cases.suggest([rule.id]) == []

    async def test_what_was_carried_out_can_be_rolled_back_and_the_experiment_goes_on(self, engine: Driven) -> None:
        rule = await with_a_winner(engine)
        before = (await _assignments(engine, users(800)))[:50]
        (applied,) = (await engine.use_cases.optimize_rules(None, ADMIN, apply=True)).applied

        back = await engine.use_cases.roll_back_rule(rule.id, applied.rule.revision, rule.revision, ADMIN)

        assert back.run == rule.run
        for one in before:
            kept = (await engine.profile(one.user_id)).assignments[rule.id]
            assert (kept.run, kept.variation) == (1, one.applied.variation)
        assert (await results_of(engine, back)).verdict is Verdict.VARIATION_WINS

    async def test_rules_that_want_the_same_are_told_of_and_left_alone(self, engine: Driven) -> None:
        await engine.rule("night")
        await engine.rule("day", LIGHT)

        done = await engine.use_cases.optimize_rules(None, ADMIN, apply=True)

        assert SuggestionKind.FIX_CONFLICT in {one.kind for one in done.suggestions}
        assert done.applied == ()

    async def test_a_rule_that_is_not_active_suggests_nothing(self, engine: Driven) -> None:
        rule = await with_a_winner(engine)
        await engine.use_cases.set_rule_status(rule.id, rule.revision, RuleStatus.PAUSED, ADMIN)

        assert await engine.use_cases.suggest(None) == []


class TestBandits:
    async def test_a_bandit_gives_new_users_more_of_what_works_without_a_revision(
        self, engine: Driven, other_engine: Driven
    ) -> None:
        rule = await with_a_winner(engine, mode=ExperimentMode.BANDIT)

        assert await engine.engine.reallocator.reallocate() == 1

        changed = await current(engine, rule)
        assert changed.run is not None
        assert changed.revision == rule.revision
        assert changed.run.allocation[1] > 0.9
        assert sum(changed.run.allocation) == pytest.approx(1)
        await other_engine.settled()
        for process in (engine, other_engine):
            known = process.use_cases.rules.known.rule_set.rule(rule.id)
            assert known is not None
            assert known.rule.run == changed.run
        assert await engine.engine.reallocator.reallocate() == 0

    async def test_it_is_no_news_to_who_follows_rules_and_pushes_nothing_to_open_pages(
        self, engine: Driven, other_engine: Driven
    ) -> None:
        rule = await with_a_winner(engine, mode=ExperimentMode.BANDIT)
        people = (*users(3), UserId("somebody-new"))  # three that were assigned long ago, one only just now
        pages = [process.open_page(one) for process in (engine, other_engine) for one in people]
        for page in pages:
            await page.next()
            page.read()
        changes = [process.use_cases.feeds.rules.follow(lambda _: True) for process in (engine, other_engine)]

        assert await engine.engine.reallocator.reallocate() == 1

        for process in (engine, other_engine):
            await process.settled()
        paused = await engine.use_cases.set_rule_status(rule.id, rule.revision, RuleStatus.PAUSED, ADMIN)
        for each in changes:
            assert (await soon(anext(each))).revision == paused.revision  # the first that anybody was told
            await each.aclose()
        for page in pages:
            assert (await page.next()).config.decisions == ()  # nothing came before

    async def test_it_does_so_by_itself_every_so_often(self, engine: Driven) -> None:
        rule = await with_a_winner(engine, mode=ExperimentMode.BANDIT)
        known = engine.use_cases.rules.known.rule_set.revision
        servant = asyncio.create_task(engine.engine.reallocator.run(10 * MINUTE))

        await engine.bus.until(lambda news: isinstance(news, RuleReallocated) and news.rule_set_revision > known)

        servant.cancel()
        run = (await current(engine, rule)).run
        assert run is not None
        assert run.allocation[1] > 0.9

    async def test_who_is_assigned_later_is_logged_with_the_new_chance_and_nobody_moves(self, engine: Driven) -> None:
        rule = await with_a_winner(engine, mode=ExperimentMode.BANDIT)
        await engine.engine.reallocator.reallocate()
        changed = await current(engine, rule)
        assert changed.run is not None

        late = users(60, "late")
        for user_id in late:
            await deliver(engine, user_id)
        await recorded(engine)
        await engine.fold()

        chances = dict(zip((CONTROL, BOLD), changed.run.allocation, strict=True))
        for one in await _assignments(engine, late):
            assert one.applied.variation is not None
            assert one.applied.probability == pytest.approx(chances[one.applied.variation])
        before = {one.user_id: one.applied for one in await _assignments(engine, users(800))}
        assert {one.probability for one in before.values()} == {0.5}
        results = await results_of(engine, rule)
        assert results.exposed_users == 860
        assert not results.sample_ratio_mismatch
