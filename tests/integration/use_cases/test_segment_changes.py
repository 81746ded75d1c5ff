"""Does every profile come to know how segments are defined now?"""

from __future__ import annotations

import asyncio
from datetime import time
from typing import TYPE_CHECKING

import pytest

from domain.errors import Refused
from domain.model.conditions import (
    ActivityMeasure,
    ActivityWithin,
    AtLocalTime,
    AtPlace,
    AttributesMatch,
    InSegment,
    Not,
    OnDevice,
)
from domain.model.interactions import Device
from domain.model.news import ProfileChanged, SegmentChanged
from domain.model.ranges import Range
from domain.model.schedules import WeeklyWindow
from domain.model.segments import SegmentKey
from domain.model.users import UserId
from tests.builders.interactions import MINUTE, interaction
from tests.builders.segments import build_segment
from tests.integration.use_cases.driving import ADMIN, Driven, key

if TYPE_CHECKING:
    from domain.model.conditions import Condition

BUSY = SegmentKey("busy")
USERS = 130
"""More than the worker takes at once."""


def did_at_least(times: int) -> Condition:
    return ActivityWithin(ActivityMeasure.INTERACTIONS, Range(gte=times))


async def populated(engine: Driven) -> None:
    """`user-0` to `user-129`, of whom every second one did two things and the others one."""
    await engine.track(
        *(
            interaction(engine.now() - number * MINUTE, user_id=UserId(f"user-{user}"), key=key(number))
            for user in range(USERS)
            for number in range(1 + user % 2)
        )
    )
    await engine.fold()


async def members(engine: Driven) -> set[str]:
    async with engine.use_cases.begin() as work:
        profiles = await work.profiles.of_users([UserId(f"user-{user}") for user in range(USERS)])
    return {u for u, profile in profiles.items() if profile.confidence_in(BUSY) == 1.0}


def told(engine: Driven) -> list[tuple[str, bool]]:
    return [(n.user_id, n.joined) for n in engine.bus.acted_on if isinstance(n, SegmentChanged) and n.segment == BUSY]


async def test_saving_a_segment_assesses_everybody_and_tells_who_joins_and_leaves(engine: Driven) -> None:
    await populated(engine)
    busy = {f"user-{user}" for user in range(USERS) if user % 2}

    saved = await engine.use_cases.save_segment(build_segment(BUSY, condition=did_at_least(2)), ADMIN)
    await engine.fold()
    assert saved.revision == 1
    assert await members(engine) == busy
    assert sorted(told(engine)) == sorted((user, True) for user in busy)

    again = await engine.use_cases.save_segment(build_segment(BUSY, condition=did_at_least(3)), ADMIN)
    await engine.fold()
    assert again.revision == 2
    assert await members(engine) == set()
    assert sorted(told(engine)[len(busy) :]) == sorted((user, False) for user in busy)


async def test_who_is_neither_in_nor_out_for_it_keeps_the_revision(engine: Driven) -> None:
    await populated(engine)
    await engine.settled()
    heard = len(engine.bus.acted_on)

    await engine.use_cases.save_segment(build_segment(BUSY, condition=did_at_least(2)), ADMIN)
    await engine.fold()

    moved = {n.user_id for n in engine.bus.acted_on[heard:] if isinstance(n, ProfileChanged)}
    assert moved == await members(engine)
    assert (await engine.profile("user-0")).revision == 1


async def test_deleting_a_segment_ends_its_memberships_everywhere(engine: Driven, other_engine: Driven) -> None:
    await populated(engine)
    await engine.use_cases.save_segment(build_segment(BUSY, condition=did_at_least(2)), ADMIN)
    await engine.fold()
    await other_engine.settled()
    assert (await other_engine.use_cases.profiles.get(UserId("user-1"))).confidence_in(BUSY) == 1.0

    assert await engine.use_cases.delete_segment(BUSY, ADMIN)
    await engine.fold()
    await other_engine.settled()

    assert await members(engine) == set()
    assert (await other_engine.use_cases.profiles.get(UserId("user-1"))).confidence_in(BUSY) == 0.0
    assert ("user-1", False) in told(other_engine)
    async with engine.use_cases.begin() as work:
        assert await work.segments.sizes([BUSY]) == {BUSY: 0}


async def test_a_segment_that_is_not_there_cannot_be_deleted(engine: Driven) -> None:
    with pytest.raises(Refused) as refusal:
        await engine.use_cases.delete_segment(BUSY, ADMIN)

    assert refusal.value.problems[0].code == "NOT_FOUND"


async def test_a_built_in_segment_is_neither_redefined_nor_deleted(engine: Driven) -> None:
    for change in (
        engine.use_cases.save_segment(build_segment("power_user"), ADMIN),
        engine.use_cases.delete_segment(SegmentKey("power_user"), ADMIN),
    ):
        with pytest.raises(Refused) as refusal:
            await change
        assert refusal.value.problems[0].code == "BUILT_IN"


@pytest.mark.parametrize(
    "condition",
    [
        OnDevice(frozenset({Device.MOBILE})),
        AtPlace(frozenset({"dashboard"})),
        Not(AtLocalTime(WeeklyWindow(time(8), time(9)))),
        AttributesMatch({"beta": True}),
    ],
)
async def test_a_condition_that_reads_one_request_defines_no_segment(engine: Driven, condition: Condition) -> None:
    with pytest.raises(Refused) as refusal:
        await engine.use_cases.save_segment(build_segment(BUSY, condition=condition), ADMIN)

    assert refusal.value.problems[0].code == "NOT_OF_THE_PROFILE"
    assert engine.use_cases.rules.known.segments == ()


async def test_a_segment_builds_on_built_in_segments_only(engine: Driven) -> None:
    await engine.use_cases.save_segment(build_segment("new", condition=InSegment((SegmentKey("new_user"),))), ADMIN)
    with pytest.raises(Refused) as refusal:
        await engine.use_cases.save_segment(build_segment(BUSY, condition=InSegment((SegmentKey("new"),))), ADMIN)

    assert refusal.value.problems[0].code == "NOT_BUILT_IN"


async def test_segments_changed_at_once_get_revisions_of_their_own(engine: Driven, other_engine: Driven) -> None:
    saves = [
        process.use_cases.save_segment(build_segment(BUSY, condition=did_at_least(number)), ADMIN)
        for number in range(6)
        for process in (engine, other_engine)
    ]

    saved = await asyncio.gather(*saves)

    assert sorted(segment.revision for segment in saved) == list(range(1, 13))
    await other_engine.settled()
    await engine.settled()
    assert engine.use_cases.rules.known.segments == other_engine.use_cases.rules.known.segments


async def test_saving_and_deleting_at_once_ends_without_deadlock(engine: Driven, other_engine: Driven) -> None:
    await engine.use_cases.save_segment(build_segment(BUSY), ADMIN)
    outcomes = await asyncio.gather(
        *(engine.use_cases.save_segment(build_segment(BUSY), ADMIN) for _ in range(5)),
        *(other_engine.use_cases.delete_segment(BUSY, ADMIN) for _ in range(5)),
        return_exceptions=True,
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert all(isinstance(o, Refused) and o.problems[0].code == "NOT_FOUND" for o in refused)
