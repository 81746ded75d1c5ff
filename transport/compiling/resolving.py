"""How does a field get its value from an object? Without detours where Strawberry allows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from keyword import iskeyword
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLObjectType, ValueNode, VariableNode, Visitor, visit
from graphql.execution import Executor
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from transport.compiling.places import Place, path_of

Resolve: TypeAlias = Callable[[Executor[Any], Any, Place], Any]
"""(executor, object, place of the field) -> value, or an awaitable of it"""

Arguments: TypeAlias = Callable[[Executor[Any]], dict[str, Any]]

_NOTHING_SAID = VariableValues({}, {})
_UNCHANGEABLE = str | int | float | bool | None | Enum


@dataclass(frozen=True, slots=True)
class Asked:
    """A field as one place of an operation asks for it. `nodes`: everywhere it stands, the first one counts."""

    parent_type: GraphQLObjectType
    definition: GraphQLField
    nodes: list[FieldNode]

    @property
    def name(self) -> str:
        return self.nodes[0].name.value

    @property
    def as_declared(self) -> StrawberryField | None:
        """The field in Strawberry's words; `None` when it is not Strawberry's."""
        declared = self.definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        return declared if isinstance(declared, StrawberryField) else None

    def info(self, executor: Executor[Any], place: Place) -> Any:
        return executor.build_resolve_info(self.definition, self.nodes, self.parent_type, path_of(place))


def attribute(asked: Asked) -> str | None:
    """The name of the object's attribute, where the field's value is nothing else."""
    field = asked.as_declared
    if field is None or not field.is_basic_field or field.default_resolver is not getattr:
        return None
    return field.python_name if field.python_name.isidentifier() and not iskeyword(field.python_name) else None


def resolver(asked: Asked, info_class: type) -> Resolve:
    """What answers the field, whatever it is."""
    name = attribute(asked)
    if name is not None:
        read = attrgetter(name)
        return lambda _executor, source, _place: read(source)
    field = asked.as_declared
    if field is not None and field.base_resolver is not None and _is_plain(field):
        direct = _direct(asked, field, field.base_resolver, info_class)
        if direct is not None:
            return direct
    return _as_graphql_core(asked)


def _is_plain(field: StrawberryField) -> bool:
    return not field.extensions and not field.arguments and not field.is_subscription


def _direct(asked: Asked, field: StrawberryField, base: StrawberryResolver[Any], info_class: type) -> Resolve | None:
    """A method without arguments, called without Strawberry's wrappers around it."""
    method = base.wrapped_func
    if not callable(method) or base.parent_parameter or base.root_parameter or not base.self_parameter:
        return None
    if base.info_parameter is None:
        return lambda _executor, source, _place: method(source)
    name = base.info_parameter.name

    def resolve(executor: Executor[Any], source: Any, place: Place) -> Any:
        info = info_class(_raw_info=asked.info(executor, place), _field=field)
        return method(source, **{name: info})

    return resolve


def _as_graphql_core(asked: Asked) -> Resolve:
    function, arguments = asked.definition.resolve, _arguments(asked)

    def resolve(executor: Executor[Any], source: Any, place: Place) -> Any:
        answer = function or executor.field_resolver
        return answer(source, asked.info(executor, place), **arguments(executor))

    return resolve


def _arguments(asked: Asked) -> Arguments:
    definition, node = asked.definition, asked.nodes[0]
    if not definition.args and not node.arguments:
        return lambda _executor: {}
    if not any(_mentions_variables(argument.value) for argument in node.arguments or ()):
        fixed = _fixed(definition, node)
        if fixed is not None:
            return lambda _executor: fixed
    return lambda executor: get_argument_values(
        definition, node, executor.variable_values, hide_suggestions=executor.hide_suggestions
    )


def _fixed(definition: GraphQLField, node: FieldNode) -> dict[str, Any] | None:
    """The same arguments for every run, if they are valid and no resolver could change them."""
    try:
        values: Mapping[str, Any] = get_argument_values(definition, node, _NOTHING_SAID)
    except Exception:  # noqa: BLE001 - every run shall say what is wrong with them
        return None
    return dict(values) if all(isinstance(value, _UNCHANGEABLE) for value in values.values()) else None


def _mentions_variables(value: ValueNode) -> bool:
    found: list[VariableNode] = []

    class Variables(Visitor):
        @staticmethod
        def enter_variable(node: VariableNode, *_: object) -> None:
            found.append(node)

    visit(value, Variables())
    return bool(found)
