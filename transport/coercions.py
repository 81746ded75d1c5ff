"""What do large lists of variables mean in the schema's types? Answered by one closure per input type, made once.

graphql-core walks the type again for every element (16 microseconds for an interaction), which is too long for some
thousand elements on an event loop. Here only good values are coerced: whatever does not fit is left to graphql-core,
so that its errors stay its own. Follows `graphql.utilities.coerce_input_value` of graphql-core 3.3.2 case by case.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from math import inf
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    is_required_input_field,
    specified_scalar_types,
)
from graphql.execution.values import VariableValues, input_is_nested_too_deeply
from graphql.language.parser import MAX_NESTING_DEPTH
from graphql.utilities.coerce_input_value import coerce_default_value

# A list of this many elements is coerced well within a millisecond also by graphql-core.
FEW_ELEMENTS = 20
JSON_SINGLES = (str, int, float, dict)

Coerce = Callable[[Any], Any]


class Unfit(Exception):
    """The value is not one of its type, or not one that is coerced here."""


# A field of an input object: name, out_name, coerce, nullable, required, and what it is when missing (`Undefined`: it
# is left out then). A plain tuple, which Python takes apart faster than one with names.
_Field = tuple[str, str, Coerce, bool, bool, Any]


class Coercions:
    """The coercers of one schema's input types, made once with it: it must not be changed afterwards."""

    def __init__(self, schema: GraphQLSchema) -> None:
        declared = [type_ for type_ in schema.type_map.values() if isinstance(type_, GraphQLInputObjectType)]
        # Input objects may contain each other: first their empty coercers, then the fields.
        fields: dict[str, list[_Field]] = {type_.name: [] for type_ in declared}
        self._leaves: dict[str, Coerce] = {
            type_.name: _leaf(type_)
            for type_ in schema.type_map.values()
            if isinstance(type_, GraphQLScalarType | GraphQLEnumType)
        }
        self._objects = {type_.name: _finished(type_, _InputObject(fields[type_.name])) for type_ in declared}
        self._heights: dict[str, float] = {}
        for type_ in declared:
            fields[type_.name].extend(self._field(name, field) for name, field in type_.fields.items())

    def coerced(self, value: Any, type_: GraphQLInputType) -> Any:
        """Return what graphql-core's `coerce_input_value` makes of a JSON value; raises Unfit where that may fail."""
        if self._height(type_) > MAX_NESTING_DEPTH and input_is_nested_too_deeply(value, type_):
            raise Unfit
        try:
            if value is None:
                return _null(type_)
            return self._of(type_)(value)
        except Exception as trouble:
            # Also what a scalar's parser raises: graphql-core will meet it again, and say what it is.
            raise Unfit from trouble

    def fill(self, values: VariableValues, large: Mapping[str, Any]) -> bool:
        """Put these raw values, coerced, in the place of those they were declared with; tell whether all fit."""
        for name in large.keys() & values.sources.keys():
            source = values.sources[name]
            try:
                values.coerced[name] = self.coerced(large[name], source.signature.type)
            except Unfit:
                return False
            values.sources[name] = source._replace(value=large[name])
        return True

    def _of(self, type_: GraphQLInputType) -> Coerce:
        """Return the coercer of the type's values other than null."""
        match type_:
            case GraphQLNonNull():
                return self._of(type_.of_type)
            case GraphQLList():
                return _list(self._of(type_.of_type), nullable=_is_nullable(type_.of_type))
            case GraphQLInputObjectType():
                return self._objects[type_.name]
            case _:
                return self._leaves[type_.name]

    def _field(self, name: str, field: GraphQLInputField) -> _Field:
        required, missing = is_required_input_field(field), Undefined
        try:
            missing = coerce_default_value(field)
        except Exception:  # noqa: BLE001 - graphql-core raises it again wherever the invalid default is needed
            required = True
        return name, field.out_name or name, self._of(field.type), _is_nullable(field.type), required, missing

    def _height(self, type_: GraphQLInputType) -> float:
        """Return how deep values can be, in the levels of `input_is_nested_too_deeply`; infinite for recursion."""
        match type_:
            case GraphQLNonNull():
                return self._height(type_.of_type)
            case GraphQLList():
                return 1 + self._height(type_.of_type)
            case GraphQLInputObjectType():
                if type_.name not in self._heights:
                    self._heights[type_.name] = inf  # as long as it is unknown: met again, it contains itself
                    self._heights[type_.name] = 1 + max(self._height(field.type) for field in type_.fields.values())
                return self._heights[type_.name]
            case _:
                return 0


def large_lists(variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if isinstance(value, list) and len(value) > FEW_ELEMENTS}


def _is_nullable(type_: GraphQLInputType) -> bool:
    return not isinstance(type_, GraphQLNonNull)


def _null(type_: GraphQLInputType) -> None:
    if not _is_nullable(type_):
        raise Unfit


