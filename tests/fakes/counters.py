"""Live figures of one process, for tests without Redis."""

from __future__ import annotations

import collections
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.ports.counters import Counter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.ports.clock import Clock

MINUTES = 60


class InMemoryCounters:
    """Like the real ones, a figure counts for the minute in which it was added and the 59 after it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sums: collections.Counter[tuple[int, Counter]] = collections.Counter()

    def add(self, counter: Counter, amount: int = 1) -> None:
        self._sums[self._minute(), counter] += amount

    async def last_hour(self) -> Mapping[Counter, int]:
        first = self._minute() - MINUTES + 1
        return {
            wanted: sum(n for (minute, c), n in self._sums.items() if c is wanted and minute >= first)
            for wanted in Counter
        }

    def _minute(self) -> int:
        return int(self._clock.now().timestamp() // timedelta(minutes=1).total_seconds())
