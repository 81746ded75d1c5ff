"""How many of each thing happened in the last hour, over all processes?"""

from __future__ import annotations

import collections
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from domain.ports.counters import Counter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from redis.asyncio import Redis

    from domain.ports.clock import Clock
    from persistence.redis.connections import RedisConnections
    from persistence.redis.keys import Keys

MINUTES = 60
BUCKET_TTL = timedelta(hours=2)
FLUSH_EVERY = timedelta(seconds=2)

_SECONDS_PER_MINUTE = 60


class RedisCounters:
    """Counts in memory and adds the sums to one Redis hash per minute; what cannot be written yet is kept, as sums.

    A minute is the one of the flush, or of the first attempt to flush: up to the flush interval late. When Redis fails
    after it wrote but before it said so, sums are written twice; these are live figures.
    """

    def __init__(self, connections: RedisConnections, keys: Keys, clock: Clock) -> None:
        self._connections = connections
        self._keys = keys
        self._clock = clock
        self._counted: collections.Counter[Counter] = collections.Counter()
        self._unwritten: dict[int, collections.Counter[Counter]] = {}

    def add(self, counter: Counter, amount: int = 1) -> None:
        self._counted[counter] += amount

    async def last_hour(self) -> Mapping[Counter, int]:
        """As the port says; every counter is named, 0 included, and what this process just counted is in it."""
        await self.flush()
        latest = self._minute()
        buckets = await self._connections.attempt(
            lambda redis: self._read(redis, range(latest - MINUTES + 1, latest + 1))
        )
        if buckets is None:
            return {}
        return {counter: sum(int(b.get(counter.encode(), 0)) for b in buckets) for counter in Counter}

    async def run(self, every: timedelta = FLUSH_EVERY) -> None:
        """Flush again and again until cancelled, and then once more."""
        try:
            while True:
                await self._clock.wait_until(self._clock.now() + every)
                await self.flush()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Write what was counted since the last flush. Never raises."""
        taken = self._taken()
        if not taken:
            return
        try:
            await self._connections.call(lambda redis: self._write(redis, taken))
        except Unavailable:
            self._give_back(taken)
        except BaseException:  # cancelled
            self._give_back(taken)
            raise

    def _taken(self) -> dict[int, collections.Counter[Counter]]:
        """All sums by minute, without those that no answer will ever include."""
        minute = self._minute()
        if self._counted:
            self._unwritten.setdefault(minute, collections.Counter()).update(self._counted)
            self._counted = collections.Counter()
        taken = {m: sums for m, sums in self._unwritten.items() if m > minute - MINUTES}
        self._unwritten = {}
        return taken

    def _give_back(self, taken: dict[int, collections.Counter[Counter]]) -> None:
        for minute, sums in taken.items():
            self._unwritten.setdefault(minute, collections.Counter()).update(sums)

    async def _write(self, redis: Redis, sums_by_minute: dict[int, collections.Counter[Counter]]) -> None:
        async with redis.pipeline(transaction=True) as pipeline:
            for minute, sums in sums_by_minute.items():
                key = self._keys.counters(minute)
                for counter, amount in sums.items():
                    pipeline.hincrby(key, counter, amount)
                pipeline.expire(key, BUCKET_TTL)
            await pipeline.execute()

    async def _read(self, redis: Redis, minutes: Iterable[int]) -> list[dict[bytes, bytes]]:
        async with redis.pipeline(transaction=False) as pipeline:
            for minute in minutes:
                pipeline.hgetall(self._keys.counters(minute))
            return await pipeline.execute()

    def _minute(self) -> int:
        return int(self._clock.now().timestamp() // _SECONDS_PER_MINUTE)
