"""How do tests run the npm clients graphql-ws and graphql-sse, which host applications use?"""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tests.engines import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

CLIENTS = Path(__file__).parent / "clients"
CONFIG = """
subscription ($context: ContextInput!, $knownRevision: String) {
  configUpdated(context: $context, knownRevision: $knownRevision) {
    cause changedSlots
    config { revision source decidedAt holdsUntil theme { mode } layout { density } decisions { slot rule { key } } }
  }
}
"""


@dataclass(frozen=True, slots=True)
class NodeClient:
    """One client process; it tells one event after another, and gets a token whenever it asks for one."""

    _process: asyncio.subprocess.Process
    _tokens: Iterator[str]

    async def event(self) -> dict[str, Any]:
        """What happens next, whatever it is."""
        while (event := await self._told()) == {"event": "asks for a token"}:
            assert self._process.stdin is not None
            self._process.stdin.write(f"{next(self._tokens)}\n".encode())
        return event

    async def connected(self) -> None:
        """Return once the engine has accepted the next connection, however many are cut off or refused before."""
        while (event := await self.event())["event"] != "connected":
            assert event["event"] == "closed", event

    async def update(self) -> dict[str, Any]:
        """The next event, which has to be a pushed config."""
        event = await self.event()
        assert event["event"] == "next", event
        assert not event.get("errors"), event
        update: dict[str, Any] = event["data"]["configUpdated"]
        return update

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.communicate()

    async def _told(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await self._process.stdout.readline()
        assert line, "the client has ended"
        event: dict[str, Any] = orjson.loads(line)
        return event


@asynccontextmanager
async def node_client(
    url: str, tokens: Iterator[str], query: str = CONFIG, **variables: object
) -> AsyncIterator[NodeClient]:
    """Follow `query` with the next token at each connection; it is taken no earlier than it is needed.

    Over WebSockets, or by event streams if the URL is one of http.
    """
    await install()
    process = await asyncio.create_subprocess_exec(
        *(program("node"), "follow.mjs", url, query, orjson.dumps(variables).decode()),
        cwd=CLIENTS,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    client = NodeClient(process, tokens)
    try:
        yield client
    finally:
        await client.close()


async def install() -> None:
    """Install the packages of the lock, unless they are."""
    installed, lock = CLIENTS / "node_modules" / ".package-lock.json", CLIENTS / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    npm = await asyncio.create_subprocess_exec(program("npm"), "ci", "--silent", "--no-audit", "--no-fund", cwd=CLIENTS)
    assert await npm.wait() == 0, "npm ci failed"
    os.utime(installed)


def program(name: str) -> str:
    path = shutil.which(name)
    assert path, f"{name} is needed: install Node 20 or later"
    return path
