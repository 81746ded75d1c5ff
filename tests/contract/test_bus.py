"""Does every bus keep what the port `Bus` promises?"""

from __future__ import annotations

from contextlib import AbstractContextManager, aclosing, contextmanager
from typing import TYPE_CHECKING, TypeAlias

import pytest

from domain.model.configs import UpdateCause
from domain.model.news import CatalogueChanged, InteractionsTracked, ProfileChanged, Resynchronised
from domain.model.users import UserId
from tests.fakes.buses import InMemoryBus
from tests.integration.redis.listeners import first_heard, until_heard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from persistence.redis.buses import RedisBus
    from tests.integration.redis.servers import RedisServer

pytest_plugins = ("tests.integration.redis.servers",)

AnyBus: TypeAlias = "InMemoryBus | RedisBus"

NEWS = (ProfileChanged(UserId("ada"), 7, UpdateCause.PROFILE_CHANGED), CatalogueChanged(3), InteractionsTracked())


class BusContract:
    """`bus` is the bus of this process, `elsewhere` that of another."""

    async def test_listening_begins_with_resynchronised(self, bus: AnyBus) -> None:
        async with aclosing(bus.listen()) as listener:
            assert await first_heard(1, listener) == [Resynchronised()]

    async def test_news_is_heard_in_order_here_and_elsewhere(self, bus: AnyBus, elsewhere: AnyBus) -> None:
        async with aclosing(bus.listen()) as here, aclosing(elsewhere.listen()) as there:
            await first_heard(1, here)
            await first_heard(1, there)
            await bus.publish(*NEWS)
            await bus.publish(CatalogueChanged(4))

            expected = [*NEWS, CatalogueChanged(4)]
            assert await first_heard(4, here) == expected
            assert await first_heard(4, there) == expected

    async def test_news_published_before_listening_is_not_heard(self, bus: AnyBus) -> None:
        await bus.publish(CatalogueChanged(1))
        async with aclosing(bus.listen()) as listener:
            await first_heard(1, listener)
            await bus.publish(CatalogueChanged(2))

            assert await first_heard(1, listener) == [CatalogueChanged(2)]

    async def test_publishing_nothing_tells_nothing(self, bus: AnyBus) -> None:
        async with aclosing(bus.listen()) as listener:
            await first_heard(1, listener)
            await bus.publish()
            await bus.publish(CatalogueChanged(2))

            assert await first_heard(1, listener) == [CatalogueChanged(2)]

    async def test_a_listener_that_ended_disturbs_nobody(self, bus: AnyBus) -> None:
        async with aclosing(bus.listen()) as stays:
            async with aclosing(bus.listen()) as leaves:
                await first_heard(1, leaves)
            await first_heard(1, stays)
            await bus.publish(CatalogueChanged(1))

            assert await first_heard(1, stays) == [CatalogueChanged(1)]

    async def test_an_interruption_is_told_and_news_flows_again_afterwards(
        self, bus: AnyBus, elsewhere: AnyBus, interruption: AbstractContextManager[None]
    ) -> None:
        async with aclosing(bus.listen()) as listener:
            await first_heard(1, listener)
            with interruption:
                assert await first_heard(1, listener) == [Resynchronised(listening=False)]
            # Whoever publishes cannot know when this listener is connected again; it says so.
            before = await until_heard(CatalogueChanged(5), listener, elsewhere)

        assert before[-1] == Resynchronised()
        assert set(before) <= {Resynchronised(), Resynchronised(listening=False)}


class TestInMemoryBus(BusContract):
    @pytest.fixture
    def bus(self) -> InMemoryBus:
        return InMemoryBus()

    @pytest.fixture
    def elsewhere(self, bus: InMemoryBus) -> AnyBus:
        return bus

    @pytest.fixture
    def interruption(self, bus: InMemoryBus) -> AbstractContextManager[None]:
        return bus.interrupted()


class TestRedisBus(BusContract):
    @pytest.fixture
    def bus(self, redis_bus: RedisBus) -> AnyBus:
        return redis_bus

    @pytest.fixture
    def elsewhere(self, other_redis_bus: RedisBus) -> AnyBus:
        return other_redis_bus

    @pytest.fixture
    def interruption(self, redis_server: RedisServer) -> AbstractContextManager[None]:
        @contextmanager
        def killed() -> Iterator[None]:
            redis_server.kill()
            yield
            redis_server.start()

        return killed()
