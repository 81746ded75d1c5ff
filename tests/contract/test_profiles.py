"""Does every store of profiles keep what the port `Profiles` promises?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from domain.errors import Refused
from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.interactions import Device, InteractionKey, InteractionKind
from domain.model.pages import PageRequest
from domain.model.profiles import FeatureHistory, History, Preferences, Profile, SessionSpan, TagHistory
from domain.model.ranges import Range
from domain.model.segments import MembershipSource, SegmentKey, SegmentMembership
from domain.model.skills import SkillLevel
from domain.model.users import PersonalizationChoice, UserId
from domain.ports.profiles import AssessedProfile, Gone, ScoredSignals, StoredProfile, UserFilter
from tests.builders.insights import COMPUTED_AT, HABITS, build_churn, build_insights
from tests.builders.interactions import interaction
from tests.builders.profiles import profiles as any_profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

ADA, GRACE, HEDY = UserId("ada"), UserId("grace"), UserId("hedy")
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVERYBODY = UserFilter()
POWER, NEW = SegmentKey("power_user"), SegmentKey("new_user")
FULL = Profile(
    user_id=ADA,
    revision=7,
    history=History(
        interactions=12,
        conversions=1,
        value_micros=-5_000_001,
        first_seen_us=1_700_000_000_000_000,
        last_seen_us=1_772_625_600_123_456,
        older_sessions=3,
        sessions=(SessionSpan(1, 2), SessionSpan(5, 9)),
        older_days=4,
        days=(20_000, 20_001),
        features={"export": FeatureHistory(3, 1, 2)},
        sections={"home": 2},
        tags={"news": TagHistory(4, 1)},
        devices={Device.MOBILE: 5},
        week=(*range(168),),
        recent={InteractionKind.CLICK: {"": (1, 2), "save": (3,)}},
    ),
    traits={"plan": "pro", "seats": [1, 2.5, None, {"ö": False}]},
    preferences=Preferences(ThemeMode.DARK, LayoutDensity.COMPACT, SkillLevel.ADVANCED),
    memberships=(
        SegmentMembership(POWER, 0.9, NOW),
        SegmentMembership(NEW, 0.1 + 0.2, NOW - MINUTE, MembershipSource.MODEL),
    ),
    skill=SkillLevel.INTERMEDIATE,
    computed_at=NOW,
    insights=build_insights(),
)
each_on_the_same_store = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


async def track(begin: UnitsOfWork, *user_ids: UserId, at: datetime = NOW, key: str = "key") -> None:
    """Something new of every user: they are marked for folding."""
    async with begin() as work:
        done = [interaction(user_id=user_id, key=InteractionKey(key)) for user_id in user_ids]
        await work.interactions.add(done, at)
        await work.commit()


async def save(
    begin: UnitsOfWork, profile: Profile, *, due_at: datetime | None = None, segments_revision: int = 1, **parts: Any
) -> None:
    async with begin() as work:
        stored = await work.profiles.lock(profile.user_id)
        saved = replace(stored, **{"profile": profile, "scored_by": 1, **parts})
        await work.profiles.save(saved, due_at, segments_revision)
        await work.commit()


async def stored(begin: UnitsOfWork, *user_ids: UserId) -> dict[UserId, Profile]:
    async with begin() as work:
        return dict(await work.profiles.of_users(user_ids))


async def claim(work: UnitOfWork, limit: int = 10) -> Sequence[StoredProfile]:
    return await work.profiles.claim(limit, NOW, segments_revision=1, models_revision=1)


async def waiting(begin: UnitsOfWork) -> list[UserId]:
    """Whom a worker would claim now, in order."""
    async with begin() as work:
        return [claimed.profile.user_id for claimed in await claim(work)]


def seen(user_id: str, at: datetime | None = NOW, **parts: Any) -> Profile:
    """A known profile of a user last seen then."""
    last_seen_us = None if at is None else round(at.timestamp() * 1_000_000)
    return Profile(UserId(user_id), revision=1, history=History(last_seen_us=last_seen_us), **parts)


class ProfilesContract:
    async def test_who_must_exist_does_not_come_into_being(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            with pytest.raises(Gone):
                await work.profiles.lock(ADA, must_exist=True)
            await work.profiles.lock(GRACE)
            assert (await work.profiles.lock(GRACE, must_exist=True)).profile.user_id == GRACE
            await work.commit()

        assert set(await stored(begin, ADA, GRACE)) == {GRACE}

    async def test_users_who_never_came_are_missing(self, begin: UnitsOfWork) -> None:
        assert await stored(begin, ADA) == {}
        assert await stored(begin) == {}

    async def test_everything_in_a_profile_is_kept(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL)

        assert await stored(begin, ADA, GRACE) == {ADA: FULL}

    @each_on_the_same_store
    @given(profile=any_profiles(NOW))
    async def test_any_profile_is_read_as_it_was_saved(self, begin: UnitsOfWork, profile: Profile) -> None:
        profile = replace(profile, assignments={})  # those are recorded, never saved
        surest_first = sorted(profile.memberships, key=lambda m: (-m.confidence, m.segment))
        assessed = replace(profile, memberships=tuple(surest_first), choice=PersonalizationChoice())
        await save(begin, assessed)

        assert await stored(begin, assessed.user_id) == {assessed.user_id: assessed}

    async def test_saving_replaces_memberships(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL)
        kept = SegmentMembership(POWER, 0.7, NOW + MINUTE)
        await save(begin, replace(FULL, revision=8, memberships=(kept,)))

        assert (await stored(begin, ADA))[ADA].memberships == (kept,)

    async def test_profiles_saved_together_are_each_as_if_saved_alone(self, begin: UnitsOfWork) -> None:
        await save(begin, replace(FULL, memberships=FULL.memberships[:1]))
        await track(begin, GRACE)
        member = SegmentMembership(NEW, 0.6, NOW)
        expected = {
            ADA: replace(FULL, revision=8),
            GRACE: replace(FULL, user_id=GRACE, revision=1, memberships=(member,), traits={}),
            HEDY: seen(HEDY, None),
        }

        async with begin() as work:
            locked = [await work.profiles.lock(user_id) for user_id in expected]
            saved = [replace(s, profile=expected[s.profile.user_id], folded_through=41) for s in locked]
            await work.profiles.save_all(
                [
                    AssessedProfile(replace(saved[0], scored_by=1), NOW + MINUTE, 1),
                    AssessedProfile(replace(saved[1], scored_by=1), None, 1),
                    AssessedProfile(replace(saved[2], scored_by=1), NOW, 1),
                ]
            )
            await work.commit()

        assert await stored(begin, *expected) == expected
        assert await waiting(begin) == [HEDY]
        async with begin() as work:
            assert [(await work.profiles.lock(user_id)).folded_through for user_id in expected] == [41, 41, 41]

    async def test_saving_nothing_changes_nothing(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL)

        async with begin() as work:
            await work.profiles.save_all([])
            await work.commit()
        assert await stored(begin, ADA) == {ADA: FULL}

    async def test_what_is_saved_last_in_a_unit_of_work_is_kept_memberships_too(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL)

        async with begin() as work:
            locked = await work.profiles.lock(ADA)
            await work.profiles.save(replace(locked, profile=replace(FULL, memberships=())), None, 1)
            await work.profiles.save(replace(locked, profile=FULL), None, 1)
            await work.commit()
        assert await stored(begin, ADA) == {ADA: FULL}

    async def test_the_choice_is_read_with_the_profile_but_never_written_with_it(self, begin: UnitsOfWork) -> None:
        choice = PersonalizationChoice(enabled=True, use_of_models=False, changed_at=NOW)
        async with begin() as work:
            await work.users.choose(ADA, choice)
            await work.commit()
        await save(begin, FULL)

        assert await stored(begin, ADA) == {ADA: replace(FULL, choice=choice)}

    async def test_locking_a_new_user_makes_an_unknown_profile(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            assert await work.profiles.lock(ADA) == StoredProfile(Profile(ADA))
            await work.commit()

        assert await stored(begin, ADA) == {ADA: Profile(ADA)}
        async with begin() as work:
            assert await work.profiles.revisions([ADA]) == {}

    async def test_locking_again_in_the_same_unit_of_work_is_allowed(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            assert await work.profiles.lock(ADA) == await work.profiles.lock(ADA)

    async def test_revisions_are_answered_for_known_profiles(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL)

        async with begin() as work:
            assert await work.profiles.revisions([ADA, GRACE]) == {ADA: 7}
            assert await work.profiles.revisions([]) == {}

    async def test_nobody_waits_for_folding_at_first(self, begin: UnitsOfWork) -> None:
        assert await waiting(begin) == []

    async def test_the_longest_marked_is_claimed_first_and_a_later_mark_does_not_lose_the_place(
        self, begin: UnitsOfWork
    ) -> None:
        await track(begin, GRACE, at=NOW - 3 * MINUTE)
        await track(begin, ADA, at=NOW - 2 * MINUTE)
        await track(begin, GRACE, at=NOW - MINUTE, key="another")

        assert await waiting(begin) == [GRACE, ADA]

    async def test_no_more_than_the_limit_are_claimed(self, begin: UnitsOfWork) -> None:
        await track(begin, ADA, GRACE, HEDY)

        async with begin() as work:
            assert len(await claim(work, limit=2)) == 2

    async def test_due_profiles_are_claimed_after_marked_ones_and_outdated_ones_last(self, begin: UnitsOfWork) -> None:
        await save(begin, seen("outdated"), segments_revision=0)
        await save(begin, seen("due"), due_at=NOW)
        await save(begin, seen("later"), due_at=NOW + MINUTE)
        await save(begin, seen("done"))
        await track(begin, ADA)

        assert await waiting(begin) == [ADA, "due", "outdated"]

    async def test_a_profile_waiting_for_several_reasons_is_claimed_once(self, begin: UnitsOfWork) -> None:
        await save(begin, seen(ADA), due_at=NOW, segments_revision=0)
        await track(begin, ADA)

        assert await waiting(begin) == [ADA]

    async def test_saving_with_the_mark_that_was_seen_ends_the_waiting(self, begin: UnitsOfWork) -> None:
        await track(begin, ADA)
        async with begin() as work:
            (claimed,) = await claim(work)
            await work.profiles.save(claimed, None, 1)
            await work.commit()

        assert claimed.mark is not None
        assert await waiting(begin) == []

    async def test_saving_without_a_mark_leaves_the_mark(self, begin: UnitsOfWork) -> None:
        await track(begin, ADA)
        async with begin() as work:
            locked = await work.profiles.lock(ADA)
            await work.profiles.save(replace(locked, mark=None), None, 1)
            await work.commit()

        assert await waiting(begin) == [ADA]

    async def test_a_mark_made_since_the_claim_stays(self, begin: UnitsOfWork) -> None:
        await track(begin, ADA)
        async with begin() as work:
            (claimed,) = await claim(work)
            await track(begin, ADA, key="meanwhile")
            await work.profiles.save(claimed, None, 1)
            await work.commit()

        assert await waiting(begin) == [ADA]

    async def test_an_abandoned_claim_is_claimed_again(self, begin: UnitsOfWork) -> None:
        await track(begin, ADA)
        async with begin() as work:
            (claimed,) = await claim(work)
            await work.profiles.save(replace(claimed, profile=replace(claimed.profile, revision=1)), None, 1)

        async with begin() as work:
            assert await claim(work) == [claimed]

    async def test_how_far_the_history_reaches_is_kept(self, begin: UnitsOfWork) -> None:
        await track(begin, ADA)
        async with begin() as work:
            (claimed,) = await claim(work)
            await work.profiles.save(replace(claimed, folded_through=41), None, 1)
            await work.commit()

        async with begin() as work:
            assert (await work.profiles.lock(ADA)).folded_through == 41

    async def test_a_claimed_profile_is_not_claimed_by_another_unit_of_work(self, begin: UnitsOfWork) -> None:
        await track(begin, ADA, GRACE)

        async with begin() as one, begin() as other:
            first = await claim(one, limit=1)
            assert {c.profile.user_id for c in (*first, *await claim(other))} == {ADA, GRACE}
            assert await claim(other) != first

    async def test_what_only_models_read_is_kept_for_whoever_writes_the_profile(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL, habits=HABITS, signals=b"\x00\xff", scored_by=7, folded_through=3)

        async with begin() as work:
            locked = await work.profiles.lock(ADA)
        assert (locked.habits, locked.signals, locked.scored_by) == (HABITS, b"\x00\xff", 7)

    async def test_habits_that_were_not_folded_anew_stay_as_they_are(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL, habits=HABITS, folded_through=3)
        await save(begin, replace(FULL, revision=8))

        async with begin() as work:
            assert (await work.profiles.lock(ADA)).habits == HABITS

    async def test_habits_are_unknown_where_a_history_was_folded_without_them(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL, habits=None, folded_through=3)

        async with begin() as work:
            assert (await work.profiles.lock(ADA)).habits is None

    async def test_profiles_scored_by_older_models_are_claimed_last(self, begin: UnitsOfWork) -> None:
        await save(begin, seen("scored"))
        await save(begin, seen("unscored"), scored_by=0)
        await save(begin, seen("outdated"), segments_revision=0)

        assert await waiting(begin) == ["outdated", "unscored"]

    async def test_the_signals_behind_insights_are_told_with_their_instant(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL, signals=b"row")
        await save(begin, seen(GRACE))

        async with begin() as work:
            assert await work.profiles.signals_of([ADA, GRACE, HEDY]) == {ADA: ScoredSignals(COMPUTED_AT, b"row")}
            assert await work.profiles.signals_of([]) == {}

    async def test_saving_without_insights_removes_them(self, begin: UnitsOfWork) -> None:
        await save(begin, FULL, signals=b"row")
        await save(begin, replace(FULL, insights=None), signals=b"")

        assert (await stored(begin, ADA))[ADA].insights is None
        async with begin() as work:
            assert await work.profiles.signals_of([ADA]) == {}
            assert (await work.profiles.page(UserFilter(churn_risk=Range(gte=0)), PageRequest())).items == ()

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (Range(gte=0.5), ["c", "b"]),
            (Range(gt=0.5), ["c"]),
            (Range(lte=0.5), ["b", "a"]),
            (Range(lt=0.5), ["a"]),
            (Range(eq=0.5), ["b"]),
            (Range(gte=0.1, lt=0.9), ["b"]),
        ],
    )
    async def test_users_are_filtered_by_churn_risk(self, begin: UnitsOfWork, wanted: Range, found: list[str]) -> None:
        for minutes, (user_id, risk) in enumerate({"a": 0.0, "b": 0.5, "c": 1.0}.items()):
            at_risk = build_insights(churn=build_churn(risk))
            await save(begin, seen(user_id, NOW + minutes * MINUTE, insights=at_risk))
        await save(begin, seen("unknown risk", insights=build_insights(churn=None)))
        await save(begin, seen("no insights"))

        async with begin() as work:
            assert list((await work.profiles.page(UserFilter(churn_risk=wanted), PageRequest())).items) == found

    async def test_who_opted_out_is_not_claimed_for_any_reason(self, begin: UnitsOfWork) -> None:
        await track(begin, ADA)
        await save(begin, seen(GRACE), due_at=NOW)
        await save(begin, seen(HEDY), segments_revision=0)
        async with begin() as work:
            for user_id in (ADA, GRACE, HEDY):
                await work.users.choose(user_id, PersonalizationChoice(enabled=False))
            await work.commit()

        assert await waiting(begin) == []

    async def test_users_are_listed_latest_seen_first_and_those_never_seen_last(self, begin: UnitsOfWork) -> None:
        for profile in (seen("b", None), seen("d"), seen("c"), seen("a", None), seen("e", NOW + MINUTE)):
            await save(begin, profile)
        await track(begin, UserId("unknown"))

        async with begin() as work:
            assert (await work.profiles.page(EVERYBODY, PageRequest())).items == ("e", "c", "d", "a", "b")

    async def test_pages_of_users_together_hold_everybody_once(self, begin: UnitsOfWork) -> None:
        for profile in (seen("b", None), seen("d"), seen("c"), seen("a", None), seen("e", NOW + MINUTE)):
            await save(begin, profile)

        async with begin() as work:
            page = await work.profiles.page(EVERYBODY, PageRequest(1))
            users = [*page.items]
            while page.has_next:
                page = await work.profiles.page(EVERYBODY, PageRequest(1, page.cursors[-1]))
                users.extend(page.items)
        assert users == ["e", "c", "d", "a", "b"]

    async def test_users_are_filtered_by_segment_and_by_when_they_were_seen(self, begin: UnitsOfWork) -> None:
        member = (SegmentMembership(POWER, 0.5, NOW),)
        nearly = (SegmentMembership(POWER, 0.49, NOW),)
        await save(begin, seen("in", memberships=member))
        await save(begin, seen("out", memberships=nearly))
        await save(begin, seen("gone", NOW - MINUTE, memberships=member))

        async with begin() as work:
            in_segment = await work.profiles.page(UserFilter(segment=POWER), PageRequest())
            recent = await work.profiles.page(UserFilter(seen_since=NOW), PageRequest())
            both = await work.profiles.page(UserFilter(POWER, NOW), PageRequest())
        assert (in_segment.items, recent.items, both.items) == (("in", "gone"), ("in", "out"), ("in",))

    async def test_a_cursor_that_is_not_one_is_refused(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            with pytest.raises(Refused, match="cursor"):
                await work.profiles.page(EVERYBODY, PageRequest(1, "WyJ1c2VycyIsIngiLCJ5Il0"))


class TestPostgresProfiles(ProfilesContract):
    pass
