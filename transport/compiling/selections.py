"""What is asked of an object, field by field, and how is an object answered?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeNameMetaFieldDef,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from strawberry.schema.schema_converter import GraphQLCoreConverter

from transport.compiling.completions import (
    Complete,
    completion,
    failed,
    forsaken,
    guarded,
    in_place,
    is_coroutine,
    unless_short,
    waited_for,
)
from transport.compiling.places import Place
from transport.compiling.resolving import Asked, Method, Resolve, attribute, resolver
from transport.compiling.shortcuts import is_plain, nullable, short_of
from transport.compiling.straight_lines import Answer, Constant, Fail, Objects, Part, ReadAttribute, Resolved, straight

STRAIGHT_AFTER = 8
"""A selection that has answered so many objects is asked often: then its source is written in straight lines."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the fields of a selection stand. `conditions`: the values of the variables that include and skip some."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    conditions: VariableValues
    converter: GraphQLCoreConverter
    straight_after: int = STRAIGHT_AFTER

    def root(self, type_: GraphQLObjectType) -> "Selection":
        return Selection(self, type_, lambda: self._fields(type_))

    def below(self, details: FieldDetailsList) -> Callable[[GraphQLObjectType], "Selection"]:
        """What is asked of the objects that are the values of a field."""
        return lambda type_: Selection(self, type_, lambda: self._subfields(type_, details))

    def _fields(self, type_: GraphQLObjectType) -> GroupedFieldSet:
        return collect_fields(self.schema, self.fragments, self.conditions, type_, self.operation).grouped_field_set

    def _subfields(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return collect_subfields(
            self.schema, self.fragments, self.conditions, self.operation, type_, details
        ).grouped_field_set


class Selection:
    """Answers an object of one type, all its fields at the same time. Compiled when the first such object is met.

    At first field by field, which is the reference; later by a function that does the same in straight lines.
    """

    __slots__ = ("_collect", "_left", "_parts", "_source", "_type", "answer")

    def __init__(self, source: Source, type_: GraphQLObjectType, collect: Callable[[], GroupedFieldSet]) -> None:
        self._source = source
        self._type = type_
        self._collect = collect
        self._left = source.straight_after
        self._parts: tuple[Part, ...] | None = None
        self.answer: Answer = self._field_by_field

    @property
    def parts(self) -> tuple[Part, ...]:
        if self._parts is None:
            fields = self._collect().items()
            self._parts = tuple(_part(self._source, self._type, key, details) for key, details in fields)
        return self._parts

    def _field_by_field(self, executor: Executor[Any], value: Any, place: Place | None) -> Any:
        parts = self._parts or self.parts
        self._left -= 1
        if self._left < 0:
            self.answer = straight(parts, self._type.name)
        completed: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for part in parts:
                field = completed[part.key] = part.answer(executor, value, place)
                if is_coroutine(field):
                    waiting.append(part.key)
        except Exception:
            forsaken(executor, completed.values())
            raise
        return in_place(completed, waiting) if waiting else completed

    async def one_after_another(self, executor: Executor[Any], value: Any) -> dict[str, Any]:
        """Answer the fields of a mutation."""
        completed: dict[str, Any] = {}
        for part in self.parts:
            field = part.answer(executor, value, None)
            completed[part.key] = await field if is_coroutine(field) else field
        return completed


def _part(source: Source, parent_type: GraphQLObjectType, key: str, details: FieldDetailsList) -> Part:
    nodes = [detail.node for detail in details]
    definition = source.schema.get_field(parent_type, nodes[0].name.value)
    if definition is None:  # documents that do not fit the schema are not run
        raise TypeError(f"{parent_type} has no field {nodes[0].name.value}.")
    if definition is TypeNameMetaFieldDef:
        typename = parent_type.name
        return Constant(key, lambda _executor, _value, _place: typename, typename)
    asked = Asked(parent_type, definition, nodes)
    objects = _objects(asked, source.below(details))
    complete, resolve = _completed(asked, source.below(details), objects), resolver(asked, source.converter)
    answer = _answered(resolve, complete, asked, key)
    name, type_ = attribute(asked), definition.type
    if name is not None:
        return Part(key, answer) if short_of(type_) is None else ReadAttribute(key, answer, name, type_)
    method, fail = Method.of(asked), _failing(asked)
    alone = None if method is None else method.alone
    return Resolved(key, answer, resolve, alone, complete, fail, parent_type.name, type_, objects)


def _completed(asked: Asked, below: Callable[[GraphQLObjectType], Selection], objects: Objects | None) -> Complete:
    """The completion of the field's value, with the shortest ways that there are."""
    type_ = asked.definition.type
    thoroughly = guarded(type_, completion(type_, asked, below), asked)
    if objects is not None:
        return _plain_object(objects, thoroughly, asked)
    return unless_short(short_of(type_), _unless_plain(type_, thoroughly, asked, below))


def _answered(resolve: Resolve, complete: Complete, asked: Asked, key: str) -> Answer:
    """Follows `Executor.execute_field`."""
    type_, typename = asked.definition.type, asked.parent_type.name

    def answer(executor: Executor[Any], value: Any, parent: Place | None) -> Any:
        place = (parent, key, typename)
        try:
            resolved = resolve(executor, value, place)
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is an error of its field
            return failed(executor, error, type_, place, asked)
        return complete(executor, resolved, place)

    return answer


def _failing(asked: Asked) -> Fail:
    type_ = asked.definition.type
    return lambda executor, error, place: failed(executor, error, type_, place, asked)


def _objects(asked: Asked, below: Callable[[GraphQLObjectType], Selection]) -> Objects | None:
    """Where the field's values are objects of one type that need not be asked whether they are."""
    type_ = nullable(asked.definition.type)
    if not isinstance(type_, GraphQLObjectType) or type_.is_type_of is not None:
        return None

    def later(executor: Executor[Any], completed: Any, place: Place) -> Any:
        return waited_for(executor, completed, asked.definition.type, place, asked)

    return Objects(set(), below(type_), later)


def _unless_plain(
    type_: GraphQLOutputType, thoroughly: Complete, asked: Asked, below: Callable[[GraphQLObjectType], Selection]
) -> Complete:
    """Spares lists of objects the questions that others of their class have answered before."""
    named = nullable(type_)
    item = named.of_type if isinstance(named, GraphQLList) else None
    objects = item.of_type if isinstance(item, GraphQLNonNull) else None
    if isinstance(objects, GraphQLObjectType) and objects.is_type_of is None:
        return _plain_objects(type_, below(objects), thoroughly, asked)
    return thoroughly


def _plain_objects(type_: GraphQLOutputType, selection: Selection, thoroughly: Complete, asked: Asked) -> Complete:
    plain: set[type] = set()

    def complete(executor: Executor[Any], values: Any, place: Place) -> Any:
        if values.__class__ is not list or not plain.issuperset(map(type, values)):
            if values.__class__ is list and all(map(is_plain, values)):
                plain.update(map(type, values))
            return thoroughly(executor, values, place)
        items: list[Any] = []
        try:
            for index, value in enumerate(values):
                items.append(selection.answer(executor, value, (place, index, None)))
        except Exception as error:  # noqa: BLE001 - of a field that may not be null
            forsaken(executor, items)
            return failed(executor, error, type_, place, asked)
        waiting = [index for index, item in enumerate(items) if item.__class__ is not dict]
        return waited_for(executor, in_place(items, waiting), type_, place, asked) if waiting else items

    return complete


def _plain_object(objects: Objects, thoroughly: Complete, asked: Asked) -> Complete:
    type_, plain, selection = asked.definition.type, objects.plain, objects.selection

    def complete(executor: Executor[Any], value: Any, place: Place) -> Any:
        if value.__class__ not in plain:
            if is_plain(value):
                plain.add(value.__class__)
            return thoroughly(executor, value, place)
        try:
            completed = selection.answer(executor, value, place)
        except Exception as error:  # noqa: BLE001 - of a field that may not be null
            return failed(executor, error, type_, place, asked)
        return completed if completed.__class__ is dict else objects.later(executor, completed, place)

    return complete
