"""What becomes of a request whose body does not come?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import Request

from app import json_bodies
from app.json_bodies import json_object

if TYPE_CHECKING:
    import pytest
    from starlette.types import Message, Receive

HEADERS = [(b"content-type", b"application/json")]


def request(receive: Receive) -> Request:
    return Request({"type": "http", "method": "POST", "headers": HEADERS}, receive)


async def test_a_client_that_leaves_while_it_sends_is_no_fault() -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"a":', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    assert await json_object(request(receive), 100) == {}


async def test_a_client_that_does_not_go_on_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_bodies, "WHOLE_WITHIN_SECONDS", 0.01)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async with asyncio.timeout(5):
        assert await json_object(request(receive), 100) == {}
