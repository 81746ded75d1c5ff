"""What is asked of an object, field by field, and how is an object answered?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    GraphQLObjectType,
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
from graphql.pyutils import Path

from transport.compiling.completions import Complete, as_it_is, completion, failed, guarded, in_place, is_coroutine
from transport.compiling.resolving import Asked, Read, Resolve, attribute, resolver

Answer: TypeAlias = Callable[[Executor[Any], Any, Path | None], Any]
"""(executor, object, path of the object) -> the field in the answer, or a coroutine of it"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the fields of a selection stand. `conditions`: the values of the variables that include and skip some."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    conditions: VariableValues
    info_class: type

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
    """Answers an object of one type, all its fields at the same time. Compiled when the first such object is met."""

    __slots__ = ("_answers", "_collect", "_source", "_type")

    def __init__(self, source: Source, type_: GraphQLObjectType, collect: Callable[[], GroupedFieldSet]) -> None:
        self._source = source
        self._type = type_
        self._collect = collect
        self._answers: tuple[tuple[str, Answer], ...] | None = None

    @property
    def answers(self) -> tuple[tuple[str, Answer], ...]:
        if self._answers is None:
            fields = self._collect().items()
            self._answers = tuple((key, _answer(self._source, self._type, key, details)) for key, details in fields)
        return self._answers

    def __call__(self, executor: Executor[Any], value: Any, path: Path | None) -> Any:
        completed: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for key, answer in self._answers or self.answers:
                field = completed[key] = answer(executor, value, path)
                if is_coroutine(field):
                    waiting.append(key)
        except Exception:
            if waiting:
                executor.settle_in_background([completed[key] for key in waiting])
            raise
        return in_place(completed, waiting) if waiting else completed

    async def one_after_another(self, executor: Executor[Any], value: Any) -> dict[str, Any]:
        """Answer the fields of a mutation."""
        completed: dict[str, Any] = {}
        for key, answer in self.answers:
            field = answer(executor, value, None)
            completed[key] = await field if is_coroutine(field) else field
        return completed


def _answer(source: Source, parent_type: GraphQLObjectType, key: str, details: FieldDetailsList) -> Answer:
    nodes = [detail.node for detail in details]
    definition = source.schema.get_field(parent_type, nodes[0].name.value)
    if definition is None:  # documents that do not fit the schema are not run
        raise TypeError(f"{parent_type} has no field {nodes[0].name.value}.")
    if definition is TypeNameMetaFieldDef:
        name = parent_type.name
        return lambda _executor, _value, _path: name
    asked = Asked(parent_type, definition, nodes)
    complete = completion(definition.type, asked, source.below(details))
    thoroughly = _answered(resolver(asked, source.info_class), complete, asked, key)
    read, is_fitting = attribute(asked), as_it_is(definition.type)
    return thoroughly if read is None or is_fitting is None else _read(read, is_fitting, thoroughly)


def _read(read: Read, is_fitting: Callable[[Any], bool], thoroughly: Answer) -> Answer:
    """An attribute whose value most probably stands in the answer as it is."""

    def answer(executor: Executor[Any], value: Any, parent: Path | None) -> Any:
        try:
            field = read(value)
        except Exception:  # noqa: BLE001 - raised again, and then located
            return thoroughly(executor, value, parent)
        return field if is_fitting(field) else thoroughly(executor, value, parent)

    return answer


def _answered(resolve: Resolve, complete: Complete, asked: Asked, key: str) -> Answer:
    """Follows `Executor.execute_field`."""
    type_, typename = asked.definition.type, asked.parent_type.name
    completed = guarded(type_, complete, asked)

    def answer(executor: Executor[Any], value: Any, parent: Path | None) -> Any:
        path = Path(parent, key, typename)
        try:
            resolved = resolve(executor, value, path)
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is an error of its field
            return failed(executor, error, type_, path, asked)
        return completed(executor, resolved, path)

    return answer
