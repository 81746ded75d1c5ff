"""Which values come into the answer without more ado?

Nearly all of them: strings, names of enumerations, instants, lists of strings. What such a value becomes is known from
its class; where it is of any other class, or where anything goes wrong, it is completed thoroughly, from the start.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from inspect import isgenerator
from math import isfinite
from typing import Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)


class Unfit:
    """The class of one value, which says that a shortcut does not lead there."""


UNFIT = Unfit()

Short: TypeAlias = Callable[[Any], Any]
"""value -> what stands in the answer, or `UNFIT`"""

FROM_INT, TO_INT = -(2**31), 2**31 - 1
AS_THEY_ARE: Mapping[object, type[object]] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""Built-in scalars, and the class of which every value stands in the answer as it is. (Not of its subclasses.)"""
IF_FITTING: Mapping[object, Callable[[Any], bool]] = {
    GraphQLInt: lambda value: value.__class__ is int and FROM_INT <= value <= TO_INT,
    GraphQLFloat: lambda value: value.__class__ is float and isfinite(value),
}


def nullable(type_: GraphQLOutputType) -> GraphQLOutputType:
    """The type without its being required."""
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def short_of(type_: GraphQLOutputType) -> Short | None:
    """The shortcut of values of a type; `None` where there is none."""
    if isinstance(type_, GraphQLNonNull):
        return _of_some(type_.of_type)
    certainly = _of_some(type_)
    return None if certainly is None else lambda value: None if value is None else certainly(value)


def _of_some(type_: GraphQLOutputType) -> Short | None:
    """The shortcut of values of a nullable type other than null."""
    if type_ in AS_THEY_ARE:
        exactly = AS_THEY_ARE[type_]
        return lambda value: value if value.__class__ is exactly else UNFIT
    if type_ in IF_FITTING:
        is_fitting = IF_FITTING[type_]
        return lambda value: value if is_fitting(value) else UNFIT
    match type_:
        case GraphQLList():
            return _of_list(type_)
        case GraphQLEnumType():
            return _of_enumeration(type_)
        case GraphQLScalarType():
            return _of_scalar(type_)
        case _:
            return None


def names_of(type_: GraphQLEnumType) -> Mapping[Enum, str] | None:
    """What the members of Python's enumeration are called in the answer; `None` where it is not as simple as that."""
    enumeration = getattr(type_, "wrapped_cls", None)
    if not (isinstance(enumeration, type) and issubclass(enumeration, Enum)):
        return None
    try:
        return {member: type_.coerce_output_value(member) for member in enumeration}
    except Exception:  # noqa: BLE001 - every value shall say so for itself
        return None


def _of_enumeration(type_: GraphQLEnumType) -> Short | None:
    names = names_of(type_)
    if not names:
        return None
    enumeration = next(iter(names)).__class__
    return lambda value: names[value] if value.__class__ is enumeration else UNFIT


def _of_scalar(type_: GraphQLScalarType) -> Short:
    """What a scalar of the schema's own makes of a value, as long as it makes something of it."""
    plain: set[type] = set()

    def short(value: Any) -> Any:
        if value.__class__ not in plain:
            if not is_plain(value):
                return UNFIT
            plain.add(value.__class__)
        try:
            coerced = type_.coerce_output_value(value)
        except Exception:  # noqa: BLE001 - raised again, and then located
            return UNFIT
        return UNFIT if coerced is None or coerced is Undefined else coerced

    return short


def _of_list(type_: GraphQLList[Any]) -> Short | None:
    item = type_.of_type
    exactly = AS_THEY_ARE.get(item.of_type) if isinstance(item, GraphQLNonNull) else None
    if exactly is None:
        return None
    only = frozenset({exactly})
    return lambda value: value[:] if value.__class__ is list and only.issuperset(map(type, value)) else UNFIT


def is_plain(value: object) -> bool:
    """Is it, like every other value of its class, neither null nor an error, nor to be waited for?"""
    if value is None or value is Undefined or isinstance(value, BaseException) or isgenerator(value):
        return False
    return not hasattr(value, "__await__")
