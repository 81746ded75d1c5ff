"""What time is it on this machine?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_NAP = timedelta(seconds=30)
"""How late a wait may notice that the machine slept or that its clock was set forward."""


_machine_time = partial(datetime.now, UTC)


class SystemClock:
    """The machine's clock, kept from running backwards: when it is set back, time stands still until it catches up."""

    def __init__(self, read: Callable[[], datetime] = _machine_time) -> None:
        """`read` answers the time as the machine has it: aware, in UTC."""
        self._read = read
        self._latest = read()

    def now(self) -> datetime:
        # Asked several times a request, some of which take ten microseconds in all.
        now = self._read()
        if now > self._latest:  # noqa: PLR1730 - max() takes twice as long
            self._latest = now
        return self._latest

    async def wait_until(self, instant: datetime) -> None:
        # The event loop counts monotonic seconds and wakes a little early or late; only `now` decides.
        while (remaining := instant - self.now()) > timedelta():  # noqa: ASYNC110 - the passing of time has no event
            await asyncio.sleep(min(remaining, LONGEST_NAP).total_seconds())
