"""How does a field answer, and what does it learn about the operation it is asked in?"""

from collections.abc import Callable
from typing import TypeAlias

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.types.nodes import SelectedField

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


def is_given(info: Info, argument: str) -> bool:
    """Did whoever asks say something about this argument of the field, or does only its default?"""
    (field,) = [one for one in info.selected_fields if isinstance(one, SelectedField)][:1]
    return field.arguments.get(argument) is not None
