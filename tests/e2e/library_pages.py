"""How do tests open pages that use the client library?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from tests.e2e.followers import CLIENTS, install, program
from tests.engines import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LONGEST_RETRY_SECONDS = 30
"""The library waits about so long between two attempts when an engine has been away for long."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page; what happens on it is told in order."""

    _process: asyncio.subprocess.Process

    def do(self, what: str, **rest: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps({"do": what, **rest}) + b"\n")

    async def event(self) -> dict[str, Any]:
        """What happens next."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS + LONGEST_RETRY_SECONDS):
            line = await self._process.stdout.readline()
        assert line, "the page has ended"
        event: dict[str, Any] = orjson.loads(line)
        return event

    async def told(self, name: str) -> dict[str, Any]:
        """The next event of this name, whatever happens before."""
        while (event := await self.event())["event"] != name:
            pass
        return event

    async def told_until(self, name: str) -> list[dict[str, Any]]:
        """What happens until an event of this name, it included."""
        events = [await self.event()]
        while events[-1]["event"] != name:
            events.append(await self.event())
        return events

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.communicate()


@asynccontextmanager
async def open_page(url: str, storage: Path, *tokens: str) -> AsyncIterator[Page]:
    """A page over `storage`; it ends as if it were reloaded, and the next one over `storage` is the reloaded one."""
    await install()
    process = await asyncio.create_subprocess_exec(
        *(program("node"), "page.mjs", url, str(storage), *tokens),
        cwd=CLIENTS,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    page = Page(process)
    try:
        yield page
    finally:
        await page.close()
