"""How is a GraphQL request served over HTTP (https://graphql.github.io/graphql-over-http/draft/)?"""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache, partial
from types import CoroutineType
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from graphql import GraphQLError, OperationType
from starlette.types import Message, Receive, Scope, Send

from transport import over_sse
from transport.closings import Closed
from transport.errors import UNAUTHENTICATED, NotAnswered, Presented, Refused
from transport.gate import Principal, bearer_token
from transport.keeping import Kept
from transport.media_types import (
    EVENT_STREAM,
    GRAPHQL_RESPONSE,
    JSON,
    Streaming,
    is_json_in_utf_8,
    response_type,
    streaming,
)
from transport.operations import Operation, Operations, error_answer
from transport.over_sse import EventStream
from transport.registries import Registry
from transport.request_ids import LOGGED_REQUEST_ID
from transport.requests import GraphQLRequest, MalformedRequest, graphql_request, json_object
from transport.waiting import in_time, rest

Headers: TypeAlias = Mapping[bytes, bytes]
BEARER = b"Bearer "
CONTENT_TYPES = {
    media_type: f"{media_type}; charset=utf-8".encode() for media_type in (GRAPHQL_RESPONSE, JSON, EVENT_STREAM)
}
NO_HEADERS: Mapping[str, str] = {}
GIVEN_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
MAX_QUERY_PARAMETERS = 10


class _Rejected(Exception):
    """Not a GraphQL request that this endpoint serves, whatever the media type of the answer."""

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error: Presented = {"message": message, "extensions": {"code": code}}
        self.headers = headers or {}


