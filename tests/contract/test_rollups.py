"""Does every store of roll-ups keep what the port `RollUps` promises?"""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from domain.model.rollups import GAPS_PER_BLOCK, LONGEST_GAP_DAYS, RollUpKey
from persistence.postgres.rollup_rebuilds import PostgresRollUpRebuilds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

    from domain.model.rollups import Sums
    from domain.ports.rollups import RollUpRebuilds
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

DAYS = range(20_000, 20_010)
EVERY_DAY = range(100_000)
HUGE = 10**30

each_on_the_same_store = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

keys = st.builds(
    RollUpKey,
    st.just("uses"),
    st.sampled_from(DAYS[:3]),
    st.sampled_from(["", "busy"]),
    st.sampled_from(["", "export", "naïve ☃"]),
    st.sampled_from(["", "b"]),
    st.integers(0, 1),
)
amounts = st.one_of(st.integers(-3, 3), st.integers(-HUGE, HUGE))
changes = st.dictionaries(keys, st.lists(amounts, max_size=4).map(tuple), max_size=6)


def total(parts: Sequence[Mapping[RollUpKey, Sums]]) -> dict[RollUpKey, Sums]:
    """Added up plainly: what any order and batching has to give."""
    sums: dict[RollUpKey, list[int]] = {}
    for part in parts:
        for key, added in part.items():
            sums[key] = [a + b for a, b in zip_longest(sums.get(key, []), added, fillvalue=0)]
    trimmed = {
        key: tuple(known[: max((n for n, a in enumerate(known, 1) if a), default=0)]) for key, known in sums.items()
    }
    return {key: known for key, known in trimmed.items() if known}


def counted(day: int, gap: int, _: str, segment: str = "") -> dict[RollUpKey, Sums]:
    """One user, as a measure kept by gaps counts them."""
    block, place = divmod(gap, GAPS_PER_BLOCK)
    return {RollUpKey("users", day, segment, number=block): (1, *(0,) * place, 1)}


async def append(begin: UnitsOfWork, changes: Mapping[RollUpKey, Sums]) -> None:
    async with begin() as work:
        await work.rollups.append(changes)
        await work.commit()


async def merge(begin: UnitsOfWork, limit: int = 1_000) -> int:
    async with begin() as work:
        merged = await work.rollups.merge(limit)
        await work.commit()
    return merged


async def read(begin: UnitsOfWork, days: range = EVERY_DAY) -> Mapping[RollUpKey, Sums]:
    async with begin() as work:
        return await work.rollups.read("uses", days)


async def start_over(rebuild: RollUpRebuilds) -> None:
    async with rebuild() as afresh:
        await afresh.replace(["uses", "visits"])
        await afresh.commit()


@pytest.fixture
def rebuild(engine: AsyncEngine) -> RollUpRebuilds:
    return PostgresRollUpRebuilds(engine)


