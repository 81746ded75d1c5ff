"""Does every cache of configs keep what the port `ConfigCache` promises?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.model.configs import Config, ConfigSource, FeatureState
from domain.model.contexts import Context
from domain.model.interactions import Device
from domain.model.users import UserId
from persistence.redis.configs import CONTEXTS_PER_USER, RedisConfigCache
from tests.fakes.configs import InMemoryConfigCache

if TYPE_CHECKING:
    from domain.ports.configs import ConfigCache
    from persistence.redis.connections import RedisConnections
    from persistence.redis.keys import Keys

pytest_plugins = ("tests.integration.redis.servers",)

ADA = UserId("ada")
GRACE = UserId("grace")
LONG_AGO = datetime(2020, 2, 2, tzinfo=UTC)
DASHBOARD = Context("dashboard")


def config(revision: str = "r1") -> Config:
    return Config(revision, decided_at=LONG_AGO, features=(FeatureState("export", highlighted=True),))


class ConfigCacheContract:
    async def test_nothing_is_known_where_nothing_was_remembered(self, cache: ConfigCache) -> None:
        assert await cache.last_known(ADA, DASHBOARD) is None

    async def test_a_config_is_known_even_when_it_no_longer_holds(self, cache: ConfigCache) -> None:
        expired = Config("r1", LONG_AGO, LONG_AGO + timedelta(hours=1), ConfigSource.CACHED, parameters={"rows": 20})
        await cache.remember((ADA, DASHBOARD, expired))

        assert await cache.last_known(ADA, DASHBOARD) == expired

    async def test_the_config_remembered_last_replaces_the_one_before(self, cache: ConfigCache) -> None:
        await cache.remember((ADA, DASHBOARD, config("r2")))
        await cache.remember((ADA, DASHBOARD, config("r1")))

        assert await cache.last_known(ADA, DASHBOARD) == config("r1")

    async def test_many_are_remembered_at_once_and_the_later_of_one_context_counts(self, cache: ConfigCache) -> None:
        await cache.remember()
        await cache.remember(
            (ADA, DASHBOARD, config("r1")), (GRACE, DASHBOARD, config("r2")), (ADA, DASHBOARD, config("r3"))
        )

        assert await cache.last_known(ADA, DASHBOARD) == config("r3")
        assert await cache.last_known(GRACE, DASHBOARD) == config("r2")

    @pytest.mark.parametrize(
        "other",
        [
            Context("settings"),
            Context("dashboard", Device.MOBILE),
            Context("dashboard", time_zone="Europe/Berlin"),
            Context("dashboard", attributes={"beta": True}),
        ],
        ids=["place", "device", "zone", "attributes"],
    )
    async def test_contexts_that_differ_in_anything_do_not_mix(self, cache: ConfigCache, other: Context) -> None:
        await cache.remember((ADA, DASHBOARD, config()))

        assert await cache.last_known(ADA, other) is None

    async def test_the_order_of_attributes_does_not_matter(self, cache: ConfigCache) -> None:
        await cache.remember((ADA, Context("dashboard", attributes={"a": {"x": 1, "y": 2}, "b": 2**70}), config()))
        same = Context("dashboard", attributes={"b": 2**70, "a": {"y": 2, "x": 1}})

        assert await cache.last_known(ADA, same) == config()

    async def test_users_do_not_mix(self, cache: ConfigCache) -> None:
        await cache.remember((ADA, DASHBOARD, config()))

        assert await cache.last_known(GRACE, DASHBOARD) is None

    async def test_forgetting_a_user_forgets_every_context_and_nobody_else(self, cache: ConfigCache) -> None:
        contexts = [Context(place) for place in ("dashboard", "settings", "login")]
        for context in contexts:
            await cache.remember((ADA, context, config()))
        await cache.remember((GRACE, DASHBOARD, config()))
        await cache.forget(ADA)

        assert [await cache.last_known(ADA, context) for context in contexts] == [None, None, None]
        assert await cache.last_known(GRACE, DASHBOARD) == config()

    async def test_of_too_many_contexts_the_one_remembered_longest_ago_is_dropped(self, cache: ConfigCache) -> None:
        contexts = [Context(f"place {number}") for number in range(CONTEXTS_PER_USER + 1)]
        for context in contexts[:-1]:
            await cache.remember((ADA, context, config()))
        await cache.remember((ADA, contexts[0], config("r2")))
        await cache.remember((ADA, contexts[-1], config()))

        known = [await cache.last_known(ADA, context) for context in contexts]
        assert known == [config("r2"), None, *[config()] * (CONTEXTS_PER_USER - 1)]


class TestInMemoryConfigCache(ConfigCacheContract):
    @pytest.fixture
    def cache(self) -> ConfigCache:
        return InMemoryConfigCache(CONTEXTS_PER_USER)


class TestRedisConfigCache(ConfigCacheContract):
    @pytest.fixture
    def cache(self, connections: RedisConnections, keys: Keys) -> ConfigCache:
        return RedisConfigCache(connections, keys)
