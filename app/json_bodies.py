"""How is a small JSON object read that a page of ours sends?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

WHOLE_WITHIN_SECONDS = 10.0


async def json_object(request: Request, most_bytes: int) -> dict[str, Any]:
    """The object; empty for anything else, for more, for what does not come, and for other types of content.

    Browsers let any page of any origin send those without asking first.
    """
    if request.headers.get("content-type") != "application/json":
        return {}
    body = b""
    try:
        async with asyncio.timeout(WHOLE_WITHIN_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    return {}
    except (ClientDisconnect, TimeoutError):
        return {}
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
