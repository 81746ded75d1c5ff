"""How does a field answer, and what does it learn about the operation it is asked in?"""

from collections.abc import Callable
from typing import TypeAlias

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.types.nodes import SelectedField

from resolvers.context import RequestContext

Info: TypeAlias = strawberry.Info[RequestContext, object]
Declare: TypeAlias = Callable[[Callable[..., object]], StrawberryField]


DETERMINED = "determined"


def resolved(description: str, *, determined: bool = False) -> Declare:
    """A field that a method answers. (Strawberry's own decorator has no type when it is given a description.)

    `determined`: its value depends on nothing but the object it is asked of, its arguments, who asks, and the config
    that the operation notes in its context with the rules it was decided by. Such answers are kept as bytes.
    """
    declare: Declare = strawberry.field(description=description, metadata={DETERMINED: determined})
    return declare


def is_determined(field: StrawberryField) -> bool:
    """Is the field declared as determined? What is only an attribute is, once its object is."""
    return field.is_basic_field or bool(field.metadata.get(DETERMINED))


def followed(description: str, *, determined: bool = False) -> Declare:
    """A field that answers again and again. `determined`: an event says by what its answers can be told apart."""
    declare: Declare = strawberry.subscription(description=description, metadata={DETERMINED: determined})
    return declare


def is_given(info: Info, argument: str) -> bool:
    """Did whoever asks say something about this argument of the field, or does only its default?"""
    (field,) = [one for one in info.selected_fields if isinstance(one, SelectedField)][:1]
    return field.arguments.get(argument) is not None