class RollUpsContract:
    @each_on_the_same_store
    @given(parts=st.lists(st.tuples(changes, st.integers(0, 4)), max_size=6))
    async def test_neither_order_nor_batches_of_appends_and_merges_matter(
        self, begin: UnitsOfWork, rebuild: RollUpRebuilds, parts: list[tuple[dict[RollUpKey, Sums], int]]
    ) -> None:
        await start_over(rebuild)
        for part, limit in parts:
            await append(begin, part)
            if limit:
                await merge(begin, limit)
        expected = total([part for part, _ in parts])

        assert await read(begin) == expected
        await merge(begin)
        assert await read(begin) == expected
        await start_over(rebuild)
        await append(begin, expected)
        assert await read(begin) == expected

    async def test_concurrent_appenders_and_mergers_lose_and_double_nothing(self, begin: UnitsOfWork) -> None:
        parts = [{RollUpKey("uses", DAYS[n % 3], subject=f"{n % 5}"): (1, n)} for n in range(60)]
        readings: list[int] = []

        async def look() -> None:
            readings.append(sum(sums[0] for sums in (await read(begin)).values()))

        await asyncio.gather(
            *(append(begin, part) for part in parts),
            *(merge(begin, 7) for _ in range(30)),
            *(look() for _ in range(10)),
        )

        assert all(0 <= seen <= len(parts) for seen in readings)
        assert await read(begin) == total(parts)
        assert await merge(begin) <= len(parts)
        assert await read(begin) == total(parts)
        assert await merge(begin) == 0

    async def test_who_finds_another_merging_goes_away(self, begin: UnitsOfWork) -> None:
        await append(begin, {RollUpKey("uses", DAYS[0]): (1,)})
        async with begin() as first:
            assert await first.rollups.merge(10) == 1
            assert await merge(begin) == 0
            assert await read(begin) == {RollUpKey("uses", DAYS[0]): (1,)}
        assert await merge(begin) == 1  # the first one did not commit

    async def test_what_is_not_committed_is_seen_by_nobody_and_hinders_nobody(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            await work.rollups.append({RollUpKey("uses", DAYS[0]): (1,)})
            await append(begin, {RollUpKey("uses", DAYS[0]): (5,)})
            assert await merge(begin) == 1
            assert await read(begin) == {RollUpKey("uses", DAYS[0]): (5,)}
        assert await read(begin) == {RollUpKey("uses", DAYS[0]): (5,)}

    async def test_sums_that_cancel_out_vanish(self, begin: UnitsOfWork) -> None:
        key = RollUpKey("uses", DAYS[0])
        for sums in ((1, HUGE), (-1,), (0, -HUGE), (0, 0, 0)):
            await append(begin, {key: sums})
            await merge(begin)

        assert await read(begin) == {}
        async with begin() as work:
            assert await work.rollups.read_whole("uses", EVERY_DAY) == {}

    async def test_reading_is_by_measure_days_segments_and_subjects(self, begin: UnitsOfWork) -> None:
        wanted = [RollUpKey("uses", day, segment, subject) for day in DAYS for segment in "ab" for subject in "xy"]
        await append(begin, dict.fromkeys(wanted, (1, 2)) | {RollUpKey("visits", DAYS[0], "a", "x"): (9,)})
        await merge(begin, limit=17)

        async with begin() as work:
            some = await work.rollups.read("uses", DAYS[2:5], segments=["a"], subjects=["x", "z"])
            assert some == {RollUpKey("uses", day, "a", "x"): (1, 2) for day in DAYS[2:5]}
            assert await work.rollups.read("uses", DAYS, segments=[]) == {}
            assert Counter(key.segment for key in await work.rollups.read("uses", DAYS)) == {"a": 20, "b": 20}
            long = RollUpKey("uses", DAYS[3], "c")
            await work.rollups.append({long: (1,) * 20})
            assert await work.rollups.read_whole("uses", DAYS, segments=["c"]) == {
                long._replace(day=DAYS[0]): (1,) * 20
            }
            whole = await work.rollups.read_whole("uses", DAYS[2:5], segments=["a"])
            assert whole == {RollUpKey("uses", DAYS[2], "a", subject): (3, 6) for subject in "xy"}

    @each_on_the_same_store
    @given(
        parts=st.lists(
            st.tuples(
                st.dictionaries(st.tuples(st.integers(-40, 80), st.sampled_from("ab")), st.integers(-3, 3), max_size=9),
                st.integers(0, 5),
            ),
            max_size=5,
        ),
        asked=st.lists(st.tuples(st.integers(-50, 90), st.integers(0, 120)), min_size=3, max_size=3),
        is_made_afresh=st.booleans(),
    )
    async def test_a_whole_period_is_its_days_added_up_wherever_it_begins_and_ends(
        self,
        begin: UnitsOfWork,
        rebuild: RollUpRebuilds,
        parts: list[tuple[dict[tuple[int, str], int], int]],
        asked: list[tuple[int, int]],
        *,
        is_made_afresh: bool,
    ) -> None:
        await start_over(rebuild)
        keyed = [
            ({RollUpKey("uses", day, segment): (1, amount) for (day, segment), amount in part.items()}, limit)
            for part, limit in parts
        ]
        for part, limit in keyed:
            await append(begin, part)
            if limit:
                await merge(begin, limit)
        if is_made_afresh:
            async with rebuild() as afresh:
                await afresh.add(total([part for part, _ in keyed]))
                assert await afresh.differing(["uses"]) == {}
                await afresh.replace(["uses"])
                await afresh.commit()
        for first, length in asked:
            days = range(first, first + length)
            async with begin() as work:
                whole = await work.rollups.read_whole("uses", days, segments=["a"])
                by_day = await work.rollups.read("uses", days, segments=["a"])
            assert whole == total([{key._replace(day=first): sums} for key, sums in by_day.items()])

    async def test_different_users_are_counted_by_the_gaps_before_their_days(self, begin: UnitsOfWork) -> None:
        never, yesterday, long_ago = LONGEST_GAP_DAYS, 0, 47
        parts = [
            counted(DAYS[0], never, "ada"),
            counted(DAYS[1], yesterday, "ada"),
            counted(DAYS[3], long_ago, "grace"),
            counted(DAYS[9], 5, "grace"),
            counted(DAYS[9], never, "hedy", segment="busy"),
        ]
        for part in parts[:-1]:
            await append(begin, part)
        await merge(begin)
        await append(begin, parts[-1])

        async with begin() as work:
            for days, users in ((DAYS, 2), (DAYS[1:], 2), (DAYS[2:], 1), (DAYS[4:], 1), (DAYS[5:9], 0), (DAYS[:1], 1)):
                found = await work.rollups.distinct("users", days, [""])
                assert found == ({("", ""): users} if users else {})
            assert await work.rollups.distinct("users", DAYS, ["", "busy", "none"]) == {("", ""): 2, ("busy", ""): 1}
            assert await work.rollups.distinct("visits", DAYS, [""]) == {}

    async def test_replacing_forgets_totals_and_differences_of_these_measures_alone(
        self, begin: UnitsOfWork, rebuild: RollUpRebuilds
    ) -> None:
        old, new, other = RollUpKey("uses", DAYS[0]), RollUpKey("uses", DAYS[1]), RollUpKey("visits", DAYS[0])
        await append(begin, {old: (1,), other: (3,)})
        await merge(begin)
        await append(begin, {old: (1,), other: (4,)})

        async with rebuild() as afresh:
            for sums in ((8, 0), (1,), (0,)):
                await afresh.add({new: sums})
            assert await afresh.differing(["uses", "visits"]) == {"uses": 2, "visits": 1}
            assert await afresh.differing(["naught"]) == {}
            await afresh.replace(["uses"])
            await afresh.commit()

        assert await read(begin) == {new: (9,)}
        async with begin() as work:
            assert await work.rollups.read("visits", DAYS) == {other: (7,)}

    async def test_what_comes_while_sums_are_made_afresh_is_neither_lost_nor_replaced(
        self, begin: UnitsOfWork, rebuild: RollUpRebuilds
    ) -> None:
        await append(begin, {RollUpKey("uses", DAYS[0]): (1,)})
        async with rebuild() as afresh:
            await append(begin, {RollUpKey("uses", DAYS[0]): (10,)})
            assert await merge(begin) == 0  # nobody merges meanwhile
            await afresh.add({RollUpKey("uses", DAYS[0]): (2,)})
            assert await afresh.differing(["uses"]) == {"uses": 1}
            await afresh.replace(["uses"])
            assert await read(begin) == {RollUpKey("uses", DAYS[0]): (11,)}
            await afresh.commit()
        assert await read(begin) == {RollUpKey("uses", DAYS[0]): (12,)}
        assert await merge(begin) == 1
        assert await read(begin) == {RollUpKey("uses", DAYS[0]): (12,)}

    async def test_who_does_not_commit_replaces_nothing(self, begin: UnitsOfWork, rebuild: RollUpRebuilds) -> None:
        await append(begin, {RollUpKey("uses", DAYS[0]): (1,)})
        async with rebuild() as afresh:
            await afresh.replace(["uses"])
        assert await read(begin) == {RollUpKey("uses", DAYS[0]): (1,)}
        assert await merge(begin) == 1


class TestPostgresRollUps(RollUpsContract):
    async def test_spans_that_are_not_their_days_are_noticed_and_made_right(
        self, begin: UnitsOfWork, rebuild: RollUpRebuilds, engine: AsyncEngine
    ) -> None:
        key = RollUpKey("uses", DAYS[0])
        await append(begin, {key: (1,)})
        await merge(begin)
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE rollup_spans SET sums = ARRAY[2]"))

        async with rebuild() as afresh:
            await afresh.add({key: (1,)})
            assert await afresh.differing(["uses"]) == {"uses": 1}
            await afresh.replace(["uses"])
            assert await afresh.differing(["uses"]) == {}
            await afresh.commit()
        async with begin() as work:
            assert await work.rollups.read_whole("uses", EVERY_DAY) == {key._replace(day=0): (1,)}
