"""How is an ASGI application asked something without a server between?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message


@dataclass(slots=True)
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


async def post(app: ASGIApp, *parts: bytes | None, token: str | None = None, **headers: str) -> Answer:
    """What the application answers to the JSON that arrives in these parts; `None`: it has to be waited for.

    Names of headers are given with `_` for `-`.
    """
    answer, sent = Answer(), {"content_type": "application/json", **headers}
    if token is not None:
        sent["authorization"] = f"Bearer {token}"
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": pairs}

    arriving = list(parts)

    async def receive() -> Message:
        while arriving and arriving[0] is None:
            arriving.pop(0)
            await asyncio.sleep(0)
        if not arriving:
            return {"type": "http.disconnect"}
        part = arriving.pop(0)
        return {"type": "http.request", "body": part, "more_body": any(more is not None for more in arriving)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message["body"]

    await app(scope, receive, send)
    return answer


def question(query: str, **variables: object) -> bytes:
    """The body of a request."""
    return orjson.dumps({"query": query, "variables": variables})
