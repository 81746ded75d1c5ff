"""Is this process alive, and can it serve?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Ping = Callable[[], Awaitable[None]]

PING_TIMEOUT_SECONDS = 2.0


def live() -> JSONResponse:
    """The event loop turns."""
    return JSONResponse({"status": "live"})


async def ready(pings: Mapping[str, Ping]) -> JSONResponse:
    """Every adapter is asked for a sign of life, all at once: 200 when all answer, 503 otherwise."""
    answers = await asyncio.gather(*(_answers(ping) for ping in pings.values()))
    checks = {name: "ok" if ok else "unavailable" for name, ok in zip(pings, answers, strict=True)}
    ok = bool(answers) and all(answers)  # nobody to ask yet: still starting
    return JSONResponse({"status": "ready" if ok else "degraded", "checks": checks}, 200 if ok else 503)


async def _answers(ping: Ping) -> bool:
    try:
        async with asyncio.timeout(PING_TIMEOUT_SECONDS):
            await ping()
    except (Unavailable, TimeoutError):
        return False
    return True
