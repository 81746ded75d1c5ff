"""What does a client learn when something is refused or fails?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog
from graphql import GraphQLError

Presented: TypeAlias = dict[str, Any]
Present: TypeAlias = Callable[[GraphQLError, str], Presented]

INTERNAL = "INTERNAL"
TIMEOUT = "TIMEOUT"
UNAUTHENTICATED = "UNAUTHENTICATED"
UNTRUSTED_DOCUMENT = "UNTRUSTED_DOCUMENT"
INTROSPECTION_REFUSED = "INTROSPECTION_REFUSED"
# Clients that send identifiers know this code, or the message, and go on to send the text.
PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"

log = structlog.get_logger(__name__)


class Refused(Exception):
    """An expected refusal; its message and code are made for the client."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotAnswered(Exception):
    """An operation that has no answer, only errors: refused before it ran, or ended before it had data.

    `status` is what HTTP calls it: 400 for a mistake in the request, 500 for a fault, 503 when time ran out.
    """

    def __init__(self, errors: list[Presented], status: int = 400) -> None:
        super().__init__(errors)
        self.errors = errors
        self.status = status


@dataclass(frozen=True, slots=True)
class Presenter:
    """Shows GraphQL's own errors and expected refusals, and masks every other fault behind a request id.

    `shown` are the exception classes whose instances, when they carry a string `code`, are made for clients.
    """

    shown: tuple[type[Exception], ...] = ()

    def __call__(self, error: GraphQLError, request_id: str) -> Presented:
        cause = _root_cause(error)
        if cause is None:
            return dict(error.formatted)
        code = getattr(cause, "code", None)
        if isinstance(cause, (Refused, *self.shown)) and isinstance(code, str):
            return {**error.formatted, "extensions": {**(error.extensions or {}), "code": code}}
        log.error("internal_error", request_id=request_id, path=error.path, exc_info=cause)
        return {
            **error.formatted,
            "message": "Internal error",
            "extensions": {"code": INTERNAL, "requestId": request_id},
        }


def _root_cause(error: GraphQLError) -> Exception | None:
    """Return what a resolver raised; None when GraphQL itself, or a resolver in its words, reported the error."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause
