"""What do caches and counters answer while Redis is away, and after it lost everything?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from domain.model.configs import Config
from domain.model.contexts import Context
from domain.model.profiles import Profile
from domain.model.users import UserId
from domain.ports.counters import Counter
from persistence.redis.configs import RedisConfigCache
from persistence.redis.connections import OUTDATED_LIMIT
from persistence.redis.counters import FLUSH_EVERY, RedisCounters
from persistence.redis.profiles import RedisProfileCache

if TYPE_CHECKING:
    from persistence.redis.connections import RedisConnections
    from persistence.redis.keys import Keys
    from tests.fakes.clocks import ManualClock
    from tests.integration.redis.servers import RedisServer

pytest_plugins = ("tests.integration.redis.servers",)

ADA = UserId("ada")
DASHBOARD = Context("dashboard")
CONFIG = Config("r1", datetime(2026, 11, 23, tzinfo=UTC))
REST = timedelta(seconds=1)


async def test_caches_know_nothing_and_raise_nothing_while_redis_is_away(
    redis_server: RedisServer, connections: RedisConnections, keys: Keys, clock: ManualClock
) -> None:
    profiles = RedisProfileCache(connections, keys)
    configs = RedisConfigCache(connections, keys)
    redis_server.kill()
    for _ in range(2):  # at the first failure, and while the breaker is broken
        for action in (profiles.put(Profile(ADA, 1)), configs.remember((ADA, DASHBOARD, CONFIG))):
            await action
            clock.advance(REST)
        assert await profiles.get(ADA) is None
        assert await configs.last_known(ADA, DASHBOARD) is None
        await profiles.forget(ADA)
        await configs.forget(ADA)


async def test_caches_work_again_when_redis_is_back_and_has_forgotten_their_scripts(
    redis_server: RedisServer, connections: RedisConnections, keys: Keys, clock: ManualClock
) -> None:
    profiles = RedisProfileCache(connections, keys)
    configs = RedisConfigCache(connections, keys)
    await profiles.put(Profile(ADA, 1))
    await configs.remember((ADA, DASHBOARD, CONFIG))
    redis_server.kill()
    assert await profiles.get(ADA) is None
    redis_server.start()
    clock.advance(REST)

    await profiles.put(Profile(ADA, 2))
    await configs.remember((ADA, DASHBOARD, CONFIG))

    assert await profiles.get(ADA) == Profile(ADA, 2)
    assert await configs.last_known(ADA, DASHBOARD) == CONFIG


async def test_what_was_to_be_forgotten_during_an_interruption_does_not_come_back_after_it(
    redis_server: RedisServer, connections: RedisConnections, keys: Keys, clock: ManualClock
) -> None:
    profiles = RedisProfileCache(connections, keys)
    configs = RedisConfigCache(connections, keys)
    await profiles.put(Profile(ADA, 1))
    await configs.remember((ADA, DASHBOARD, CONFIG))
    redis_server.freeze()
    await profiles.forget(ADA)
    await configs.forget(ADA)

    redis_server.thaw()
    clock.advance(REST)
    assert await profiles.get(ADA) is None
    assert await configs.last_known(ADA, DASHBOARD) is None


async def test_a_profile_that_could_not_be_replaced_is_not_answered_any_more(
    redis_server: RedisServer, connections: RedisConnections, keys: Keys, clock: ManualClock
) -> None:
    profiles = RedisProfileCache(connections, keys)
    await profiles.put(Profile(ADA, 1))
    redis_server.freeze()
    assert await profiles.get(ADA) is None
    await profiles.put(Profile(ADA, 2))

    redis_server.thaw()
    clock.advance(REST)
    assert await profiles.get(ADA) is None
    await profiles.put(Profile(ADA, 2))
    assert await profiles.get(ADA) == Profile(ADA, 2)


async def test_how_much_is_remembered_for_removal_is_bounded(
    connections: RedisConnections, keys: Keys, clock: ManualClock
) -> None:
    profiles = RedisProfileCache(connections, keys)
    users = [UserId(f"user {number}") for number in range(OUTDATED_LIMIT + 1)]
    await profiles.put(Profile(users[0], 1))
    await profiles.put(Profile(users[1], 1))
    await connections.attempt(lambda redis: redis.eval("return redis.error_reply('a failure')", 0))
    for user in users:
        await profiles.forget(user)

    clock.advance(REST)
    assert await profiles.get(users[0]) == Profile(users[0], 1)
    assert await profiles.get(users[1]) is None


async def test_what_an_incompatible_release_kept_counts_as_nothing(connections: RedisConnections, keys: Keys) -> None:
    profiles = RedisProfileCache(connections, keys)
    configs = RedisConfigCache(connections, keys)
    await connections.client.hset(keys.profile(ADA), mapping={"revision": "1", "document": '{"version": 0}'})
    await connections.client.hset(keys.configs(ADA), keys.context(DASHBOARD), "{}")

    assert await profiles.get(ADA) is None
    assert await configs.last_known(ADA, DASHBOARD) is None


async def test_figures_wait_as_sums_until_redis_is_back_and_count_for_their_minutes(
    redis_server: RedisServer, connections: RedisConnections, keys: Keys, clock: ManualClock
) -> None:
    counters = RedisCounters(connections, keys, clock)
    redis_server.kill()
    counters.add(Counter.CONFIGS_DECIDED, 100)
    assert await counters.last_hour() == {}
    clock.advance(timedelta(minutes=50))
    counters.add(Counter.CONFIGS_DECIDED, 3)
    counters.add(Counter.CONFIGS_PUSHED, 2)
    await counters.flush()

    redis_server.start()
    clock.advance(timedelta(minutes=10))
    figures = await counters.last_hour()
    assert figures[Counter.CONFIGS_DECIDED] == 3
    assert figures[Counter.CONFIGS_PUSHED] == 2


async def test_figures_of_all_processes_add_up_and_unknown_ones_are_left_out(
    connections: RedisConnections, keys: Keys, clock: ManualClock
) -> None:
    here, elsewhere = RedisCounters(connections, keys, clock), RedisCounters(connections, keys, clock)
    here.add(Counter.CONFIGS_DECIDED, 2)
    elsewhere.add(Counter.CONFIGS_DECIDED, 3)
    await here.flush()
    await elsewhere.flush()
    minute = int(clock.now().timestamp() // 60)
    await connections.client.hincrby(keys.counters(minute), "insights_predicted", 7)

    assert await here.last_hour() == dict.fromkeys(Counter, 0) | {Counter.CONFIGS_DECIDED: 5}


async def test_running_counters_write_by_themselves_and_once_more_when_stopped(
    connections: RedisConnections, keys: Keys, clock: ManualClock
) -> None:
    counting, reading = RedisCounters(connections, keys, clock), RedisCounters(connections, keys, clock)
    running = asyncio.create_task(counting.run())
    async with asyncio.timeout(5):
        for _ in range(3):
            counting.add(Counter.CONFIGS_CACHED)
            await clock.until_somebody_waits()
            clock.advance(FLUSH_EVERY)
        await clock.until_somebody_waits()
    assert (await reading.last_hour())[Counter.CONFIGS_CACHED] == 3

    counting.add(Counter.CONFIGS_CACHED)
    running.cancel()
    await asyncio.wait((running,))
    assert (await reading.last_hour())[Counter.CONFIGS_CACHED] == 4
