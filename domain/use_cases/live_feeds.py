"""How news reaches the subscriptions of this process that follow profiles, segments or rules."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import WeakSet

from domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

T = TypeVar("T")

MAX_WAITING_PER_FOLLOWER = 1_000


class Feed(Generic[T]):
    """Everything told reaches every follower, in order.

    Who follows hears everything told after the call. A follower that falls behind by more than
    `MAX_WAITING_PER_FOLLOWER` is ended with `Unavailable`: it has to begin again.
    """

    def __init__(self) -> None:
        # Weak, because a generator that is closed before it was begun has no chance to say so.
        self._followers: WeakSet[_Follower[T]] = WeakSet()

    def __len__(self) -> int:
        return len(self._followers)

    def tell(self, item: T) -> None:
        for follower in self._followers:
            follower.hear(item)

    def follow(self, wanted: Callable[[T], bool]) -> AsyncGenerator[T, None]:
        follower = _Follower(wanted)
        self._followers.add(follower)
        return self._told(follower)

    async def _told(self, follower: _Follower[T]) -> AsyncGenerator[T, None]:
        try:
            while True:
                yield await follower.next()
        finally:
            self._followers.discard(follower)


class _Follower(Generic[T]):
    def __init__(self, wanted: Callable[[T], bool]) -> None:
        self._wanted = wanted
        self._waiting: asyncio.Queue[T] = asyncio.Queue(MAX_WAITING_PER_FOLLOWER)
        self._fell_behind = False

    def hear(self, item: T) -> None:
        if not self._wanted(item):
            return
        if self._waiting.full():
            self._fell_behind = True
        else:
            self._waiting.put_nowait(item)

    async def next(self) -> T:
        if self._fell_behind:
            raise Unavailable("the subscriber reads too slowly and missed something: subscribe again")
        return await self._waiting.get()
