"""Does every store of segments keep what the port `Segments` promises?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from domain.errors import Refused
from domain.model.pages import PageRequest
from domain.model.profiles import Profile
from domain.model.segments import SegmentKey, SegmentMembership
from domain.model.users import UserId
from domain.ports.profiles import StoredProfile
from tests.builders.rules import conditions
from tests.builders.segments import build_segment

if TYPE_CHECKING:
    from domain.model.conditions import Condition
    from domain.ports.units_of_work import UnitsOfWork


pytest_plugins = ("tests.integration.postgres.databases",)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
BUSY, IDLE = SegmentKey("busy"), SegmentKey("idle")
each_on_the_same_store = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


async def enrol(begin: UnitsOfWork, **confidences: float) -> None:
    """Users with a membership in BUSY of this confidence each."""
    async with begin() as work:
        for user_id, confidence in confidences.items():
            await work.profiles.lock(UserId(user_id))
            memberships = (SegmentMembership(BUSY, confidence, NOW), SegmentMembership(IDLE, 0.1, NOW))
            profile = Profile(UserId(user_id), revision=1, memberships=memberships)
            await work.profiles.save(StoredProfile(profile), None, 1)
        await work.commit()


class SegmentsContract:
    async def test_an_unknown_segment_is_none(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            assert await work.segments.get(BUSY) is None
            assert await work.segments.count() == 0

    async def test_saving_creates_and_replaces(self, begin: UnitsOfWork) -> None:
        redefined = build_segment(BUSY, name="Very busy", description="", revision=2)
        async with begin() as work:
            for segment in (build_segment(BUSY), build_segment(IDLE), redefined):
                await work.segments.save(segment)
                assert await work.segments.get(segment.key) == segment
            assert await work.segments.count() == 2

    @each_on_the_same_store
    @given(condition=conditions())
    async def test_any_condition_is_read_as_it_was_saved(self, begin: UnitsOfWork, condition: Condition) -> None:
        segment = build_segment(BUSY, condition=condition)
        async with begin() as work:
            await work.segments.save(segment)

            assert await work.segments.get(BUSY) == segment

    async def test_deleting_leaves_the_memberships_to_the_next_assessment(self, begin: UnitsOfWork) -> None:
        await enrol(begin, ada=0.9)
        async with begin() as work:
            await work.segments.save(build_segment(BUSY))

            assert await work.segments.delete(BUSY)
            assert not await work.segments.delete(BUSY)
            assert await work.segments.get(BUSY) is None
            profile = (await work.profiles.lock(UserId("ada"))).profile
            assert {m.segment for m in profile.memberships} == {BUSY, IDLE}

    async def test_a_built_in_segment_has_members_but_is_not_stored(self, begin: UnitsOfWork) -> None:
        await enrol(begin, ada=0.9)
        async with begin() as work:
            with pytest.raises(ValueError, match="no condition"):
                await work.segments.save(build_segment(BUSY, condition=None))
            assert await work.segments.sizes([BUSY]) == {BUSY: 1}

    async def test_only_those_who_count_as_in_are_counted_and_listed(self, begin: UnitsOfWork) -> None:
        await enrol(begin, ada=0.5, grace=0.49, hedy=1.0)

        async with begin() as work:
            assert await work.segments.sizes([BUSY, IDLE]) == {BUSY: 2, IDLE: 0}
            assert await work.segments.sizes([]) == {}
            members = await work.segments.members(BUSY, PageRequest())
        assert members.items == (
            (UserId("hedy"), SegmentMembership(BUSY, 1.0, NOW)),
            (UserId("ada"), SegmentMembership(BUSY, 0.5, NOW)),
        )

    async def test_members_are_paged_most_certain_first_then_by_id(self, begin: UnitsOfWork) -> None:
        await enrol(begin, e=0.7, d=1.0, c=0.7, b=1.0, a=0.1 + 0.5)

        async with begin() as work:
            page = await work.segments.members(BUSY, PageRequest(2))
            users = [user_id for user_id, _ in page.items]
            while page.has_next:
                page = await work.segments.members(BUSY, PageRequest(2, page.cursors[-1]))
                users.extend(user_id for user_id, _ in page.items)
        assert users == ["b", "d", "c", "e", "a"]

    async def test_pages_of_several_segments_come_in_their_order_each_like_its_own(self, begin: UnitsOfWork) -> None:
        await enrol(begin, a=0.7, b=1.0, c=0.7)
        keys = [IDLE, BUSY]

        async with begin() as work:
            first = await work.segments.members_of(keys, PageRequest(1))
            behind = PageRequest(2, first[1].cursors[0])
            assert list(first) == [await work.segments.members(key, PageRequest(1)) for key in keys]
            assert list(await work.segments.members_of(keys, behind)) == [
                await work.segments.members(key, behind) for key in keys
            ]
            assert list(await work.segments.members_of([], PageRequest(1))) == []

    async def test_a_cursor_that_is_not_one_is_refused(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            with pytest.raises(Refused, match="cursor"):
                await work.segments.members(BUSY, PageRequest(2, "AAAA"))


class TestPostgresSegments(SegmentsContract):
    pass
