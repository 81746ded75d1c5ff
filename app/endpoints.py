"""How does one speak to a running engine over its public API, and what does it answer?"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 5.0
# Longer than the engine lets any operation take.
ANSWER_SECONDS = 45.0
SHOWN_CHARACTERS = 200
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
RETRYABLE_CODES = frozenset({"UNAVAILABLE", "TIMEOUT", "INTERNAL"})
RETRYABLE_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer with what its JSON says, if it is any: its first error, and its data."""

    status: int
    data: Mapping[str, Any]
    message: str | None = None
    code: object = None

    @property
    def told(self) -> str:
        return shown(self.message) if self.message is not None else f"HTTP status {self.status}"

    @property
    def is_too_large(self) -> bool:
        return self.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    @property
    def may_succeed_later(self) -> bool:
        at_fault = self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.status in RETRYABLE_STATUSES
        return at_fault or self.code in RETRYABLE_CODES

    @property
    def refuses_the_token(self) -> bool:
        return self.status == HTTPStatus.UNAUTHORIZED or self.code == "UNAUTHENTICATED"

    @property
    def refuses_the_role(self) -> bool:
        return self.status == HTTPStatus.FORBIDDEN or self.code == "FORBIDDEN"


def client_options(url: str, token: str) -> dict[str, Any]:
    """What every HTTP client of an engine is made with."""
    return {
        "headers": {
            "authorization": f"Bearer {token}",
            "content-type": "application/json",
            "accept": "application/graphql-response+json, application/json;q=0.9",
        },
        "timeout": httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        # A proxy of the environment cannot reach this machine's own addresses.
        "trust_env": urlsplit(url).hostname not in LOOPBACK,
    }


def understood(response: httpx2.Response) -> Answer:
    payload = _object(_json(response.content))
    errors = payload.get("errors")
    first = _object(errors[0]) if isinstance(errors, list) and errors else {}
    message = first.get("message")
    return Answer(
        status=response.status_code,
        data=_object(payload.get("data")),
        message=None if message is None else str(message),
        code=_object(first.get("extensions")).get("code"),
    )


def unreachable(error: httpx2.RequestError) -> str:
    """Why there was no answer."""
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return "the engine cannot be reached"
    if isinstance(error, httpx2.TimeoutException):
        return "the engine does not answer in time"
    return f"the connection to the engine broke ({type(error).__name__})"


def shown(text: object) -> str:
    """Keep a message of somebody else's to one line of bearable length."""
    return " ".join(str(text).split())[:SHOWN_CHARACTERS]


def _json(content: bytes) -> object:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
