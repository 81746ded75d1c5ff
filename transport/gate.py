"""What must a host application tell this endpoint about who asks, when it is and what resolvers need?"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from secrets import token_hex
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from strawberry.types.field import StrawberryField

from transport.errors import UNAUTHENTICATED, Present, Presenter, Refused
from transport.keeping import Source, nothing

# A wall clock may jump while a process sleeps, so a long wait looks at it again this often.
CLOCK_CHECK_SECONDS = 60.0


class Principal(Protocol):
    """Whoever asks, once authenticated; a live socket ends when its principal expires (None: never)."""

    def __hash__(self) -> int: ...

    @property
    def expires_at(self) -> datetime | None: ...


P = TypeVar("P", bound=Principal)


class Clock(Protocol):
    """The time, always aware, and a way to await an instant of it."""

    def now(self) -> datetime: ...

    async def wait_until(self, instant: datetime) -> None: ...


class SystemClock:
    """The machine's own clock in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait_until(self, instant: datetime) -> None:
        left_seconds = (instant - self.now()).total_seconds()
        while left_seconds > 0:
            await asyncio.sleep(min(left_seconds, CLOCK_CHECK_SECONDS))
            left_seconds = (instant - self.now()).total_seconds()


SharedBy: TypeAlias = Callable[[object, Any, frozenset[str]], Hashable | None]

SYSTEM_CLOCK = SystemClock()
MASKING = Presenter()
_PROCESS = token_hex(8)
_NUMBERS = count(1)


def bearer_token(authorization: object) -> str | None:
    """Return the token of `Bearer TOKEN`, None of None; raises Refused when it is anything else."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ") if isinstance(authorization, str) else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused(UNAUTHENTICATED, "The authorization must have the form 'Bearer TOKEN'.")
    return token.strip()


def token_of_payload(payload: Mapping[str, object]) -> str | None:
    """Return the token that the payload of `connection_init` carries as `authorization`, in any case of letters."""
    named = {name.lower(): value for name, value in payload.items()}
    return bearer_token(named.get("authorization"))


def new_request_id() -> str:
    """No two are the same, in any process. They tell requests apart, and guard nothing."""
    return f"{_PROCESS}{next(_NUMBERS):016x}"


def alone(_event: object, _context: object, _fields: frozenset[str]) -> None:
    """Share nothing."""


def nobody(_principal: object) -> bool:
    """Trust nobody more than others."""
    return False


def unknown(_: object) -> None:
    """Of no token it is known whose it is, of no principal who that is, of no answer what it was made from."""
    return


def everybody(_principal: object) -> bool:
    """Trust everybody alike."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(Generic[P]):
    """The host application's side of the endpoint.

    authenticate    token -> principal; None is an anonymous caller. Raises Refused for a token it does not accept.
    recall          token -> its principal, if `authenticate` would return it at once; None: ask `authenticate`.
    context_for     (principal, request id) -> the context of ONE operation or ONE subscription event.
    present         (error, request id) -> what the client sees of it.
    token_of        payload of `connection_init` -> token. Raises Refused.
    shared_by       (event, its context, fields asked for) -> a key by which equal answers to the same operation on
                    the same variables can be recognised, for ever; None: answer this subscriber alone.
    is_determined   field -> does its value depend on nothing but the object it is asked of, its arguments, who asks,
                    and what `made_from` and `shared_by` name? Answers with any other field are made anew each time.
    made_from       the context of a query that was answered -> what the answer was made from; None: it is not kept.
                    Principals that are equal must be answered alike.
    is_trusted      principal -> may it send requests of up to `Limits.trusted_body_max_bytes`?
    may_send_any    principal -> may it send documents that are not in the manifest, where there is one?
    may_introspect  principal -> may it ask for the schema, and be told which name it may have meant?
    identity        principal -> whose connections are counted together; None: nobody counts them.
    origins         browser origins allowed to open sockets, besides the endpoint's own ("https://app.example").
    """

    authenticate: Callable[[str | None], Awaitable[P]]
    context_for: Callable[[P, str], object]
    recall: Callable[[str], P | None] = unknown
    present: Present = MASKING
    token_of: Callable[[Mapping[str, object]], str | None] = token_of_payload
    new_request_id: Callable[[], str] = new_request_id
    clock: Clock = SYSTEM_CLOCK
    shared_by: SharedBy = alone
    is_determined: Callable[[StrawberryField], bool] = nothing
    made_from: Callable[[Any], Source | None] = unknown
    is_trusted: Callable[[P], bool] = nobody
    may_send_any: Callable[[P], bool] = nobody
    may_introspect: Callable[[P], bool] = everybody
    identity: Callable[[P], Hashable | None] = unknown
    origins: frozenset[str] = frozenset()
