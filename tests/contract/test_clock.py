"""Does every clock keep what the port `Clock` promises?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.clocks import SystemClock
from tests.fakes.clocks import ManualClock

if TYPE_CHECKING:
    from domain.ports.clock import Clock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=5)


class ClockContract:
    async def let_pass(self, clock: Clock, by: timedelta) -> None:
        """Make time pass, where it does not by itself."""

    def test_now_is_aware_and_in_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta()

    async def test_now_never_runs_backwards(self, clock: Clock) -> None:
        answers = [clock.now() for _ in range(100)]

        assert answers == sorted(answers)

    async def test_waiting_for_an_instant_that_has_come_returns_at_once(self, clock: Clock) -> None:
        for instant in (clock.now(), clock.now() - timedelta(days=1)):
            async with asyncio.timeout(1):
                await clock.wait_until(instant)
            assert clock.now() >= instant

    async def test_waiting_returns_when_the_instant_has_come_and_not_before(self, clock: Clock) -> None:
        instant = clock.now() + 2 * A_MOMENT
        waiting = asyncio.create_task(clock.wait_until(instant))

        for _ in range(2):
            await self.let_pass(clock, A_MOMENT)
        async with asyncio.timeout(5):
            await waiting

        assert clock.now() >= instant

    async def test_several_may_wait_and_each_wakes_after_the_earlier_ones(self, clock: Clock) -> None:
        woken: list[int] = []

        async def wait(moments: int) -> None:
            await clock.wait_until(start + moments * A_MOMENT)
            woken.append(moments)

        start = clock.now()
        waiting = [asyncio.create_task(wait(moments)) for moments in (3, 1, 2)]
        for _ in range(3):
            await self.let_pass(clock, A_MOMENT)
        async with asyncio.timeout(5):
            await asyncio.gather(*waiting)

        assert woken == [1, 2, 3]

    async def test_a_wait_can_be_cancelled(self, clock: Clock) -> None:
        waiting = asyncio.create_task(clock.wait_until(clock.now() + timedelta(days=1)))
        await self.let_pass(clock, A_MOMENT)
        waiting.cancel()

        with pytest.raises(asyncio.CancelledError):
            await waiting


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return SystemClock()


class TestManualClock(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return ManualClock()

    async def let_pass(self, clock: Clock, by: timedelta) -> None:
        assert isinstance(clock, ManualClock)
        await clock.until_somebody_waits()
        clock.advance(by)

    def test_it_refuses_to_run_backwards(self) -> None:
        with pytest.raises(ValueError, match="backwards"):
            ManualClock().advance(timedelta(seconds=-1))


def test_the_system_clock_stands_still_while_the_machine_is_set_back() -> None:
    machine = iter([NOON, NOON, NOON - timedelta(hours=1), NOON + timedelta(seconds=1)])
    clock = SystemClock(lambda: next(machine))

    assert [clock.now() for _ in range(3)] == [NOON, NOON, NOON + timedelta(seconds=1)]
