"""What does a running engine answer to a batch of interactions?"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx2
import orjson

from app.endpoints import client_options, shown, understood, unreachable
from app.replay.refusals import ReplayStopped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from app import endpoints

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
            raise NoAnswer(unreachable(error)) from None
        return _outcome(understood(response), len(elements))


@asynccontextmanager
async def connected(url: str, token: str, connections: int) -> AsyncIterator[Engine]:
    """Give access to the engine whose GraphQL endpoint is at `url`; nothing is connected before the first batch."""
    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with httpx2.AsyncClient(limits=limits, **client_options(url, token)) as client:
        yield Engine(client, url)


def _outcome(answer: endpoints.Answer, count: int) -> Answer:
    if answer.is_too_large:
        return TooLarge()
    if answer.may_succeed_later:
        raise NoAnswer(f"the engine cannot work now: {answer.told}")
    if answer.refuses_the_token:
        raise ReplayStopped(f"the engine does not accept the token: {answer.told}")
    if answer.refuses_the_role:
        raise ReplayStopped(f"the token has not the role service: {answer.told}")
    if answer.message is not None:
        raise ReplayStopped(f"the engine refuses the request: {answer.told}")
    try:
        return _tracked(answer.data["trackInteractions"], count)
    except (KeyError, TypeError, ValueError):
        told = f"HTTP status {answer.status}"
        raise ReplayStopped(f"this is no engine's GraphQL endpoint ({told}): is the URL right?") from None


def _tracked(result: Mapping[str, Any], count: int) -> Answer:
    user_errors = result["userErrors"]
    if not user_errors:
        return Stored(int(result["accepted"]), int(result["duplicates"]))
    reasons: dict[int, str] = {}
    for error in user_errors:
        index = next((int(part) for part in error["path"] if part.isdigit()), count)
        if index < count:
            where = ".".join(part for part in error["path"][1:] if part != str(index))
            reasons.setdefault(index, shown(f"{where}: {error['message']} ({error['code']})"))
    if not reasons:
        raise ReplayStopped(f"the engine refuses the batch: {shown(user_errors[0]['message'])}")
    return BatchRefused(reasons)