def _list(coerce: Coerce, *, nullable: bool) -> Coerce:
    def single_or_list(value: Any) -> list[Any]:
        if isinstance(value, list):
            if None not in value:
                return [*_each(coerce, value)]
            if nullable:
                return [None if item is None else coerce(item) for item in value]
        elif isinstance(value, JSON_SINGLES):
            return [coerce(value)]
        raise Unfit

    return single_or_list


def _each(coerce: Coerce, values: list[Any]) -> list[Any]:
    """Return what becomes of each of the values, none of which is null; the list itself if they stay what they are."""
    if isinstance(coerce, _InputObject) and (alike := coerce.alike(values)) is not None:
        return alike
    if isinstance(coerce, _Text) and set(map(type, values)) == {str}:
        return values
    return [*map(coerce, values)]


class _Text:
    """Of a scalar that leaves texts as they are."""

    def __init__(self, coerce: Coerce) -> None:
        self._coerce = coerce

    def __call__(self, value: Any) -> Any:
        return self._coerce(value)


class _InputObject:
    """Coerces input objects of the fields that the list will hold when it is called."""

    def __init__(self, fields: list[_Field]) -> None:
        self._fields = fields
        self._one = _one_input_object(fields)

    def __call__(self, value: Any) -> Any:
        return self._one(value)

    def alike(self, values: list[Any]) -> list[dict[str, Any]] | None:
        """Return what becomes of many that have the same fields, none of them null; `None` if they are not such.

        Field by field, which takes half the time: what the type says of a field is looked at once.
        """
        given = _shared_names(values)
        if given is None:
            return None
        if not {*given} <= {name for name, *_ in self._fields}:
            raise Unfit
        columns: dict[str, Iterable[Any]] = {}
        changed: dict[str, list[Any]] = {}
        for name, out_name, coerce, _, required, missing in self._fields:
            if name in given:
                column = [value[name] for value in values]
                columns[out_name] = coerced = _each(coerce, column)
                if coerced is not column:
                    changed[out_name] = coerced
            elif required:
                raise Unfit
            elif missing is not Undefined:
                columns[out_name] = repeat(missing, len(values))
        if [*columns] == given:
            return _copies(values, changed)
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _shared_names(values: list[Any]) -> list[str] | None:
    """Return the names of the fields that each of many objects has, in the same order, if none of them is null."""
    if len(values) <= FEW_ELEMENTS or set(map(type, values)) != {dict}:
        return None
    names = [*values[0]]
    if not all(map(names.__eq__, map(list, values))):
        return None
    return None if any(None in value.values() for value in values) else names


def _copies(values: list[dict[str, Any]], changed: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    copies = [*map(dict.copy, values)]
    for name, column in changed.items():
        for copy, value in zip(copies, column, strict=True):
            copy[name] = value
    return copies


def _one_input_object(fields: list[_Field]) -> Coerce:
    def input_object(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Unfit
        coerced: dict[str, Any] = {}
        given = 0
        for name, out_name, coerce, nullable, required, missing in fields:
            item = value.get(name, Undefined)
            if item is Undefined:
                if required:
                    raise Unfit
                if missing is not Undefined:
                    coerced[out_name] = missing
                continue
            given += 1
            if item is not None:
                coerced[out_name] = coerce(item)
            elif nullable:
                coerced[out_name] = None
            else:
                raise Unfit
        if given != len(value):  # a field that the type does not have
            raise Unfit
        return coerced

    return input_object


def _finished(type_: GraphQLInputObjectType, coerce: Coerce) -> Coerce:
    if type_.is_one_of:
        coerce = _one_of(coerce)
    if type_.out_type is not GraphQLInputObjectType.out_type:
        coerce = _defined(_composed(coerce, type_.out_type))
    return coerce


def _one_of(coerce: Coerce) -> Coerce:
    def one_of(value: Any) -> dict[str, Any]:
        coerced: dict[str, Any] = coerce(value)
        if len(value) != 1 or len(coerced) != 1 or next(iter(coerced.values())) is None:
            raise Unfit
        return coerced

    return one_of


def _leaf(type_: GraphQLScalarType | GraphQLEnumType) -> Coerce:
    if isinstance(type_, GraphQLEnumType):
        values = {name: type_.coerce_input_value(name) for name in type_.values}
        return values.__getitem__
    if type_ in (GraphQLString, GraphQLID):
        return _Text(type_.coerce_input_value)
    if specified_scalar_types.get(type_.name) is type_:
        return type_.coerce_input_value  # these never answer Undefined
    return _defined(type_.coerce_input_value)


def _composed(first: Coerce, second: Coerce) -> Coerce:
    return lambda value: second(first(value))


def _defined(coerce: Coerce) -> Coerce:
    def defined(value: Any) -> Any:
        coerced = coerce(value)
        if coerced is Undefined:
            raise Unfit
        return coerced

    return defined
