"""How processes tell one another what has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from domain.model.news import News


class Bus(Protocol):
    async def publish(self, *news: News) -> None:
        """Tell every listening process, this one included, in order. Best effort: never raises, may lose news."""
        ...

    def listen(self) -> AsyncIterator[News]:
        """All news from now on, for as long as the iterator lives.

        Begins with `Resynchronised` as soon as nothing can be missed any more, and says it again after every
        interruption. While interrupted it says it about once a second with `listening=False`, so that listeners fall
        back on the stores.
        """
        ...
