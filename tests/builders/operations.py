"""Any operation that fits a schema, as text, with values for its variables."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from zlib import crc32

import orjson
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    Undefined,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import strategies as st

Composite: TypeAlias = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
Values: TypeAlias = Mapping[str, st.SearchStrategy[Any]]
"""By the name of an input type: JSON values to send as it."""

Route: TypeAlias = tuple[tuple[str, str], ...]
"""The fields that lead to one, each with the type that has it."""

MAX_DEPTH = 5
META: Mapping[str, GraphQLField] = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
SCALARS: Values = {
    "Int": st.integers(0, 30),
    "Float": st.floats(0, 1),
    "String": st.sampled_from(["a", "b", ""]),
    "ID": st.sampled_from(["1", "2"]),
    "Boolean": st.booleans(),
}


@dataclass(frozen=True, slots=True, repr=False)
class Drawn:
    """A document with one operation. `asked`: every field that it asks for, like `Query.users`."""

    text: str
    variables: dict[str, Any]
    asked: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """No longer than this: Hypothesis would warn of it, instead of saying what failed."""
        return f"Drawn({self.text[:100]} ...)"


def routes(
    schema: GraphQLSchema, root: GraphQLObjectType, leave_out: frozenset[str] = frozenset()
) -> Mapping[str, Route]:
    """The shortest route to every field of objects that can be reached from the root, by names like `Query.users`."""
    found: dict[str, Route] = {}
    waiting: deque[tuple[Composite, Route]] = deque([(root, ())])
    known = {root.name}
    while waiting:
        owner, way = waiting.popleft()
        for type_ in _objects(schema, owner):
            for name, declared in type_.fields.items():
                coordinate = f"{type_.name}.{name}"
                if coordinate in leave_out or coordinate in found:
                    continue
                found[coordinate] = (*way, (type_.name, name))
                below = get_named_type(declared.type)
                if isinstance(below, Composite) and below.name not in known:
                    known.add(below.name)
                    waiting.append((below, found[coordinate]))
    return found


def _objects(schema: GraphQLSchema, type_: Composite) -> Iterator[GraphQLObjectType]:
    if isinstance(type_, GraphQLObjectType):
        yield type_
    else:
        yield from sorted(schema.get_possible_types(type_), key=lambda possible: possible.name)


@dataclass(frozen=True, slots=True)
class Scope:
    """What operations may be about. `values` go before those of the same type that make sense in any schema.

    `leave_out`: fields, like `Query.users`. `max_depth`: deeper, no fields of fields are asked for.
    """

    values: Values = field(default_factory=dict)
    leave_out: frozenset[str] = frozenset()
    max_depth: int = MAX_DEPTH


ANYTHING = Scope()


@dataclass(slots=True)
class _Writing:
    draw: Draw
    schema: GraphQLSchema
    scope: Scope
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def selections(self, type_: Composite, depth: int, route: Route = ()) -> str:
        """`route`: fields that lie on it are asked for, whatever else is."""
        count = self.draw(st.integers(0 if route else 1, 4))
        parts = [self._part(type_, depth) for _ in range(count)]
        if route:
            parts.insert(self.draw(st.integers(0, count)), self.step(type_, depth, route))
        return "{ " + " ".join(parts) + " }"

    def step(self, type_: Composite, depth: int, route: Route) -> str:
        owner, name = route[0]
        if owner != type_.name:
            possible = self.schema.type_map[owner]
            return f"... on {owner} {{ {self._asked(possible, name, depth + 1, route[1:])} }}"
        return self._asked(type_, name, depth, route[1:])

    def meta(self, name: str) -> str:
        return self._written(f"Query.{name}", name, META[name], 0)

    def finished(self, keyword: str, selections: str) -> Drawn:
        declared = ", ".join(f"${name}: {type_name}" for name, (type_name, _) in self.variables.items())
        text = f"{keyword} Drawn{f'({declared})' if declared else ''} {selections} {' '.join(self.fragments)}"
        given = {name: value for name, (_, value) in self.variables.items() if value is not Undefined}
        return Drawn(text, given, frozenset(self.asked))

    def _part(self, type_: Composite, depth: int) -> str:
        kind = self.draw(st.integers(0, 9))
        if kind == 0:
            return "__typename"
        if kind == 1 and depth < self.scope.max_depth:
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
            if f"{type_.name}.{name}" not in self.scope.leave_out
            and (depth < self.scope.max_depth or not is_composite_type(get_named_type(declared.type)))
        ]
        return self._asked(type_, self.draw(st.sampled_from(possible)), depth) if possible else "__typename"

    def _asked(self, type_: Any, name: str, depth: int, route: Route = ()) -> str:
        self.asked.update(f"{possible.name}.{name}" for possible in _objects(self.schema, type_))
        return self._written(type_.name, name, type_.fields[name], depth, route)

    def _written(self, owner: str, name: str, declared: GraphQLField, depth: int, route: Route = ()) -> str:
        # Fields that stand twice have to be alike: their arguments and types are part of what they are called.
        arguments = self._arguments(declared)
        alias = (
            f"{name}_{crc32(f'{owner}{arguments}{declared.type}'.encode()):x}: " if arguments or self._often() else ""
        )
        followed = self.schema.subscription_type
        condition = "" if followed and owner == followed.name else self._condition()  # what is followed is not skipped
        written = f"{alias}{name}{arguments}{condition}"
        below = get_named_type(declared.type)
        if isinstance(below, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            return f"{written} {self.selections(below, depth + 1, route)}"
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
        is_nullable = not isinstance(argument.type, GraphQLNonNull)
        value = None if is_nullable and self._rarely() else self._value(argument.type)
        said = literal(value, argument.type)
        match self.draw(st.integers(0, 4)):
            case 0:
                return self._variable(f"{argument.type} = {said}", Undefined)
            case 1 if is_nullable:
                return self._variable(str(argument.type), Undefined)
            case 2 | 3:
                return self._variable(str(argument.type), value)
            case _:
                return said

    def _rarely(self) -> bool:
        return bool(self.draw(st.integers(0, 9)) == 9)

    def _value(self, type_: GraphQLInputType) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._value(type_.of_type)
        if isinstance(type_, GraphQLList):
            return [self._value(type_.of_type) for _ in range(self.draw(st.integers(0, 3)))]
        if isinstance(type_, GraphQLEnumType):
            return self.draw(st.sampled_from(sorted(type_.values)))
        if type_.name in self.scope.values:
            return self.draw(self.scope.values[type_.name])
        if isinstance(type_, GraphQLInputObjectType):
            return {name: self._value(type_.fields[name].type) for name in self._fields_given(type_)}
        return self.draw(SCALARS[type_.name])

    def _fields_given(self, type_: GraphQLInputObjectType) -> list[str]:
        if type_.is_one_of:
            return [self.draw(st.sampled_from(sorted(type_.fields)))]
        return [name for name, part in type_.fields.items() if is_required_input_field(part) or self._often()]

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
    scope: Scope = ANYTHING,
    *,
    root: GraphQLObjectType | None = None,
    towards: st.SearchStrategy[Route] | None = None,
) -> Drawn:
    """An operation on `root` (by default the query type).

    `towards`: a route from the root that is taken whatever else is asked for, perhaps deeper than is asked elsewhere.
    """
    type_ = root or schema.query_type
    if type_ is None:
        raise TypeError("the schema has no queries")
    writing = _Writing(draw, schema, scope)
    route = () if towards is None else draw(towards)
    if type_ is schema.subscription_type:  # one at a time is followed
        return writing.finished("subscription", f"{{ {writing.step(type_, 0, route)} }}")
    return writing.finished("query", writing.selections(type_, 0, route))


@st.composite
def introspections(draw: Draw, schema: GraphQLSchema, max_depth: int = 3) -> Drawn:
    """Questions about the schema itself."""
    names = st.sampled_from(sorted(schema.type_map))
    writing = _Writing(draw, schema, Scope({"String": names}, max_depth=max_depth))
    asked = draw(st.lists(st.sampled_from(sorted(META)), min_size=1, max_size=2))
    return writing.finished("query", f"{{ {' '.join(map(writing.meta, asked))} }}")


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
