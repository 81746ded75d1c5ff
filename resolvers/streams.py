"""How is the source of a subscription closed for certain when the subscription ends?"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

S = TypeVar("S")
T = TypeVar("T")


@asynccontextmanager
async def closing(source: AsyncIterator[T]) -> AsyncGenerator[AsyncIterator[T], None]:
    """Close the source at the end, not when it is collected: until then it would count as open."""
    try:
        yield source
    finally:
        if isinstance(source, AsyncGenerator):
            await source.aclose()


async def translated(source: AsyncIterator[S], translate: Callable[[S], T]) -> AsyncGenerator[T, None]:
    """Everything the source says, in other words; closing this closes the source."""
    async with closing(source) as items:
        async for item in items:
            yield translate(item)
