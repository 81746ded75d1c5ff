"""Is every active user shown once, with a profile that answers what it was read for?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.model import conditions as cond
from domain.model.assignments import StickyVariation
from domain.model.interactions import Device, InteractionKind
from domain.model.profiles import History, Profile, SessionSpan
from domain.model.ranges import Range
from domain.model.rules import RuleChangeKind, RuleId
from domain.model.segments import SegmentKey
from domain.model.users import PersonalizationChoice, UserId
from domain.ports.populations import ACTIVE_WITHIN
from domain.rules.buckets import BucketRange
from domain.rules.conditions import compile_condition
from domain.rules.instants import DAY_US, microseconds
from domain.rules.previews.reads import NOTHING, Reads, all_of, reads_of
from domain.rules.situations import Situation
from persistence.postgres.excerpts import MAX_PICKED
from tests.builders.assignments import CONTROL, build_application, build_applied
from tests.builders.profiles import build_context, build_profile, contexts
from tests.builders.profiles import profiles as any_profiles
from tests.builders.rules import build_rule, conditions
from tests.contract.test_profiles import FULL, save

if TYPE_CHECKING:
    from domain.model.conditions import Condition
    from domain.model.contexts import Context
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EVERYBODY = BucketRange(0, 1)
each_on_the_same_store = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


async def active(
    begin: UnitsOfWork,
    reads: Reads = NOTHING,
    share: BucketRange = EVERYBODY,
    now: datetime = NOW,
    of: cond.InSegment | None = None,
) -> dict[UserId, Profile]:
    async with begin() as work:
        found = [profile async for batch in work.populations.active(now, share, reads, of) for profile in batch]
    by_id = {profile.user_id: profile for profile in found}
    assert len(by_id) == len(found)
    return by_id


async def size(begin: UnitsOfWork, now: datetime = NOW) -> int:
    async with begin() as work:
        return await work.populations.size(now)


def seen(user_id: str, at: datetime) -> Profile:
    return build_profile(user_id, history=History(last_seen_us=microseconds(at)))


class PopulationsContract:
    async def test_nobody_is_active_at_first(self, begin: UnitsOfWork) -> None:
        assert await active(begin) == {}
        assert await size(begin) == 0

    async def test_who_was_seen_thirty_days_ago_or_later_is_active(self, begin: UnitsOfWork) -> None:
        since = NOW - ACTIVE_WITHIN
        for profile in (seen("then", since), seen("before", since - MICROSECOND), seen("now", NOW)):
            await save(begin, profile)
        await save(begin, build_profile("never seen", traits={"plan": "pro"}))

        assert set(await active(begin)) == {"then", "now"}
        assert await size(begin) == 2

    async def test_who_opted_out_is_not_shown(self, begin: UnitsOfWork) -> None:
        for name in ("in", "out"):
            await save(begin, seen(name, NOW))
        async with begin() as work:
            await work.users.choose(UserId("out"), PersonalizationChoice(enabled=False))
            await work.commit()

        assert set(await active(begin)) == {"in"}
        assert await size(begin) == 1

    async def test_shares_divide_the_users_among_themselves_always_alike(self, begin: UnitsOfWork) -> None:
        names = {f"user-{number}" for number in range(300)}
        for name in names:
            await save(begin, seen(name, NOW))

        parts = [await active(begin, share=BucketRange(n / 3, (n + 1) / 3)) for n in range(3)]
        assert sum(map(len, parts)) == len(names)
        assert {name for part in parts for name in part} == names
        assert min(map(len, parts)) > 60
        assert set(await active(begin, share=BucketRange(0, 1 / 3))) == set(parts[0])

    async def test_what_is_not_read_need_not_be_there_but_user_skill_and_preferences_are(
        self, begin: UnitsOfWork
    ) -> None:
        await save(begin, FULL)

        (found,) = (await active(begin)).values()
        kept = (found.user_id, found.skill, found.preferences, found.choice.enabled)
        assert kept == (FULL.user_id, FULL.skill, FULL.preferences, True)
        assert found.is_known

    async def test_devices_and_sections_are_there_when_they_are_read(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL)

        (found,) = (await active(begin, Reads(devices=True, sections=True))).values()
        assert found.history.devices == {Device.MOBILE: 5}
        assert found.history.sections == {"home": 2}

    async def test_what_was_assigned_in_the_latest_run_is_there_for_the_rules_that_are_read(
        self, begin: UnitsOfWork
    ) -> None:
        await save(begin, FULL)
        async with begin() as work:
            for rule_id in ("r1", "r2"):
                await work.rules.add(build_rule(rule_id), RuleChangeKind.CREATED)
            given = [build_applied("r1", 1), build_applied("r1", 2, "control", probability=0.2), build_applied("r2")]
            await work.assignments.record([build_application(FULL.user_id, one) for one in given])
            await work.commit()

        (found,) = (await active(begin, Reads(assigned=frozenset({RuleId("r1")})))).values()
        assert found.assignments == {"r1": StickyVariation(2, CONTROL, 0.2)}
        (nothing,) = (await active(begin, Reads(devices=True))).values()
        assert nothing.assignments == {}

    @each_on_the_same_store
    @given(
        profile=any_profiles(NOW),
        wanted=st.lists(conditions(), min_size=1, max_size=4),
        context=contexts(),
        share=st.floats(0, 1),
    )
    async def test_what_is_read_answers_as_the_whole_profile_does(
        self, begin: UnitsOfWork, profile: Profile, wanted: list[Condition], context: Context, share: float
    ) -> None:
        last_seen_us = microseconds(NOW) - int(share * 30 * DAY_US)
        whole = replace(
            profile,
            history=replace(profile.history, last_seen_us=last_seen_us),
            choice=PersonalizationChoice(),
            revision=1,
        )
        await save(begin, whole)

        read = (await active(begin, all_of(map(reads_of, wanted))))[whole.user_id]
        for condition in wanted:
            predicate = compile_condition(condition)
            answers = [predicate.holds(Situation(known, context, NOW)) for known in (read, whole)]
            assert answers[0] is answers[1], condition

    async def test_so_do_more_features_and_targets_than_are_picked_one_by_one(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL)
        many = [f"f{number}" for number in range(MAX_PICKED)]
        wanted: list[Condition] = [
            *(cond.FeatureUsed(name, Range(gte=1)) for name in ("export", *many)),
            cond.FeatureUsed("export", Range(eq=3), Range(gte=1)),
            *(cond.Did(InteractionKind.CLICK, Range(gte=1), 90, name) for name in ("save", *many)),
        ]

        (read,) = (await active(begin, all_of(map(reads_of, wanted)))).values()
        situations = [Situation(known, build_context(), NOW) for known in (read, FULL)]
        for condition in wanted:
            assert len({compile_condition(condition).holds(situation) for situation in situations}) == 1

    async def test_so_do_interactions_on_one_target_and_on_any_together(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL)
        wanted: list[Condition] = [
            cond.Did(InteractionKind.CLICK, Range(gte=1), 90),
            cond.Did(InteractionKind.CLICK, Range(gte=1), 90, "save"),
            cond.Did(InteractionKind.CLICK, Range(gte=1), 90, "nowhere"),
            cond.Did(InteractionKind.SEARCH, Range(gte=1), 90, "save"),
        ]

        (read,) = (await active(begin, all_of(map(reads_of, wanted)))).values()
        situations = [Situation(known, build_context(), NOW) for known in (read, FULL)]
        for condition in wanted:
            assert len({compile_condition(condition).holds(situation) for situation in situations}) == 1

    async def test_outside_of_given_segments_nothing_of_a_history_is_shown(self, begin: UnitsOfWork) -> None:
        (of,) = FULL.memberships[:1]
        await save(begin, FULL)
        asked = {
            cond.InSegment((of.segment,), of.confidence): True,
            cond.InSegment((SegmentKey("elsewhere"), of.segment), 0): True,
            cond.InSegment((of.segment,), of.confidence + 0.001): False,
            cond.InSegment((SegmentKey("elsewhere"),), 0): False,
        }
        everything = Reads(
            numbers=frozenset({"interactions", "conversions", "value_micros", "first_seen_us", "last_seen_us"})
            | {"sessions", "days"},
            uses=frozenset({"export"}),
            recent=frozenset({(InteractionKind.CLICK, "save"), (InteractionKind.PAGE_VIEW, None)}),
            segments=frozenset({of.segment}),
            sessions=True,
            traits=True,
            devices=True,
            sections=True,
        )
        for members, is_shown in asked.items():
            (found,) = (await active(begin, everything, of=members)).values()
            history = found.history
            assert bool(history.interactions and history.features and history.devices) is is_shown
            assert bool(history.sections and history.older_days and history.first_seen_us) is is_shown
            assert found.traits == FULL.traits
            assert found.confidence_in(of.segment) == of.confidence

    async def test_sessions_in_all_and_lately_are_told_together(self, begin: UnitsOfWork) -> None:
        starts = [microseconds(NOW) - days * DAY_US for days in (80, 31, 30, 29, 7, 6)]
        history = History(
            last_seen_us=microseconds(NOW), older_sessions=4, sessions=tuple(SessionSpan(us, us + 1) for us in starts)
        )
        await save(begin, build_profile("ada", history=history))
        measures = {
            cond.ActivityMeasure.SESSIONS: 10,
            cond.ActivityMeasure.SESSIONS_30D: 3,
            cond.ActivityMeasure.SESSIONS_7D: 1,
        }
        wanted = [cond.ActivityWithin(measure, Range(eq=number)) for measure, number in measures.items()]

        (read,) = (await active(begin, all_of(map(reads_of, wanted)))).values()
        assert all(compile_condition(c).holds(Situation(read, build_context(), NOW)) for c in wanted)


class TestPostgresPopulations(PopulationsContract):
    pass
