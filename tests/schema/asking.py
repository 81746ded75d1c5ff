"""How do tests ask the schema something, in a role, where no store may be reached?"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, NoReturn

import strawberry
from graphql import ExecutionResult, GraphQLError

from domain.model.principals import ANONYMOUS, Principal, Role
from domain.model.users import UserId
from resolvers.context import RequestContext, UseCases
from schema.build import build_schema
from schema.errors import code_of

NOW = datetime(2030, 1, 31, 9, 30, tzinfo=UTC)
OWN = UserId("own")

SCHEMA = build_schema()


class Reached(Exception):
    """Somebody asked a use case or a store for something."""


@dataclass(frozen=True)
class Tripwire:
    """Stands where a use case or store is wired in, and tells that it was reached."""

    name: str

    def __getattr__(self, attribute: str) -> NoReturn:
        raise Reached(f"{self.name}.{attribute}")

    def __call__(self, *_: object, **__: object) -> NoReturn:
        raise Reached(self.name)


@dataclass(frozen=True)
class StoppedClock:
    def now(self) -> datetime:
        return NOW

    async def wait_until(self, instant: datetime) -> None:
        """Return at once: nothing here waits."""


def principal(*roles: Role) -> Principal:
    return Principal(OWN, frozenset(roles)) if roles else ANONYMOUS


def context_for(*roles: Role) -> RequestContext:
    wired: dict[str, Any] = {field.name: Tripwire(field.name) for field in fields(UseCases)}
    wired["clock"] = StoppedClock()
    return RequestContext(principal(*roles), "request", UseCases(**wired))


async def ask(
    query: str, *roles: Role, variables: Mapping[str, Any] | None = None, schema: strawberry.Schema = SCHEMA
) -> ExecutionResult:
    result = await schema.execute(query, variable_values=dict(variables or {}), context_value=context_for(*roles))
    return ExecutionResult(result.data, result.errors)


def outcome(errors: list[GraphQLError] | None) -> str:
    """The code of the first refusal; ALLOWED when a use case was reached, or nothing was refused."""
    for error in errors or ():
        if isinstance(error.original_error, Reached):
            return "ALLOWED"
        return code_of(error.original_error) or str(error) if error.original_error else str(error)
    return "ALLOWED"
