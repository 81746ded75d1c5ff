"""Which subscribers can be sent the very same bytes? An event to many costs one execution for all who ask alike."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON of one answer; `flawless` when it holds no errors."""

    body: bytes
    flawless: bool


class SharedAnswers:
    """Answers by key, each made once even when many ask at the same time; the least recently used go first.

    Who chooses the keys promises that equal keys mean equal answers, for ever. Flawed answers are not kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._answers: OrderedDict[Hashable, asyncio.Task[Answer]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    async def answer(self, key: Hashable, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer of this key. Raises what `make` raises, for everybody who waits for it."""
        making = self._answers.get(key)
        if making is None:
            making = asyncio.ensure_future(_made(make))
            self._answers[key] = making
            making.add_done_callback(lambda done: self._drop_if_flawed(key, done))
            if len(self._answers) > self._limit:
                self._answers.popitem(last=False)
        else:
            self._answers.move_to_end(key)
        # One subscriber who leaves must not take the answer from the others.
        return await asyncio.shield(making)

    def _drop_if_flawed(self, key: Hashable, done: asyncio.Task[Answer]) -> None:
        flawed = done.cancelled() or done.exception() is not None or not done.result().flawless
        if flawed and self._answers.get(key) is done:
            del self._answers[key]


async def _made(make: Callable[[], Awaitable[Answer]]) -> Answer:
    return await make()
