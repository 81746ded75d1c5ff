"""How does news travel between processes? By Redis Pub/Sub, on one channel, at most once.

Pub/Sub keeps nothing for those who are away, so every gap is filled with `Resynchronised`: a listener says it when it
has subscribed (again), and a publisher that could not publish says it to all as soon as it can. Only while Redis is
away does a process hear its own news directly; it may then hear some twice, which is harmless: news is idempotent.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from domain.errors import Unavailable
from domain.model.news import Resynchronised
from persistence.redis.connections import TROUBLE
from persistence.redis.inboxes import Inbox
from persistence.redis.keys import NEWS_CHANNEL
from persistence.redis.news import messages, news_in

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

    from domain.model.news import News
    from persistence.redis.connections import RedisConnections

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusTiming:
    """`retry`: how often a connection is tried, and `Resynchronised` said, while Redis is away.

    `quiet`: how long silence is believed before Redis is asked for a sign of life; `answer`: how long it may take to
    give one. A connection whose other end vanished is given up after `quiet + answer`.
    """

    retry: timedelta = timedelta(seconds=1)
    quiet: timedelta = timedelta(seconds=5)
    answer: timedelta = timedelta(seconds=1)


class RedisBus:
    """The bus of one process; meant for one listener, which then holds one connection of the pool."""

    def __init__(self, connections: RedisConnections, timing: BusTiming | None = None) -> None:
        timing = timing or BusTiming()
        self._connections = connections
        self._retry_seconds = timing.retry.total_seconds()
        self._quiet_seconds = timing.quiet.total_seconds()
        self._answer_seconds = timing.answer.total_seconds()
        self._inboxes: set[Inbox] = set()
        self._amends: asyncio.Task[None] | None = None

    async def publish(self, *news: News) -> None:
        if news and not await self._published(news):
            for inbox in self._inboxes:
                for item in news:
                    inbox.put(item)
            self._promise_amends()

    async def listen(self) -> AsyncGenerator[News, None]:
        inbox = Inbox()
        reading = asyncio.create_task(self._read_for_ever(inbox), name="news")
        reading.add_done_callback(lambda _: inbox.close())
        self._inboxes.add(inbox)
        try:
            while (news := await inbox.take()) is not None:
                yield news
            reading.result()
        finally:
            self._inboxes.discard(inbox)
            await _ended(reading)

    async def aclose(self) -> None:
        """Stop promising; listeners end when their iterators are closed."""
        if self._amends is not None:
            await _ended(self._amends)

    async def _published(self, news: Sequence[News]) -> bool:
        async def send(redis: Redis) -> None:
            for message in messages(news):
                await redis.publish(NEWS_CHANNEL, message)

        try:
            await self._connections.call(send)
        except Unavailable:
            return False
        return True

    def _promise_amends(self) -> None:
        if self._amends is None or self._amends.done():
            self._amends = asyncio.create_task(self._make_amends(), name="amends for lost news")

    async def _make_amends(self) -> None:
        """Listeners elsewhere may have been connected all the time, and cannot know that they missed something."""
        lost = True
        while lost:
            await asyncio.sleep(self._retry_seconds)
            lost = not await self._published((Resynchronised(),))

    async def _read_for_ever(self, inbox: Inbox) -> None:
        while True:
            try:
                async with self._connections.client.pubsub() as subscription:
                    await self._read(subscription, inbox)
            except TROUBLE as error:
                _log.warning("news_interrupted", reason=f"{type(error).__name__}: {error}")
            inbox.put(Resynchronised(listening=False))
            await asyncio.sleep(self._retry_seconds)

    async def _read(self, subscription: PubSub, inbox: Inbox) -> None:
        """Fill the inbox until there is trouble."""
        async with asyncio.timeout(self._answer_seconds):
            await subscription.subscribe(NEWS_CHANNEL)
        message = await self._message(subscription, self._answer_seconds)
        while message is not None:
            if message["type"] == "subscribe":  # the client may also reconnect by itself, and subscribes anew
                inbox.put(Resynchronised())
            elif message["type"] == "message":
                for news in news_in(message["data"]):
                    inbox.put(news)
            message = await self._message(subscription, self._quiet_seconds) or await self._sign_of_life(subscription)
        raise TimeoutError("Redis does not answer")

    async def _sign_of_life(self, subscription: PubSub) -> dict[str, Any] | None:
        async with asyncio.timeout(self._answer_seconds):
            await subscription.ping()
        return await self._message(subscription, self._answer_seconds)

    async def _message(self, subscription: PubSub, seconds: float) -> dict[str, Any] | None:
        """The next message, `None` after so many seconds without one."""
        # The outer timeout is for what the client does besides reading: reconnecting, for example.
        async with asyncio.timeout(seconds + self._answer_seconds):
            message: dict[str, Any] | None = await subscription.get_message(timeout=seconds)
        return message


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
