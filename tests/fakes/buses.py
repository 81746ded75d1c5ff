"""News inside one process, with interruptions on demand, for tests without Redis."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from domain.model.news import Resynchronised
from persistence.redis.inboxes import Inbox

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from domain.model.news import News


class InMemoryBus:
    def __init__(self) -> None:
        self._inboxes: set[Inbox] = set()

    async def publish(self, *news: News) -> None:
        for item in news:
            self._tell(item)

    async def listen(self) -> AsyncGenerator[News, None]:
        inbox = Inbox()
        inbox.put(Resynchronised())
        self._inboxes.add(inbox)
        try:
            while (news := await inbox.take()) is not None:
                yield news
        finally:
            self._inboxes.discard(inbox)

    @contextmanager
    def interrupted(self) -> Iterator[None]:
        """Listeners are told at once and once more afterwards, as by the real bus while and after Redis is away."""
        self._tell(Resynchronised(listening=False))
        yield
        self._tell(Resynchronised())

    def _tell(self, news: News) -> None:
        for inbox in self._inboxes:
            inbox.put(news)
