"""A clock whose time passes only when a test says so."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class ManualClock:
    def __init__(self, start: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []
        self._sleeper_came = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    async def wait_until(self, instant: datetime) -> None:
        if instant <= self._now:
            return
        sleeper = (instant, asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        self._sleeper_came.set()
        try:
            await sleeper[1]
        finally:
            self._sleepers.remove(sleeper)

    def advance(self, by: timedelta) -> None:
        """Let time pass; everybody whose instant has come wakes as soon as the event loop runs."""
        if by < timedelta():
            raise ValueError("time does not run backwards")
        self._now += by
        for instant, awakened in self._sleepers:
            if instant <= self._now and not awakened.done():
                awakened.set_result(None)

    @property
    def sleepers(self) -> int:
        """How many wait for an instant that has not come."""
        return sum(not awakened.done() for _, awakened in self._sleepers)

    async def until_somebody_waits(self) -> None:
        """Return as soon as anybody waits for an instant that has not come."""
        while self.sleepers == 0:
            self._sleeper_came.clear()
            await self._sleeper_came.wait()
