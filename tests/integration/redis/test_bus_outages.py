"""Does a listener learn of every gap, and does a publisher make up for what it could not say?"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import timedelta
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from domain.model.news import CatalogueChanged, Resynchronised, UserErased
from domain.model.users import UserId
from persistence.redis.buses import RedisBus
from persistence.redis.connections import RedisConnections
from persistence.redis.inboxes import Inbox
from persistence.redis.keys import NEWS_CHANNEL
from tests.fakes.clocks import ManualClock
from tests.integration.redis.listeners import IMPATIENT, first_heard, until_heard

if TYPE_CHECKING:
    from tests.integration.redis.servers import RedisServer

pytest_plugins = ("tests.integration.redis.servers",)

REST = timedelta(seconds=1)
AWAY = Resynchronised(listening=False)


async def test_while_redis_is_away_resynchronised_is_said_again_and_again(
    redis_server: RedisServer, redis_bus: RedisBus
) -> None:
    async with aclosing(redis_bus.listen()) as listener:
        await first_heard(1, listener)
        redis_server.kill()

        assert await first_heard(5, listener) == [AWAY] * 5


async def test_a_listener_may_begin_while_redis_is_away(
    redis_server: RedisServer, redis_bus: RedisBus, other_redis_bus: RedisBus
) -> None:
    redis_server.kill()
    async with aclosing(redis_bus.listen()) as listener:
        assert await first_heard(2, listener) == [AWAY] * 2
        redis_server.start()

        assert set(await until_heard(CatalogueChanged(1), listener, other_redis_bus)) <= {AWAY, Resynchronised()}


async def test_a_connection_that_fell_silent_is_given_up_and_replaced(
    redis_server: RedisServer, redis_bus: RedisBus, other_redis_bus: RedisBus
) -> None:
    async with aclosing(redis_bus.listen()) as listener:
        await first_heard(1, listener)
        redis_server.freeze()
        assert await first_heard(2, listener) == [AWAY] * 2
        redis_server.thaw()

        assert set(await until_heard(CatalogueChanged(1), listener, other_redis_bus)) <= {AWAY, Resynchronised()}


async def test_silence_alone_is_no_interruption(redis_bus: RedisBus) -> None:
    async with aclosing(redis_bus.listen()) as listener:
        await first_heard(1, listener)
        next_news = asyncio.create_task(anext(listener))
        await asyncio.wait((next_news,), timeout=4 * IMPATIENT.quiet.total_seconds())
        await redis_bus.publish(CatalogueChanged(1))

        assert await next_news == CatalogueChanged(1)


async def test_while_redis_is_away_a_process_hears_its_own_news(redis_server: RedisServer, redis_bus: RedisBus) -> None:
    async with aclosing(redis_bus.listen()) as listener:
        await first_heard(1, listener)
        redis_server.kill()

        assert await until_heard(CatalogueChanged(1), listener, redis_bus)


async def test_who_could_not_publish_tells_listeners_elsewhere_to_resynchronise(
    redis_server: RedisServer, other_redis_bus: RedisBus
) -> None:
    clock = ManualClock()
    connections = RedisConnections.to(redis_server.url, clock)
    publisher = RedisBus(connections, IMPATIENT)
    await connections.attempt(lambda redis: redis.eval("return redis.error_reply('a failure of one process')", 0))
    async with aclosing(other_redis_bus.listen()) as listener:
        await first_heard(1, listener)
        await publisher.publish(UserErased(UserId("ada")))
        clock.advance(REST)

        assert await first_heard(1, listener) == [Resynchronised()]
    await publisher.aclose()
    await connections.aclose()


async def test_a_publisher_that_is_closed_while_redis_is_away_leaves_nothing_running(
    redis_server: RedisServer, redis_bus: RedisBus
) -> None:
    before = asyncio.all_tasks()
    redis_server.kill()
    await redis_bus.publish(CatalogueChanged(1))
    await redis_bus.aclose()

    assert asyncio.all_tasks() == before


async def test_a_cancelled_listener_leaves_nothing_running_and_gives_its_connection_back(
    redis_server: RedisServer, redis_bus: RedisBus
) -> None:
    heard = asyncio.Event()

    async def listen() -> None:
        async for _ in redis_bus.listen():
            heard.set()

    before = asyncio.all_tasks()
    listening = asyncio.create_task(listen())
    async with asyncio.timeout(5):
        await heard.wait()
    listening.cancel()
    await asyncio.wait((listening,))

    assert asyncio.all_tasks() == before
    async with redis_server.client() as client:
        assert await client.pubsub_numsub(NEWS_CHANNEL) == [(NEWS_CHANNEL.encode(), 0)]


async def test_foreign_messages_on_the_channel_do_not_disturb_the_listener(
    redis_server: RedisServer, redis_bus: RedisBus
) -> None:
    async with aclosing(redis_bus.listen()) as listener, redis_server.client() as client:
        await first_heard(1, listener)
        with capture_logs() as lines:
            await client.publish(NEWS_CHANNEL, b"hello?")
            await client.publish(NEWS_CHANNEL, b'[{"kind": "weather_changed", "news": {}}]')
            await redis_bus.publish(CatalogueChanged(1))
            assert await first_heard(1, listener) == [CatalogueChanged(1)]

    assert [line["event"] for line in lines] == ["news_unreadable", "news_not_understood"]


async def test_a_listener_that_does_not_keep_up_is_told_to_resynchronise() -> None:
    inbox = Inbox(limit=3)
    inbox.put(Resynchronised())
    for revision in range(4):
        inbox.put(CatalogueChanged(revision))

    assert [await inbox.take() for _ in range(2)] == [Resynchronised(), CatalogueChanged(3)]


async def test_a_listener_that_does_not_keep_up_is_not_told_to_listen_while_redis_is_away() -> None:
    inbox = Inbox(limit=1)
    for news in (Resynchronised(), AWAY, CatalogueChanged(1)):
        inbox.put(news)

    assert await inbox.take() == AWAY


async def test_a_closed_inbox_answers_none_even_when_it_was_full() -> None:
    inbox = Inbox(limit=1)
    inbox.put(CatalogueChanged(1))
    inbox.close()

    assert await inbox.take() is None
