"""How does an input object reach the operations? As the document that it is, without a class of its own."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import strawberry
from strawberry.types.arguments import InputContext
from strawberry.types.base import get_object_definition

T = TypeVar("T", bound=type)


def as_it_is(_cls: type, value: Mapping[str, Any], _context: InputContext) -> Mapping[str, Any]:
    return value


def document_input(*, description: str, one_of: bool = False) -> Callable[[T], T]:
    """Declare an input type whose values stay what GraphQL has made of them: dictionaries with GraphQL's names.

    One parser (`domain.rules.documents`) reads what is sent, stored and imported, and bulk tracking is spared a
    second object for each of 5,000 interactions.
    """

    def declare(cls: T) -> T:
        declared = strawberry.input(cls, description=description, one_of=one_of)
        get_object_definition(declared, strict=True).from_input = as_it_is
        return declared

    return declare
