"""Which arguments does a field have in this run, and what is its resolver given for them?"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField, ValueNode, VariableNode, Visitor, visit
from graphql.execution import Executor
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.relay.types import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.unset import UNSET

Arguments: TypeAlias = Callable[[Executor[Any]], dict[str, Any]]
"""executor -> the arguments as GraphQL has coerced them; not to be changed"""

Convert: TypeAlias = Callable[[Any, Any], Any]
"""(argument as GraphQL has coerced it, Strawberry's info) -> what the resolver is given"""

Taken: TypeAlias = tuple[str, str, Convert]
"""What an argument is called by GraphQL, and by the resolver, and what is made of it for that one."""

_NOTHING_SAID = VariableValues({}, {})
_UNCHANGEABLE = str | int | float | bool | None | Enum


def arguments(definition: GraphQLField, node: FieldNode) -> Arguments:
    """The field's arguments: those that no variable has a part in once for all, what is just a variable by its name."""
    if not definition.args and not node.arguments:
        return lambda _executor: {}

    def thoroughly(executor: Executor[Any]) -> dict[str, Any]:
        values = executor.variable_values
        return get_argument_values(definition, node, values, hide_suggestions=executor.hide_suggestions)

    names = {
        said.name.value: said.value.name.value for said in node.arguments or () if isinstance(said.value, VariableNode)
    }
    fixed = _fixed(_without(definition, names), _as_said_without(node, names))
    if fixed is None:
        return thoroughly
    variables = [(definition.args[argument].out_name or argument, variable) for argument, variable in names.items()]

    def shortly(executor: Executor[Any]) -> dict[str, Any]:
        coerced, found = executor.variable_values.coerced, {**fixed}
        for argument, variable in variables:
            value = coerced.get(variable)
            if value is None:  # or not given: then it may have a default here, or be refused
                return thoroughly(executor)
            found[argument] = value
        return found

    return shortly if variables else lambda _executor: fixed


def taken(field: StrawberryField, converter: GraphQLCoreConverter) -> list[Taken] | None:
    """What the resolver is given for its arguments; `None` where that is more than is known here.

    Follows `convert_argument` of Strawberry 0.341.
    """
    found: list[Taken] = []
    for argument in field.arguments:
        name = converter.config.name_converter.from_argument(argument)
        convert = _conversion(argument.type, name, converter)
        if convert is None or argument.is_maybe:
            return None
        found.append((name, argument.python_name, convert))
    return found


def _conversion(type_: Any, name: str, converter: GraphQLCoreConverter) -> Convert | None:
    if isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
        return _conversion(type_.of_type, name, converter)
    if _is_leaf(type_, converter):
        return lambda value, _info: value
    if isinstance(type_, StrawberryList):
        return (lambda value, _info: [*value] if value else value) if _is_leaf(type_.of_type, converter) else None
    declared = get_object_definition(type_)
    make = None if declared is None else declared.from_input
    if make is None:
        return None

    def convert(value: Any, info: Any) -> Any:
        if value is None or value is UNSET:
            return value
        return make(type_, value, InputContext(info, converter.config, converter.scalar_registry, (name,)))

    return convert


def _is_leaf(type_: Any, converter: GraphQLCoreConverter) -> bool:
    if type_ is GlobalID:
        return False
    is_enum = isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_)
    return is_enum or is_scalar(type_, converter.scalar_registry)


def _without(definition: GraphQLField, names: Mapping[str, str]) -> GraphQLField:
    return GraphQLField(definition.type, {name: one for name, one in definition.args.items() if name not in names})


def _as_said_without(node: FieldNode, names: Mapping[str, str]) -> FieldNode:
    return FieldNode(
        name=node.name, arguments=tuple(one for one in node.arguments or () if one.name.value not in names)
    )


def _fixed(definition: GraphQLField, node: FieldNode) -> dict[str, Any] | None:
    """The same arguments for every run, if they are valid and no resolver could change them."""
    if any(_mentions_variables(argument.value) for argument in node.arguments or ()):
        return None
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
