"""The last config of every user and context, for the day when nothing can be decided."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from domain.model.configs import Config
    from domain.model.contexts import Context
    from domain.model.users import UserId
    from domain.ports.configs import ConfigCache

MAX_WAITING = 10_000
MAX_AT_ONCE = 100
GATHER_SECONDS = 0.02
"""Configs decided within it are written together, which takes a third of the time."""

_Entry: TypeAlias = "tuple[UserId, Context, Config]"


class LastConfigs:
    """Writes behind: a request never waits for the cache. What overflows is not remembered."""

    def __init__(self, cache: ConfigCache) -> None:
        self._cache = cache
        self._waiting: asyncio.Queue[_Entry] = asyncio.Queue(MAX_WAITING)
        self._next: list[_Entry] = []
        self._one_at_a_time = asyncio.Lock()

    def note(self, user_id: UserId, context: Context, config: Config) -> None:
        if not self._waiting.full():
            self._waiting.put_nowait((user_id, context, config))

    async def of(self, user_id: UserId, context: Context) -> Config | None:
        return await self._cache.last_known(user_id, context)

    async def forget(self, user_id: UserId) -> None:
        """Forget the user's configs, those that wait to be written included."""
        async with self._one_at_a_time:
            self._next = [waiting for waiting in self._next if waiting[0] != user_id]
            for _ in range(self._waiting.qsize()):
                waiting = self._waiting.get_nowait()
                if waiting[0] != user_id:
                    self._waiting.put_nowait(waiting)
                self._waiting.task_done()
            await self._cache.forget(user_id)

    async def run(self) -> None:
        """Write for ever."""
        while True:
            self._next = [await self._waiting.get()]
            taken = 1
            try:
                await asyncio.sleep(GATHER_SECONDS)
                async with self._one_at_a_time:
                    while taken < MAX_AT_ONCE and not self._waiting.empty():
                        self._next.append(self._waiting.get_nowait())
                        taken += 1
                    await self._cache.remember(*self._next)
            finally:
                for _ in range(taken):
                    self._waiting.task_done()

    async def written(self) -> None:
        """Return when everything noted so far is written."""
        await self._waiting.join()
