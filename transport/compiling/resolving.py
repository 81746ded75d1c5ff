"""How does a field get its value from an object? Without detours where Strawberry allows it."""

from collections.abc import Callable
from dataclasses import dataclass
from keyword import iskeyword
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.execution import Executor
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from transport.compiling.arguments import arguments, taken
from transport.compiling.infos import info_on_demand
from transport.compiling.places import Place, path_of

Resolve: TypeAlias = Callable[[Executor[Any], Any, Place], Any]
"""(executor, object, place of the field) -> value, or an awaitable of it"""


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


@dataclass(frozen=True, slots=True)
class Method:
    """A resolver that can be called without Strawberry's wrappers around it. `info`: what it calls its info."""

    field: StrawberryField
    call: Callable[..., Any]
    info: str | None

    @classmethod
    def of(cls, asked: Asked) -> "Method | None":
        field = asked.as_declared
        base = None if field is None else field.base_resolver
        if field is None or base is None or field.extensions or field.is_subscription:
            return None
        call, info = base.wrapped_func, base.info_parameter
        if not callable(call) or base.parent_parameter or base.root_parameter or not base.self_parameter:
            return None
        return cls(field, call, None if info is None else info.name)

    @property
    def alone(self) -> Callable[[Any], Any] | None:
        """The resolver, where it wants nothing but the object."""
        return self.call if self.info is None and not self.field.arguments else None


def resolver(asked: Asked, converter: GraphQLCoreConverter) -> Resolve:
    """What answers the field, whatever it is."""
    name = attribute(asked)
    if name is not None:
        read = attrgetter(name)
        return lambda _executor, source, _place: read(source)
    method = Method.of(asked)
    direct = None if method is None else _direct(asked, method, converter)
    return direct or _as_graphql_core(asked)


def _direct(asked: Asked, method: Method, converter: GraphQLCoreConverter) -> Resolve | None:
    call, info = method.call, method.info
    if method.field.arguments:
        return _with_arguments(asked, method, converter)
    if info is None:
        return lambda _executor, source, _place: call(source)
    make_info = info_on_demand(converter.config.info_class)
    return lambda executor, source, place: call(source, **{info: make_info(executor, asked, place)})


def _with_arguments(asked: Asked, method: Method, converter: GraphQLCoreConverter) -> Resolve | None:
    takes = taken(method.field, converter)
    if takes is None:
        return None
    given, as_graphql_core = arguments(asked.definition, asked.nodes[0]), _as_graphql_core(asked)
    call, info_name, make_info = method.call, method.info, info_on_demand(converter.config.info_class)

    def resolve(executor: Executor[Any], source: Any, place: Place) -> Any:
        values = given(executor)
        info = make_info(executor, asked, place)
        try:
            passed = {name: convert(values[said], info) for said, name, convert in takes if said in values}
        except Exception:  # noqa: BLE001 - raised again where Strawberry would, which may be when it is waited for
            return as_graphql_core(executor, source, place)
        if info_name is not None:
            passed[info_name] = info
        return call(source, **passed)

    return resolve


def _as_graphql_core(asked: Asked) -> Resolve:
    function, given = asked.definition.resolve, arguments(asked.definition, asked.nodes[0])

    def resolve(executor: Executor[Any], source: Any, place: Place) -> Any:
        answer = function or executor.field_resolver
        return answer(source, asked.info(executor, place), **given(executor))

    return resolve
