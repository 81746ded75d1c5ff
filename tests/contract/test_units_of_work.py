"""Do units of work keep what the port `UnitsOfWork` promises?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.errors import Refused
from domain.model.segments import SegmentKey
from domain.model.users import UserId
from tests.builders.segments import build_segment

if TYPE_CHECKING:
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

KEY = SegmentKey("late-risers")


async def is_stored(begin: UnitsOfWork) -> bool:
    async with begin() as work:
        return await work.segments.get(KEY) is not None


class UnitsOfWorkContract:
    async def test_what_is_committed_is_seen_by_the_next_unit_of_work(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            await work.segments.save(build_segment(KEY))
            await work.commit()

        assert await is_stored(begin)

    async def test_leaving_without_commit_undoes_everything(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            await work.segments.save(build_segment(KEY))
            await work.rule_sets.advance()

        assert not await is_stored(begin)
        async with begin() as work:
            assert await work.rule_sets.revisions() == (0, 0)

    async def test_leaving_by_an_exception_undoes_everything(self, begin: UnitsOfWork) -> None:
        async def change_my_mind() -> None:
            async with begin() as work:
                await work.segments.save(build_segment(KEY))
                raise Refused.because("CHANGED", "changed my mind")

        with pytest.raises(Refused, match="changed my mind"):
            await change_my_mind()

        assert not await is_stored(begin)

    async def test_a_unit_of_work_sees_what_it_did_itself_and_others_do_not(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            await work.segments.save(build_segment(KEY))

            assert await work.segments.get(KEY) == build_segment(KEY)
            assert not await is_stored(begin)

    async def test_all_stores_belong_to_the_same_unit_of_work(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            await work.profiles.lock(UserId("ada"))
            await work.rule_sets.advance()
            await work.segments.save(build_segment(KEY))
            await work.commit()

        async with begin() as work:
            assert set(await work.profiles.of_users([UserId("ada")])) == {UserId("ada")}
            assert await work.rule_sets.revisions() == (1, 0)
            assert await work.segments.count() == 1


class TestPostgresUnitsOfWork(UnitsOfWorkContract):
    pass
