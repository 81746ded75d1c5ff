"""How it is kept for good how many configs were given on which day, and how long they took."""

from __future__ import annotations

import collections
from bisect import bisect_left
from datetime import timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from domain.model.analytics import Served
from domain.ports.counters import Counter
from domain.ports.rollups import RollUpKey
from domain.rules.instants import DAY_US, microseconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.ports.clock import Clock
    from domain.ports.counters import Counters
    from domain.ports.rollups import Sums
    from domain.ports.units_of_work import UnitsOfWork

SERVED = "served"
"""Per day: configs decided, remembered, given without a store, and pushed; then how many took how long.

Of no user: nothing else tells it, so rebuilding leaves it alone.
"""

WRITE_EVERY = timedelta(seconds=10)
"""What a process counts is lost with it for so long: these are figures, not facts."""

LATENCY_BOUNDS_US = (
    *(10, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700),
    *(1_000, 1_500, 2_000, 3_000, 5_000, 7_000, 10_000, 15_000, 20_000, 30_000, 50_000, 70_000),
    *(100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000),
)
"""Up to where, inclusive, a latency falls in which bucket; one more holds whatever took longer."""

_COUNTED = (Counter.CONFIGS_DECIDED, Counter.CONFIGS_CACHED, Counter.CONFIGS_DEGRADED, Counter.CONFIGS_PUSHED)
_PLACES = {counter: place for place, counter in enumerate(_COUNTED)}
_FIRST_LATENCY = len(_COUNTED)


class ServedConfigs:
    """Counters that are also kept by the day, with latencies: from the asking for a config to its being there."""

    def __init__(self, live: Counters, begin: UnitsOfWork, clock: Clock) -> None:
        self._live = live
        self._begin = begin
        self._clock = clock
        self._sums: collections.Counter[int] = collections.Counter()

    def add(self, counter: Counter, amount: int = 1) -> None:
        self._live.add(counter, amount)
        place = _PLACES.get(counter)
        if place is not None:
            self._sums[place] += amount

    def took(self, latency: timedelta) -> None:
        latency_us = latency.microseconds + 1_000_000 * (latency.seconds + 86_400 * latency.days)
        self._sums[_FIRST_LATENCY + bisect_left(LATENCY_BOUNDS_US, latency_us)] += 1

    async def last_hour(self) -> Mapping[Counter, int]:
        return await self._live.last_hour()

    async def run(self, every: timedelta = WRITE_EVERY) -> None:
        """Write again and again until cancelled, and then once more."""
        try:
            while True:
                await self._clock.wait_until(self._clock.now() + every)
                await self.write()
        finally:
            await self.write()

    async def write(self) -> None:
        """Keep what was counted since the last time; what cannot be written now is, the next time."""
        taken, self._sums = self._sums, collections.Counter()
        if not taken:
            return
        day = microseconds(self._clock.now()) // DAY_US
        try:
            async with self._begin() as work:
                await work.rollups.append({RollUpKey(SERVED, day): _sums(taken)})
                await work.commit()
        except Unavailable:
            self._sums.update(taken)


def _sums(counted: Mapping[int, int]) -> Sums:
    return tuple(counted.get(place, 0) for place in range(max(counted) + 1))


def served_of(days: Sequence[Sums]) -> Served:
    """What was kept of the days, together."""
    places = len(_COUNTED) + len(LATENCY_BOUNDS_US) + 1
    totals = [sum(sums[place] for sums in days if place < len(sums)) for place in range(places)]
    decided, cached, degraded, pushed, *latencies = totals
    return Served(decided, cached, degraded, pushed, tuple(latencies))


def latency_ms(latencies: Sequence[int], quantile: float) -> float:
    """The latency that a share `quantile` of configs did not exceed; 0 of none.

    Within a bucket, latencies are taken to be spread evenly: the answer is in the right bucket, and no better.
    """
    reached = list(accumulate(latencies))
    if not reached or not reached[-1]:
        return 0.0
    rank = quantile * reached[-1]
    place = next(place for place, count in enumerate(reached) if count >= rank and latencies[place])
    low = LATENCY_BOUNDS_US[place - 1] if place else 0
    high = LATENCY_BOUNDS_US[min(place, len(LATENCY_BOUNDS_US) - 1)]
    share = (rank - (reached[place] - latencies[place])) / latencies[place]
    return (low + max(0.0, share) * (high - low)) / 1_000
