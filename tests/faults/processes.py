"""How do tests run a whole engine as a process of its own, so that it can be killed?"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import psutil  # type: ignore[import-untyped]  # psutil ships no annotations

from app.asgi import Application
from app.embedded.services import start_embedded
from app.settings import load_settings
from tests.engines import PATIENCE_SECONDS, Api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ATTUNE = Path(sys.executable).parent / "attune"
SERVING = "Uvicorn running on"
KEPT_LINES = 50
LONGEST_LINE_BYTES = 2**24
LONGEST_LINE_BYTES = 2**24


@dataclass(slots=True)
class EngineProcess:
    """`attune serve` with embedded servers on a data directory and a port that stay the same over restarts."""

    data_dir: Path
    port: int
    _process: asyncio.subprocess.Process | None = None
    _reading: asyncio.Task[None] | None = None
    _said: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"

    @property
    def last_words(self) -> str:
        """The end of what it printed, and how it ended if it has."""
        code = self._process.returncode if self._process is not None else None
        return "".join(self._said) + ("" if code is None else f"exit code {code}")

    async def start(self) -> None:
        """Return when it serves."""
        self._process = await asyncio.create_subprocess_exec(
            *(str(ATTUNE), "serve", "--data-dir", str(self.data_dir), "--port", str(self.port)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LONGEST_LINE_BYTES,
        )
        self._said.clear()
        serving = asyncio.Event()
        self._reading = asyncio.create_task(self._read(self._process, serving))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await serving.wait()
        assert any(SERVING in line for line in self._said), self.last_words

    def kill(self, *, with_its_servers: bool = False) -> None:
        """End the process as the kernel would when memory is short; its servers live on as orphans, or die too."""
        assert self._process is not None
        victims = psutil.Process(self._process.pid).children(recursive=True) if with_its_servers else []
        self._process.kill()
        for victim in victims:
            victim.kill()

    def terminate(self) -> None:
        """Ask the process to end."""
        assert self._process is not None
        self._process.terminate()

    async def ended(self) -> int:
        """The exit code, once it has ended."""
        assert self._process is not None
        assert self._reading is not None
        await self._reading
        return await self._process.wait()

    async def stop(self) -> None:
        """End it, in order if it still runs; nothing it started is left."""
        if self._process is not None and self._process.returncode is None:
            self.terminate()
            await self.ended()
        await asyncio.to_thread(lambda: start_embedded(self.data_dir).stop())

    async def _read(self, process: asyncio.subprocess.Process, serving: asyncio.Event) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self._said.append(line.decode())
            if SERVING in self._said[-1]:
                serving.set()
        serving.set()  # it ended: nobody need wait for it


@asynccontextmanager
async def engine_process(data_dir: Path) -> AsyncIterator[EngineProcess]:
    """A running engine on new data."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    engine = EngineProcess(data_dir, port)
    try:
        await engine.start()
        yield engine
    finally:
        await engine.stop()


@asynccontextmanager
async def api_of(engine: EngineProcess) -> AsyncIterator[Api]:
    """Its API, with tokens signed by the secret of its data directory."""
    settings = load_settings(data_dir=engine.data_dir)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{engine.port}", timeout=PATIENCE_SECONDS) as client:
        yield Api(settings, engine.port, Application(settings), client)
