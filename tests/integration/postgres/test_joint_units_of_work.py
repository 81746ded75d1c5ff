"""Are joint units of work stored all together or not at all, and seen by nobody before?"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from domain.errors import Refused
from domain.model.segments import SegmentKey
from persistence.postgres.joint_units_of_work import NotStored, jointly
from tests.builders.segments import build_segment

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

KEYS = SegmentKey("late-risers"), SegmentKey("early-birds")


async def store(begin: UnitsOfWork, key: SegmentKey) -> None:
    async with begin() as work:
        await work.segments.save(build_segment(key))
        await work.commit()


async def stored(begin: UnitsOfWork) -> list[bool]:
    async with begin() as work:
        return [await work.segments.get(key) is not None for key in KEYS]


async def change_my_mind(begin: UnitsOfWork) -> None:
    async with begin() as work:
        await work.segments.save(build_segment(KEYS[1]))
        raise Refused.because("CHANGED", "changed my mind")


async def test_what_is_committed_is_seen_by_the_next_and_by_others_in_the_end(
    engine: AsyncEngine, begin: UnitsOfWork
) -> None:
    async with jointly(engine) as joint:
        for key in KEYS:
            await store(joint, key)
        assert await stored(joint) == [True, True]
        assert await stored(begin) == [False, False]
    assert await stored(begin) == [True, True]


async def test_one_that_fails_undoes_all_even_where_its_failure_is_caught(
    engine: AsyncEngine, begin: UnitsOfWork
) -> None:
    async def make_do() -> None:
        async with jointly(engine) as joint:
            await store(joint, KEYS[0])
            with suppress(Refused):
                await change_my_mind(joint)

    with pytest.raises(NotStored):
        await make_do()
    assert await stored(begin) == [False, False]


async def test_none_begins_after_one_that_failed(engine: AsyncEngine, begin: UnitsOfWork) -> None:
    async def go_on() -> None:
        async with jointly(engine) as joint:
            with suppress(Refused):
                await change_my_mind(joint)
            await store(joint, KEYS[0])

    with pytest.raises(NotStored):
        await go_on()
    assert await stored(begin) == [False, False]


async def test_postgresql_takes_all_of_them_for_one_writer(engine: AsyncEngine, begin: UnitsOfWork) -> None:
    """Else it compares every version of a row with thousands of them, which took longer than all the rest."""
    async with jointly(engine) as joint:
        for key in KEYS:
            await store(joint, key)
    assert await stored(begin) == [True, True]
    async with engine.connect() as connection:
        writers = await connection.execute(text("SELECT count(DISTINCT xmin::text) FROM segments"))
        assert writers.scalar_one() == 1
