"""Does every cache of profiles keep what the port `ProfileCache` promises?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.model.profiles import Profile
from domain.model.users import UserId
from persistence.redis.profiles import RedisProfileCache
from tests.fakes.profiles import InMemoryProfileCache

if TYPE_CHECKING:
    from domain.ports.profiles import ProfileCache
    from persistence.redis.connections import RedisConnections
    from persistence.redis.keys import Keys

pytest_plugins = ("tests.integration.redis.servers",)

ADA = UserId("ada")
GRACE = UserId("grace")

histories = st.lists(st.integers(min_value=0, max_value=2**53 - 1), min_size=1, max_size=8)
# Every example begins by forgetting what the one before put.
each_on_the_same_cache = settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


async def check_puts(cache: ProfileCache, put: list[int]) -> None:
    await cache.forget(ADA)
    for done, revision in enumerate(put, start=1):
        await cache.put(Profile(ADA, revision, traits={"revision": str(revision)}))
        newest = max(put[:done])
        assert await cache.get(ADA) == Profile(ADA, newest, traits={"revision": str(newest)})


class ProfileCacheContract:
    async def test_nothing_is_known_of_a_user_who_was_never_put(self, cache: ProfileCache) -> None:
        assert await cache.get(ADA) is None

    async def test_what_was_put_is_answered(self, cache: ProfileCache) -> None:
        profile = Profile(ADA, revision=3, traits={"plan": "pro", "seats": [1, 2.5, None]})
        await cache.put(profile)

        assert await cache.get(ADA) == profile

    async def test_users_do_not_mix(self, cache: ProfileCache) -> None:
        await cache.put(Profile(ADA, revision=1))
        await cache.put(Profile(GRACE, revision=2))

        assert await cache.get(ADA) == Profile(ADA, revision=1)
        assert await cache.get(GRACE) == Profile(GRACE, revision=2)

    async def test_many_are_put_at_once_and_none_over_a_newer_one(self, cache: ProfileCache) -> None:
        newest = Profile(UserId("user-7"), revision=9)
        await cache.put(newest)
        together = [Profile(UserId(f"user-{number}"), revision=3) for number in range(250)]

        await cache.put(*together)

        assert await cache.get(UserId("user-7")) == newest
        assert await cache.get(UserId("user-0")) == together[0]
        assert await cache.get(UserId("user-249")) == together[249]

    async def test_putting_none_does_nothing(self, cache: ProfileCache) -> None:
        await cache.put()

        assert await cache.get(UserId("nobody")) is None

    async def test_the_same_revision_may_be_put_again(self, cache: ProfileCache) -> None:
        await cache.put(Profile(ADA, revision=2))
        await cache.put(Profile(ADA, revision=2, traits={"plan": "pro"}))

        assert await cache.get(ADA) == Profile(ADA, revision=2, traits={"plan": "pro"})

    async def test_a_forgotten_user_may_begin_again_at_an_early_revision(self, cache: ProfileCache) -> None:
        await cache.put(Profile(ADA, revision=9))
        await cache.forget(ADA)
        assert await cache.get(ADA) is None

        await cache.put(Profile(ADA, revision=1))
        assert await cache.get(ADA) == Profile(ADA, revision=1)

    async def test_forgetting_concerns_one_user_known_or_not(self, cache: ProfileCache) -> None:
        await cache.put(Profile(GRACE, revision=1))
        await cache.forget(ADA)

        assert await cache.get(GRACE) == Profile(GRACE, revision=1)


class TestInMemoryProfileCache(ProfileCacheContract):
    @pytest.fixture
    def cache(self) -> ProfileCache:
        return InMemoryProfileCache()

    @given(put=histories)
    @each_on_the_same_cache
    async def test_the_newest_revision_stays_in_whatever_order_they_are_put(
        self, cache: ProfileCache, put: list[int]
    ) -> None:
        await check_puts(cache, put)


class TestRedisProfileCache(ProfileCacheContract):
    @pytest.fixture
    def cache(self, connections: RedisConnections, keys: Keys) -> ProfileCache:
        return RedisProfileCache(connections, keys)

    @given(put=histories)
    @each_on_the_same_cache
    async def test_the_newest_revision_stays_in_whatever_order_they_are_put(
        self, cache: ProfileCache, put: list[int]
    ) -> None:
        await check_puts(cache, put)
