"""Do all counters keep what the port `Counters` promises?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.ports.counters import Counter
from persistence.redis.counters import RedisCounters
from tests.fakes.counters import InMemoryCounters

if TYPE_CHECKING:
    from domain.ports.counters import Counters
    from persistence.redis.connections import RedisConnections
    from persistence.redis.keys import Keys
    from tests.fakes.clocks import ManualClock

pytest_plugins = ("tests.integration.redis.servers",)

NOTHING = dict.fromkeys(Counter, 0)


class CountersContract:
    async def test_before_anything_happened_every_figure_is_zero(self, counters: Counters) -> None:
        assert await counters.last_hour() == NOTHING

    async def test_figures_are_sums(self, counters: Counters) -> None:
        counters.add(Counter.CONFIGS_DECIDED)
        counters.add(Counter.CONFIGS_DECIDED, 4)
        counters.add(Counter.INTERACTIONS_ACCEPTED, 5000)

        expected = NOTHING | {Counter.CONFIGS_DECIDED: 5, Counter.INTERACTIONS_ACCEPTED: 5000}
        assert await counters.last_hour() == expected

    async def test_asking_does_not_count(self, counters: Counters) -> None:
        counters.add(Counter.CONFIGS_PUSHED)

        assert await counters.last_hour() == await counters.last_hour()

    async def test_figures_of_different_minutes_add_up(self, counters: Counters, clock: ManualClock) -> None:
        for _ in range(3):
            counters.add(Counter.PROFILES_FOLDED)
            await counters.last_hour()
            clock.advance(timedelta(minutes=1))

        assert (await counters.last_hour())[Counter.PROFILES_FOLDED] == 3

    async def test_a_figure_leaves_after_sixty_minutes(self, counters: Counters, clock: ManualClock) -> None:
        counters.add(Counter.CONFIGS_CACHED)
        await counters.last_hour()

        clock.advance(timedelta(minutes=59, seconds=59))
        assert (await counters.last_hour())[Counter.CONFIGS_CACHED] == 1
        clock.advance(timedelta(seconds=1))
        assert (await counters.last_hour())[Counter.CONFIGS_CACHED] == 0


class TestInMemoryCounters(CountersContract):
    @pytest.fixture
    def counters(self, clock: ManualClock) -> Counters:
        return InMemoryCounters(clock)


class TestRedisCounters(CountersContract):
    @pytest.fixture
    def counters(self, connections: RedisConnections, keys: Keys, clock: ManualClock) -> Counters:
        return RedisCounters(connections, keys, clock)
