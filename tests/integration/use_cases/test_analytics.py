"""Are the figures of everybody and of a segment what the log says, before and after everything is summed afresh?"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.wiring import rebuilding, training_adapters
from domain.model.analytics import Activity, Reach
from domain.model.conditions import TraitsMatch
from domain.model.interactions import InteractionKind
from domain.model.profiles import Preferences
from domain.model.rule_performance import Period
from domain.model.users import UserId
from domain.rules.instants import DAY_US, microseconds
from domain.use_cases.profiles import PreferencesChange
from tests.builders.interactions import DAY, MINUTE, interaction
from tests.builders.segments import build_segment
from tests.integration.use_cases.driving import ADMIN, key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.model.interactions import Interaction
    from tests.integration.use_cases.driving import Driven

NO_PREFERENCES = PreferencesChange(Preferences(), frozenset())
EVERYBODY, PRO = "", "pro"
SEGMENTS = (EVERYBODY, PRO)
SESSION_GAP = timedelta(minutes=30)
KINDS = (InteractionKind.FEATURE_USE, InteractionKind.FEATURE_USE, InteractionKind.CONVERSION, InteractionKind.CLICK)


@dataclass(slots=True)
class Life:
    """A seeded population that does things in disorder, late, and some twice; a third of it is in a segment."""

    engine: Driven
    drawn: random.Random
    log: dict[UserId, list[Interaction]] = field(default_factory=dict)

    def people(self, segment: str) -> list[UserId]:
        return [user_id for number, user_id in enumerate(self.log) if segment == EVERYBODY or number % 3 == 0]

    async def begins(self, users: int) -> None:
        pros = build_segment(PRO, condition=TraitsMatch({"plan": "pro"}))
        await self.engine.use_cases.save_segment(pros, ADMIN)
        self.log = {UserId(f"user-{number}"): [] for number in range(users)}
        for user_id in self.people(PRO):
            await self.engine.use_cases.update_profile(user_id, {"plan": "pro"}, NO_PREFERENCES)
        await self.engine.fold()

    async def goes_on(self, days: int) -> None:
        for number in range(days):
            self.engine.clock.advance(DAY)
            for user_id in self.drawn.sample(list(self.log), len(self.log) // 4):
                done = [self._thing(user_id) for _ in range(self.drawn.randrange(1, 5))]
                self.log[user_id] += done
                await self.engine.track(*done, *done[: self.drawn.randrange(2)])
            await self.engine.fold()
            if number % 3 == 0:
                await self.engine.engine.merger.merge()

    def _thing(self, user_id: UserId) -> Interaction:
        drawn = self.drawn
        at = self.engine.now() - drawn.choice((0, 0, 0, 1, 20, 45)) * DAY - drawn.randrange(600) * MINUTE
        kind = drawn.choice(KINDS)
        return interaction(
            at,
            user_id=user_id,
            key=key(drawn.random()),
            kind=kind,
            target=drawn.choice(("export", "import", "share")) if kind is InteractionKind.FEATURE_USE else None,
            value=drawn.choice((9.5, -1.25, None)) if kind is InteractionKind.CONVERSION else None,
        )


def day_of(done: Interaction) -> int:
    return microseconds(done.occurred_at) // DAY_US


def sessions_begun(log: Sequence[Interaction], days: range) -> int:
    instants = sorted(one.occurred_at for one in log)
    earlier = [None, *instants]
    begun = [at for before, at in zip(earlier, instants, strict=False) if not before or at - before > SESSION_GAP]
    return sum(microseconds(at) // DAY_US in days for at in begun)


def told_by_the_log(life: Life, segment: str, days: range) -> tuple[Activity, Reach, dict[str, float]]:
    """Straight from what each user did: added up, different users, and the features' parts."""
    lives = [life.log[user_id] for user_id in life.people(segment)]
    within = [[one for one in log if day_of(one) in days] for log in lives]
    everything = [one for log in within for one in log]
    bought = [one for one in everything if one.kind is InteractionKind.CONVERSION]
    activity = Activity(
        users=sum(len({day_of(one) for one in log}) for log in within),
        interactions=len(everything),
        conversions=len(bought),
        value_micros=sum(round((one.value or 0) * 1_000_000) for one in everything),
        sessions=sum(sessions_begun(log, days) for log in lives),
        converters=len({(one.user_id, day_of(one)) for one in bought}),
    )
    reach = Reach(sum(map(bool, within)), len({one.user_id for one in bought}))
    uses = Counter(one.target for one in everything if one.kind is InteractionKind.FEATURE_USE)
    return activity, reach, {str(name): count / uses.total() for name, count in uses.items()}


async def figures(engine: Driven, period: Period) -> Mapping[str, tuple[Activity, Reach, dict[str, float]]]:
    read = engine.use_cases.read_analytics
    totals, reaches = await read.totals(period, SEGMENTS), await read.reaches(period, SEGMENTS)
    uses, by_day = await read.uses(period, SEGMENTS), await read.activity(period, SEGMENTS)
    for segment, days in by_day.items():
        assert totals[segment] == Activity(*map(sum, zip(*days.values(), strict=True)))
    return {
        segment: (
            totals.get(segment, Activity()),
            reaches.get(segment, Reach()),
            {one.feature: one.share for one in uses.get(segment, ())},
        )
        for segment in SEGMENTS
    }


async def test_figures_are_what_the_log_says_of_any_period_and_stay_so_when_summed_afresh(engine: Driven) -> None:
    first = microseconds(engine.now()) // DAY_US - 45
    life = Life(engine, random.Random(5))  # noqa: S311
    await life.begins(24)
    await life.goes_on(40)
    last = microseconds(engine.now()) // DAY_US
    await engine.use_cases.erase_user(UserId("user-3"))
    await engine.use_cases.set_personalization(UserId("user-4"), enabled=False, use_of_models=False)
    life.log |= {UserId("user-3"): [], UserId("user-4"): []}
    periods = [Period(a, b) for a, b in ((first, last + 1), (last - 40, last - 3), (last - 29, last + 1), (last, last))]
    periods += [Period(day, day + length) for day in range(first, last, 17) for length in (1, 16, 33)]

    before = {period: await figures(engine, period) for period in periods}

    for period, found in before.items():
        for segment, (activity, reach, shares) in found.items():
            expected = told_by_the_log(life, segment, range(*period))
            assert (activity, reach) == expected[:2], (period, segment)
            assert shares == pytest.approx(expected[2])
    sizes = await engine.use_cases.read_analytics.sizes(Period(last, last + 1), [PRO])
    assert sizes == {PRO: {last: len(life.people(PRO)) - 1}}  # without the one who was erased
    async with training_adapters(engine.settings) as parts:
        assert await rebuilding(parts)() == {}
    assert {period: await figures(engine, period) for period in periods} == before
