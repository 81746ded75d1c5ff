"""Any operation that fits a schema, as text, with values for its variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from zlib import crc32

import orjson
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)
from hypothesis import strategies as st

Composite: TypeAlias = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
Values: TypeAlias = Mapping[str, st.SearchStrategy[Any]]
"""By the name of an input type: JSON values to send as it."""

MAX_DEPTH = 5
SCALARS: Values = {
    "Int": st.integers(0, 30),
    "Float": st.floats(0, 1),
    "String": st.sampled_from(["a", "b", ""]),
    "ID": st.sampled_from(["1", "2"]),
    "Boolean": st.booleans(),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document with one operation."""

    text: str
    variables: dict[str, Any]


@dataclass(slots=True)
class _Writing:
    draw: Draw
    schema: GraphQLSchema
    values: Values
    leave_out: frozenset[str]
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)

    def selections(self, type_: Composite, depth: int) -> str:
        count = self.draw(st.integers(1, 4))
        parts = [self._part(type_, depth) for _ in range(count)]
        return "{ " + " ".join(parts) + " }"

    def _part(self, type_: Composite, depth: int) -> str:
        kind = self.draw(st.integers(0, 9))
        if kind == 0:
            return "__typename"
        if kind == 1 and depth < MAX_DEPTH:
            return self._fragment(type_, depth)
        if isinstance(type_, GraphQLUnionType) or (kind <= 3 and isinstance(type_, GraphQLInterfaceType)):
            possible = self.draw(st.sampled_from(sorted(self.schema.get_possible_types(type_), key=lambda t: t.name)))
            return f"... on {possible.name}{self._condition()} {self.selections(possible, depth + 1)}"
        return self._field(type_, depth)

    def _fragment(self, type_: Composite, depth: int) -> str:
        selections = self.selections(type_, depth + 1)
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {type_.name} {selections}")
        return f"...{name}{self._condition()}"

    def _field(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        possible = [
            name
            for name, declared in type_.fields.items()
            if f"{type_.name}.{name}" not in self.leave_out
            and (depth < MAX_DEPTH or not is_composite_type(get_named_type(declared.type)))
        ]
        if not possible:
            return "__typename"
        name = self.draw(st.sampled_from(possible))
        declared = type_.fields[name]
        # Fields that stand twice have to be alike: their arguments and types are part of what they are called.
        arguments = self._arguments(declared)
        alias = (
            f"{name}_{crc32(f'{type_.name}{arguments}{declared.type}'.encode()):x}: "
            if arguments or self._often()
            else ""
        )
        written = f"{alias}{name}{arguments}{self._condition()}"
        below = get_named_type(declared.type)
        if isinstance(below, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            return f"{written} {self.selections(below, depth + 1)}"
        return written

    def _often(self) -> bool:
        return bool(self.draw(st.booleans()))

    def _arguments(self, declared: GraphQLField) -> str:
        given = {
            name: self._argument(argument)
            for name, argument in declared.args.items()
            if is_required_argument(argument) or self.draw(st.booleans())
        }
        return f"({', '.join(f'{name}: {value}' for name, value in given.items())})" if given else ""

    def _argument(self, argument: GraphQLArgument) -> str:
        value = self.draw(self._value(argument.type))
        if self.draw(st.booleans()):
            return self._variable(str(argument.type), value)
        return literal(value, argument.type)

    def _value(self, type_: GraphQLInputType) -> st.SearchStrategy[Any]:
        if isinstance(type_, GraphQLNonNull):
            return self._value(type_.of_type)
        if isinstance(type_, GraphQLList):
            return st.lists(self._value(type_.of_type), max_size=4)
        if isinstance(type_, GraphQLEnumType):
            return st.sampled_from(sorted(type_.values))
        return self.values[type_.name]

    def _condition(self) -> str:
        if self.draw(st.integers(0, 5)):
            return ""
        directive = self.draw(st.sampled_from(["include", "skip"]))
        value = self.draw(st.booleans())
        said = self._variable("Boolean!", value) if self.draw(st.booleans()) else str(value).lower()
        return f" @{directive}(if: {said})"

    def _variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self.variables)}"
        self.variables[name] = (type_, value)
        return f"${name}"


@st.composite
def operations(
    draw: Draw,
    schema: GraphQLSchema,
    *,
    root: GraphQLObjectType | None = None,
    values: Values = SCALARS,
    leave_out: frozenset[str] = frozenset(),
) -> Drawn:
    """An operation on `root` (by default the query type). `leave_out`: fields, like `Query.users`."""
    type_ = root or schema.query_type
    if type_ is None:
        raise TypeError("the schema has no queries")
    writing = _Writing(draw, schema, {**SCALARS, **values}, leave_out)
    selections = writing.selections(type_, 0)
    declared = ", ".join(f"${name}: {type_name}" for name, (type_name, _) in writing.variables.items())
    keyword = "subscription" if type_ is schema.subscription_type else "query"
    text = f"{keyword} Drawn{f'({declared})' if declared else ''} {selections} {' '.join(writing.fragments)}"
    return Drawn(text, {name: value for name, (_, value) in writing.variables.items()})


def literal(value: Any, type_: GraphQLType) -> str:
    """A JSON value as it is written in a document."""
    named = get_named_type(type_)
    match value:
        case dict():
            fields = named.fields if hasattr(named, "fields") else {}
            return (
                "{"
                + ", ".join(f"{k}: {literal(v, fields[k].type if k in fields else named)}" for k, v in value.items())
                + "}"
            )
        case list():
            return "[" + ", ".join(literal(item, named) for item in value) + "]"
        case str() if isinstance(named, GraphQLEnumType):
            return value
        case _:
            return orjson.dumps(value).decode()
