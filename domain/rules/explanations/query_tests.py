"""Which single tests is a query made of?

A test is a query of one path with one operator (or one value). A query and the condition made of its tests hold alike,
so whatever reasons about conditions need not know how queries are joined.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from domain.model.conditions import AllOf, Always, AnyOf, AttributesMatch, Condition, Not, TraitsMatch
from domain.rules.queries import is_operator_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.model.json_values import Json

    Of: TypeAlias = Callable[[dict[str, Json]], Condition]

NEVER = Always(value=False)


def single_tests(condition: TraitsMatch | AttributesMatch) -> Condition:
    """An equivalent condition in which every query is one test; the condition itself when it is one already."""
    return _query(condition.query, type(condition))


def path_of(condition: TraitsMatch | AttributesMatch) -> str:
    """What a single test is about."""
    (path,) = condition.query
    return path


def name_of(condition: TraitsMatch | AttributesMatch) -> str:
    """The trait or attribute alone: steps into it may name others."""
    return path_of(condition).partition(".")[0]


def _query(query: Json | Mapping[str, Json], of: Of) -> Condition:
    if not isinstance(query, Mapping):
        return NEVER
    return _all([_member(key, argument, of) for key, argument in query.items()])


def _member(key: str, argument: Json, of: Of) -> Condition:
    match key:
        case "$and":
            return _all([_query(query, of) for query in argument]) if isinstance(argument, list) else NEVER
        case "$or":
            return _some(argument, of)
        case "$nor":
            return Not(_some(argument, of))
        case "$not":
            return Not(_query(argument, of))
        case _:
            return _value(key, argument, of)


def _some(argument: Json, of: Of) -> Condition:
    if not isinstance(argument, list):
        return NEVER
    return AnyOf(tuple(_query(query, of) for query in argument)) if argument else Always()


def _value(path: str, expected: Json, of: Of) -> Condition:
    if isinstance(expected, Mapping) and is_operator_object(expected):
        return _all([_operation(path, operator, argument, of) for operator, argument in expected.items()])
    return of({path: expected})


def _operation(path: str, operator: str, argument: Json, of: Of) -> Condition:
    return Not(_value(path, argument, of)) if operator == "$not" else of({path: {operator: argument}})


def _all(conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))
