"""How do tests follow one user's config at one place?"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.e2e.followers import CONFIG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.engines import Following, Speaker


@dataclass(frozen=True, slots=True)
class Page:
    """Open as long as its socket; `first` is what it showed to begin with."""

    first: dict[str, Any]
    _following: Following

    async def update(self) -> dict[str, Any]:
        """What is pushed next."""
        update: dict[str, Any] = (await self._following.next())["configUpdated"]
        return update

    async def mode(self) -> str:
        """The colours that are pushed next."""
        mode: str = (await self.update())["config"]["theme"]["mode"]
        return mode


@asynccontextmanager
async def open_page(user: Speaker, place: str) -> AsyncIterator[Page]:
    """A page that shows its first config."""
    async with user.following(CONFIG, context={"place": place}) as following:
        yield Page((await following.next())["configUpdated"]["config"], following)
