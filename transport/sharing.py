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
        self._answers: OrderedDict[Hashable, asyncio.Future[Answer]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    async def answer(self, key: Hashable, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer of this key. Raises what `make` raises, for everybody who waits for it.

        Whoever asks first makes it; where they leave before it is made, the next of those who wait does.
        """
        while (making := self._answers.get(key)) is not None:
            self._answers.move_to_end(key)
            if not making.done():
                await asyncio.wait((making,))
            if not making.cancelled():
                return making.result()
        return await self._made(key, make)

    async def _made(self, key: Hashable, make: Callable[[], Awaitable[Answer]]) -> Answer:
        making: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[key] = making
        if len(self._answers) > self._limit:
            self._answers.popitem(last=False)
        is_kept = False
        try:
            answer = await make()
            making.set_result(answer)
            is_kept = answer.flawless
        except Exception as error:
            making.set_exception(error)
            making.exception()  # nobody else may be waiting
            raise
        finally:
            if not making.done():
                making.cancel()
            if not is_kept and self._answers.get(key) is making:
                del self._answers[key]
        return answer
