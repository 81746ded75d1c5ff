"""What does a listener hear that does not keep up? That it has to re-read the stores."""

from __future__ import annotations

import asyncio

from domain.model.news import News, Resynchronised

INBOX_LIMIT = 10_000


class Inbox:
    """News waiting for one listener; of too much of it, nothing is left but the `Resynchronised` put last."""

    def __init__(self, limit: int = INBOX_LIMIT) -> None:
        self._waiting: asyncio.Queue[News | None] = asyncio.Queue(limit)
        self._latest = Resynchronised(listening=False)

    def put(self, news: News) -> None:
        if isinstance(news, Resynchronised):
            self._latest = news
        if self._waiting.full():
            self._drop_all()
            news = self._latest
        self._waiting.put_nowait(news)

    def close(self) -> None:
        """Nothing more will come; what waits is dropped."""
        self._drop_all()
        self._waiting.put_nowait(None)

    async def take(self) -> News | None:
        """The next news, waiting for it if need be; `None` when closed."""
        return await self._waiting.get()

    def _drop_all(self) -> None:
        while not self._waiting.empty():
            self._waiting.get_nowait()
