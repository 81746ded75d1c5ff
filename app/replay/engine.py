"""What does a running engine answer to a batch of interactions?"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

import httpx2
import orjson

from app.replay.refusals import ReplayStopped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

CONNECT_SECONDS = 5.0
# Longer than the engine lets any operation take.
ANSWER_SECONDS = 45.0
SHOWN_CHARACTERS = 200
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
RETRYABLE_CODES = frozenset({"UNAVAILABLE", "TIMEOUT", "INTERNAL"})
RETRYABLE_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
MUTATION = (
    "mutation Replay($input: [InteractionInput!]!) { trackInteractions(input: $input) "
    "{ accepted duplicates userErrors { message code path } } }"
)
BEFORE_ELEMENTS = b'{"query":%b,"operationName":"Replay","variables":{"input":[' % orjson.dumps(MUTATION)
AFTER_ELEMENTS = b"]}}"


@dataclass(frozen=True, slots=True)
class Stored:
    """Every interaction is durable: newly, or already before."""

    accepted: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class BatchRefused:
    """Nothing was stored, because of the elements at these indexes (and maybe others)."""

    reasons: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class TooLarge:
    """Nothing was stored: the request has more bytes than the engine reads."""


Answer: TypeAlias = Stored | BatchRefused | TooLarge


class NoAnswer(Exception):
    """The engine could not be reached or could not work; the same batch may be sent again."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine's public API, spoken to with one token."""

    client: httpx2.AsyncClient
    url: str

    async def track(self, elements: Sequence[bytes]) -> Answer:
        """Send `elements` (each the JSON of an InteractionInput) as one `trackInteractions`.

        Raises:
            NoAnswer: trying again may help.
            ReplayStopped: trying again will not help; the message says what to do.

        """
        body = b"".join((BEFORE_ELEMENTS, b",".join(elements), AFTER_ELEMENTS))
        try:
            response = await self.client.post(self.url, content=body)
        except httpx2.InvalidURL:
            raise ReplayStopped(f"{self.url} is not a URL") from None
        except httpx2.RequestError as error:
            raise NoAnswer(_described(error)) from None
        return _understood(response, len(elements))


@asynccontextmanager
async def connected(url: str, token: str, connections: int) -> AsyncIterator[Engine]:
    """Give access to the engine whose GraphQL endpoint is at `url`; nothing is connected before the first batch."""
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "accept": "application/graphql-response+json, application/json;q=0.9",
    }
    async with httpx2.AsyncClient(
        headers=headers,
        timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
        # A proxy of the environment cannot reach this machine's own addresses.
        trust_env=urlsplit(url).hostname not in LOOPBACK,
    ) as client:
        yield Engine(client, url)


def _described(error: httpx2.RequestError) -> str:
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return "the engine cannot be reached"
    if isinstance(error, httpx2.TimeoutException):
        return "the engine does not answer in time"
    return f"the connection to the engine broke ({type(error).__name__})"


def _understood(response: httpx2.Response, count: int) -> Answer:
    status = response.status_code
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge()
    payload = _json_object(response.content)
    error = _first_error(payload)
    code = _code(error)
    told = _shown(error["message"]) if "message" in error else f"HTTP status {status}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in RETRYABLE_STATUSES or code in RETRYABLE_CODES:
        raise NoAnswer(f"the engine cannot work now: {told}")
    if status == HTTPStatus.UNAUTHORIZED or code == "UNAUTHENTICATED":
        raise ReplayStopped(f"the engine does not accept the token: {told}")
    if status == HTTPStatus.FORBIDDEN or code == "FORBIDDEN":
        raise ReplayStopped(f"the token has not the role service: {told}")
    if error:
        raise ReplayStopped(f"the engine refuses the request: {told}")
    try:
        return _outcome(payload["data"]["trackInteractions"], count)
    except (KeyError, TypeError, ValueError):
        raise ReplayStopped(f"this is no engine's GraphQL endpoint (HTTP status {status}): is the URL right?") from None


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        payload = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return payload if isinstance(payload, dict) else {}


def _first_error(payload: Mapping[str, Any]) -> dict[str, Any]:
    errors = payload.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    return first if isinstance(first, dict) else {}


def _code(error: Mapping[str, Any]) -> object:
    extensions = error.get("extensions")
    return extensions.get("code") if isinstance(extensions, dict) else None


def _outcome(result: Mapping[str, Any], count: int) -> Answer:
    user_errors = result["userErrors"]
    if not user_errors:
        return Stored(int(result["accepted"]), int(result["duplicates"]))
    reasons: dict[int, str] = {}
    for error in user_errors:
        index = next((int(part) for part in error["path"] if part.isdigit()), count)
        if index < count:
            where = ".".join(part for part in error["path"][1:] if part != str(index))
            reasons.setdefault(index, _shown(f"{where}: {error['message']} ({error['code']})"))
    if not reasons:
        raise ReplayStopped(f"the engine refuses the batch: {_shown(user_errors[0]['message'])}")
    return BatchRefused(reasons)


def _shown(text: object) -> str:
    """Keep a message of somebody else's to one line of bearable length."""
    return " ".join(str(text).split())[:SHOWN_CHARACTERS]