class _Disconnected(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Accepted:
    """What the client takes: the media type of a single answer (None: it takes none), and which answers as a stream."""

    media_type: str | None = JSON
    streamed: Streaming = Streaming.NONE

    @property
    def is_anything(self) -> bool:
        return self.media_type is not None or self.streamed is not Streaming.NONE


@lru_cache(maxsize=256)
def _accepted(accept: bytes) -> _Accepted:
    header = accept.decode("latin-1")
    return _Accepted(response_type(header), streaming(header))


@dataclass(slots=True)
class _Asked:
    """A request, and who sends what, once that is known."""

    headers: Headers
    request_id: str
    accepted: _Accepted
    principal: Principal | None = None
    body: bytes | None = None


ANYTHING = _Accepted()


class GraphQLOverHTTP:
    """Serves operations by POST and, where `queries_by_get` allows it, queries and subscriptions by GET.

    What a client wants streamed goes to `transport.over_sse`.
    """

    def __init__(self, operations: Operations, registry: Registry, *, queries_by_get: bool) -> None:
        self._operations = operations
        self._registry = registry
        self._gate = operations.gate
        self._limits = operations.limits
        self._kept = operations.kept
        self._methods = ("GET", "POST") if queries_by_get else ("POST",)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = dict(scope["headers"])
        accepts = headers.get(b"accept")
        asked = _Asked(headers, self._request_id(headers), ANYTHING if accepts is None else _accepted(accepts))
        if scope["method"] == "POST":
            message, waiting = _begun(receive())
            if message is None or not self._is_known(asked, message):
                receive = _going_on(receive, message, waiting)
            elif (kept := self._kept_answer(asked)) is not None:
                await _send(send, 200, kept.body, asked.accepted.media_type, asked.request_id)
                return
        await self._serve(scope, receive, send, asked)

    def _is_known(self, asked: _Asked, message: Message) -> bool:
        """Did the request come whole, from somebody who is known? Then it is as if both had been asked for."""
        authorization = asked.headers.get(b"authorization", b"")
        if message.get("more_body", True) or not authorization.startswith(BEARER):
            return False
        body: bytes = message["body"]
        if len(body) > self._limits.body_max_bytes or not is_json_in_utf_8(_text(asked.headers, b"content-type") or ""):
            return False
        asked.principal, asked.body = self._gate.recall(authorization[len(BEARER) :].decode("latin-1")), body
        return asked.principal is not None

    def _kept_answer(self, asked: _Asked) -> Kept | None:
        """What going through all of `_serve` would answer, for a tenth of the time, if it is kept."""
        accepted = asked.accepted
        if not self._kept or accepted.media_type is None or accepted.streamed is Streaming.ALL:
            return None
        if asked.principal is None or asked.body is None:
            return None
        return self._kept.answer(asked.principal, asked.body)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, asked: _Asked) -> None:
        media_type, streamed = asked.accepted.media_type, asked.accepted.streamed
        status, extra = 200, NO_HEADERS
        logged = LOGGED_REQUEST_ID.set(asked.request_id)
        try:
            if asked.principal is None or not asked.accepted.is_anything:
                self._check(scope, asked)
            answer = await self._answer(scope, receive, asked)
            if not isinstance(answer, bytes):
                operation, principal = answer
                stream = EventStream(self._operations, operation, receive, send)
                await self._stream(stream, principal, {"x-request-id": asked.request_id})
                return
            body = answer
        except _Disconnected:
            return
        except _Rejected as rejected:
            status, body, extra = rejected.status, error_answer([rejected.error]), rejected.headers
        except NotAnswered as refusal:
            # By the specification, application/json says 200 of every well-formed request: only then does a client
            # know that the answer is not an intermediary's.
            status = refusal.status if media_type == GRAPHQL_RESPONSE else 200
            body = error_answer(refusal.errors)
            if streamed is Streaming.ALL:
                status, body, media_type, extra = 200, over_sse.refusal(refusal), EVENT_STREAM, over_sse.UNBUFFERED
        finally:
            LOGGED_REQUEST_ID.reset(logged)
        await _send(send, status, body, media_type, asked.request_id, extra)

    def _request_id(self, headers: Headers) -> str:
        given = _text(headers, b"x-request-id")
        return given if given and GIVEN_REQUEST_ID.fullmatch(given) else self._gate.new_request_id()

    async def _answer(self, scope: Scope, receive: Receive, asked: _Asked) -> bytes | tuple[Operation, Principal]:
        """The answer; or the operation whose answers are to be streamed."""
        principal, body = asked.principal, asked.body
        if principal is None:
            principal = await self._principal(asked.headers, asked.request_id)
        if scope["method"] == "GET":
            request = _read(lambda: _query_parameters(scope))
        else:
            if body is None:
                body = await self._body(asked.headers, receive, self._most_bytes(principal))
            request = _read(partial(json_object, body))
        operation = self._operation(request, principal, asked.request_id, scope["method"])
        if _is_streamed(operation, asked.accepted.streamed):
            return operation, principal
        answer, source = await operation.answer_to_keep()
        if source is not None and body is not None:
            self._kept.keep(principal, body, source, answer)
        return answer

    async def _stream(self, stream: EventStream, principal: Principal, headers: Mapping[str, str]) -> None:
        if not self._registry.admits:
            raise _Rejected(503, "TOO_MANY_CONNECTIONS", "Come back soon.", headers={"retry-after": "1"})
        with self._registry.holding(stream):
            try:
                self._registry.attribute(stream, principal)
            except Closed as closed:
                raise _Rejected(429, "TOO_MANY_CONNECTIONS", closed.reason) from closed
            await stream.run(headers)

    def _check(self, scope: Scope, asked: _Asked) -> None:
        method = scope["method"]
        if method not in self._methods:
            allow = ", ".join(self._methods)
            raise _Rejected(405, "METHOD_NOT_ALLOWED", f"Use {' or '.join(self._methods)}.", headers={"allow": allow})
        if not asked.accepted.is_anything:
            message = f"Answers are {GRAPHQL_RESPONSE}, {JSON} or {EVENT_STREAM}, in UTF-8."
            raise _Rejected(406, "NOT_ACCEPTABLE", message)
        if method == "POST" and not is_json_in_utf_8(_text(asked.headers, b"content-type") or ""):
            raise _Rejected(415, "UNSUPPORTED_MEDIA_TYPE", f"Send the request as {JSON}, in UTF-8.")

    async def _principal(self, headers: Headers, request_id: str) -> Principal:
        try:
            principal: Principal = await self._gate.authenticate(bearer_token(_text(headers, b"authorization")))
        except Refused as refusal:
            if refusal.code == UNAUTHENTICATED:
                raise _Rejected(401, refusal.code, refusal.message, headers={"www-authenticate": "Bearer"}) from refusal
            raise _Rejected(403, refusal.code, refusal.message) from refusal
        except Exception as fault:
            error = self._gate.present(GraphQLError(str(fault), original_error=fault), request_id)
            raise NotAnswered([error], status=500) from fault
        return principal

    def _most_bytes(self, principal: Principal) -> int:
        trusted = self._gate.is_trusted(principal)
        return self._limits.trusted_body_max_bytes if trusted else self._limits.body_max_bytes

    async def _body(self, headers: Headers, receive: Receive, most_bytes: int) -> bytes:
        if int(_digits(headers, b"content-length")) > most_bytes:
            raise _too_large(most_bytes)
        try:
            return await in_time(_received(receive, most_bytes), self._limits.operation_timeout_seconds)
        except TimeoutError:
            raise _Rejected(408, "REQUEST_TIMEOUT", "The request took too long to arrive.") from None

    def _operation(self, request: GraphQLRequest, principal: Principal, request_id: str, method: str) -> Operation:
        operation = self._operations.begin(request, principal, request_id)
        if method == "GET" and operation.kind is OperationType.MUTATION:
            raise _Rejected(405, "METHOD_NOT_ALLOWED", "GET is for queries only.", headers={"allow": "POST"})
        return operation


