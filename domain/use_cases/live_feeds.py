"""How news reaches the subscriptions of this process that follow profiles, segments or rules."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

T = TypeVar("T")

MAX_WAITING_PER_FOLLOWER = 1_000


class Feed(Generic[T]):
    """Everything told reaches every follower, in order.

    Who follows hears everything told from when the first item is awaited. A follower that falls behind by more than
    `MAX_WAITING_PER_FOLLOWER` is ended with `Unavailable`: it has to begin again.
    """

    def __init__(self) -> None:
        self._followers: set[_Follower[T]] = set()

    def __len__(self) -> int:
        return len(self._followers)

    def tell(self, item: T) -> None:
        for follower in self._followers:
            follower.hear(item)

    async def follow(self, wanted: Callable[[T], bool]) -> AsyncIterator[T]:
        with self._following(wanted) as follower:
            while True:
                yield await follower.next()

    @contextmanager
    def _following(self, wanted: Callable[[T], bool]) -> Iterator[_Follower[T]]:
        follower = _Follower(wanted)
        self._followers.add(follower)
        try:
            yield follower
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
