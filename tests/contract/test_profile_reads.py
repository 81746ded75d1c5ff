"""Do reads outside units of work answer what the port `ProfileReads` promises, for one asker and for a crowd?"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from domain.model.profiles import Profile
from domain.model.users import PersonalizationChoice, UserId
from persistence.postgres.profile_reads import USERS_PER_STATEMENT, PostgresProfileReads
from tests.builders.profiles import profiles as any_profiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from domain.ports.profiles import ProfileReads
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

ADA, GRACE = UserId("ada"), UserId("grace")
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


async def save(begin: UnitsOfWork, *profiles: Profile) -> None:
    async with begin() as work:
        for profile in profiles:
            stored = await work.profiles.lock(profile.user_id)
            await work.profiles.save(replace(stored, profile=profile), None, 1)
        await work.commit()


async def in_a_unit_of_work(begin: UnitsOfWork, user_id: UserId) -> Profile | None:
    async with begin() as work:
        return (await work.profiles.of_users([user_id])).get(user_id)


class ProfileReadsContract:
    async def test_of_somebody_unknown_there_is_none(self, reads: ProfileReads) -> None:
        assert await reads.of_user(ADA) is None

    @settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(profile=any_profiles(NOW))
    async def test_a_profile_is_what_a_unit_of_work_reads(
        self, begin: UnitsOfWork, reads: ProfileReads, profile: Profile
    ) -> None:
        await save(begin, replace(profile, user_id=ADA))

        read = await reads.of_user(ADA)
        assert read is not None
        assert read == await in_a_unit_of_work(begin, ADA)

    async def test_what_is_committed_before_somebody_asks_is_read(
        self, begin: UnitsOfWork, reads: ProfileReads
    ) -> None:
        for revision in range(1, 5):
            await save(begin, Profile(ADA, revision=revision))
            read = await reads.of_user(ADA)
            assert read is not None
            assert read.revision == revision

    async def test_an_alias_has_what_its_user_chose(self, begin: UnitsOfWork, reads: ProfileReads) -> None:
        async with begin() as work:
            for user_id in (ADA, GRACE):
                await work.users.choose(user_id, PersonalizationChoice(changed_at=NOW))
            await work.links.join(GRACE, ADA, NOW, keep_interactions=True)
            await work.commit()

        alias = await reads.of_user(GRACE)
        assert alias == await in_a_unit_of_work(begin, GRACE)
        assert alias is not None
        assert alias.linked_to == ADA

    async def test_a_crowd_that_asks_at_once_is_answered_each_with_their_own(
        self, begin: UnitsOfWork, reads: ProfileReads
    ) -> None:
        crowd = [UserId(f"user-{n}") for n in range(2 * USERS_PER_STATEMENT + 7)]
        await save(begin, *(Profile(user_id, revision=1, traits={"is": user_id}) for user_id in crowd[::2]))

        read = await asyncio.gather(*(reads.of_user(user_id) for user_id in [*crowd, *crowd[:3]]))
        assert [None if one is None else one.traits["is"] for one in read[: len(crowd)]] == [
            user_id if n % 2 == 0 else None for n, user_id in enumerate(crowd)
        ]
        assert read[len(crowd) :] == read[:3]

    async def test_who_stops_waiting_harms_nobody_else(self, begin: UnitsOfWork, reads: ProfileReads) -> None:
        await save(begin, Profile(ADA, revision=1), Profile(GRACE, revision=2))
        for given_up in range(3):
            asked = [asyncio.ensure_future(reads.of_user(user_id)) for user_id in (ADA, GRACE, ADA)]
            await asyncio.sleep(0)  # they have begun
            asked[given_up].cancel()
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert isinstance(answers[given_up], asyncio.CancelledError)
            left = [answer.revision for answer in answers if isinstance(answer, Profile)]
            assert left == [revision for n, revision in enumerate((1, 2, 1)) if n != given_up]


class TestPostgresProfileReads(ProfileReadsContract):
    @pytest.fixture
    async def reads(self, engine: AsyncEngine, begin: UnitsOfWork) -> AsyncIterator[ProfileReads]:
        del begin  # empties the tables first
        reads = PostgresProfileReads(engine)
        yield reads
        await reads.aclose()