def _is_streamed(operation: Operation, streamed: Streaming) -> bool:
    if operation.kind is not OperationType.SUBSCRIPTION:
        return streamed is Streaming.ALL
    if streamed is Streaming.NONE:
        message = (
            f"Subscriptions have many answers: accept {EVENT_STREAM}, or open a WebSocket with the subprotocol "
            "graphql-transport-ws."
        )
        raise NotAnswered([{"message": message, "extensions": {"code": "SUBSCRIPTION_OVER_HTTP"}}])
    return True


def _read(parameters: Callable[[], Mapping[str, Any]]) -> GraphQLRequest:
    try:
        return graphql_request(parameters())
    except MalformedRequest as malformed:
        raise _Rejected(400, "BAD_REQUEST", str(malformed)) from malformed


def _begun(receiving: Any) -> tuple[Message | None, Awaitable[Message] | None]:
    """What has arrived already, or else what there is to wait for."""
    if receiving.__class__ is not CoroutineType:
        return None, receiving
    try:
        awaited = receiving.send(None)
    except StopIteration as done:
        return done.value, None
    return None, rest(receiving, awaited)


def _going_on(receive: Receive, message: Message | None, waiting: Awaitable[Message] | None) -> Receive:
    """Receive again from the beginning what has begun to arrive."""
    begun = [one for one in (message, waiting) if one is not None]

    async def receive_all() -> Message:
        if not begun:
            return await receive()
        first = begun.pop()
        return first if isinstance(first, MutableMapping) else await first

    return receive_all


async def _received(receive: Receive, most_bytes: int) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Disconnected
        body += message.get("body", b"")
        if len(body) > most_bytes:
            raise _too_large(most_bytes)
        more = message.get("more_body", False)
    return bytes(body)


def _too_large(most_bytes: int) -> _Rejected:
    return _Rejected(413, "PAYLOAD_TOO_LARGE", f"The request may have at most {most_bytes} bytes.")


def _query_parameters(scope: Scope) -> dict[str, Any]:
    try:
        pairs = parse_qsl(scope["query_string"].decode(), max_num_fields=MAX_QUERY_PARAMETERS, keep_blank_values=True)
    except ValueError as error:
        raise MalformedRequest("The query string cannot be read.") from error
    parameters: dict[str, Any] = dict(pairs)
    return parameters | {
        name: json_object(parameters[name]) for name in ("variables", "extensions") if name in parameters
    }


def _text(headers: Headers, name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def _digits(headers: Headers, name: bytes) -> bytes:
    value = headers.get(name, b"")
    return value if value.isdigit() else b"0"


async def _send(
    send: Send,
    status: int,
    body: bytes,
    media_type: str | None,
    request_id: str,
    extra: Mapping[str, str] = NO_HEADERS,
) -> None:
    headers = [
        (b"content-type", CONTENT_TYPES[media_type or JSON]),
        (b"x-request-id", request_id.encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    if extra:
        headers += [(name.encode(), value.encode()) for name, value in extra.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
