"""How does a field answer, and what does it learn about the operation it is asked in?"""

from collections.abc import Callable
from typing import TypeAlias

import strawberry
from strawberry.types.field import StrawberryField

from resolvers.context import RequestContext

Info: TypeAlias = strawberry.Info[RequestContext, object]
Declare: TypeAlias = Callable[[Callable[..., object]], StrawberryField]


def resolved(description: str) -> Declare:
    """A field that a method answers. (Strawberry's own decorator has no type when it is given a description.)"""
    declare: Declare = strawberry.field(description=description)
    return declare


def followed(description: str) -> Declare:
    """A field that answers again and again."""
    declare: Declare = strawberry.subscription(description=description)
    return declare
