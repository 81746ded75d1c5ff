"""How is a time limit put on what usually need not be waited for at all?"""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from types import CoroutineType, coroutine
from typing import Any, TypeVar, cast

T = TypeVar("T")


async def in_time(value: Awaitable[T], seconds: float) -> T:
    """Await the value; raises TimeoutError once it has been waited for so long.

    A coroutine is begun without a timer, which would cost more than a small request: until it waits for something,
    nothing could interrupt it anyway.
    """
    if value.__class__ is not CoroutineType:
        async with asyncio.timeout(seconds):
            return await value
    begun = cast("Coroutine[Any, Any, T]", value)
    try:
        awaited = begun.send(None)
    except StopIteration as done:
        finished: T = done.value
        return finished
    async with asyncio.timeout(seconds):
        return await rest(begun, awaited)


@coroutine
def rest(begun: Coroutine[Any, Any, T], awaited: object) -> Generator[object, Any, T]:
    """What is left of a coroutine that waits for `awaited`: `await` for those already begun (PEP 380)."""
    try:
        while True:
            try:
                answer = yield awaited
            except GeneratorExit:
                begun.close()
                raise
            except BaseException as thrown:  # noqa: BLE001 - whatever it is, it is the coroutine's
                awaited = begun.throw(thrown)
            else:
                awaited = begun.send(answer)
    except StopIteration as done:
        finished: T = done.value
        return finished
