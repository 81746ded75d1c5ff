"""Who folds what users did into their profiles, inside a server or as a process of its own?"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from domain.errors import Unavailable
from domain.use_cases.bulk_traffic import BulkTraffic
from domain.use_cases.profiles import Unfoldable

if TYPE_CHECKING:
    from domain.use_cases.profiles import FoldProfiles

LOOK_EVERY_SECONDS = 1.0
"""News that work has arrived may be lost: the worker looks by itself this often."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 2.0
"""After failures the worker pauses, twice as long each time up to this."""

LET_PASS_SECONDS = 0.2
TURN_SECONDS = 0.1
"""Bulk tracking in the same process comes first, for so long; then the worker has its turn, for as long as this."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Worker:
    fold: FoldProfiles
    traffic: BulkTraffic = field(default_factory=BulkTraffic)
    _turn_ends_at: float = 0.0
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _pause: float = FIRST_PAUSE_SECONDS

    def wake(self) -> None:
        """There may be work."""
        self._woken.set()

    async def run(self) -> None:
        """Fold for ever; a failure pauses, it does not end."""
        while True:
            await self._round()

    async def _round(self) -> None:
        try:
            await self._give_way()
            await self.fold_all()
        except Unavailable as reason:
            log.warning("folding_paused", reason=str(reason), seconds=self._pause)
            await self._recover()
        except Exception:
            log.exception("folding_failed", seconds=self._pause)
            await self._recover()
        else:
            self._pause = FIRST_PAUSE_SECONDS
            await self._rest()

    async def fold_all(self) -> None:
        """Fold until nobody is waiting."""
        while await self._fold_some():
            await asyncio.sleep(0)  # others on the event loop get a turn
            await self._give_way()

    async def _give_way(self) -> None:
        seconds = asyncio.get_running_loop().time
        if seconds() >= self._turn_ends_at:
            await self.traffic.let_pass(LET_PASS_SECONDS)
            self._turn_ends_at = seconds() + TURN_SECONDS

    async def _fold_some(self) -> int:
        """How many users were served. Who cannot be folded is set aside, so that nobody waits for them."""
        try:
            return await self.fold()
        except Unfoldable as failure:
            log.exception("user_set_aside", user_id=failure.user_id)
            await self.fold.set_aside(failure.user_id)
            return 1

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), LOOK_EVERY_SECONDS)
        self._woken.clear()

    async def _recover(self) -> None:
        await asyncio.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
