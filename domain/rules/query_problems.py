"""What would keep a query from ever meaning what its author wrote?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from domain.errors import Problem
from domain.rules.patterns import PatternRefused, compile_pattern
from domain.rules.queries import LOGICAL_OPERATORS, NO_GROUPS, OPERATORS, Groups, is_operator_object

if TYPE_CHECKING:
    from domain.model.json_values import Json

Check: TypeAlias = "Callable[[Json, Groups], Iterator[Problem]]"

# GrowthBook names a user's groups by this attribute; every other name beginning with $ is an operator.
_GROUPS_ATTRIBUTE = "$groups"
TYPE_NAMES = ("array", "boolean", "null", "number", "object", "string")
MAX_PATTERNS = 20


def query_problems(query: Json, groups: Groups = NO_GROUPS) -> tuple[Problem, ...]:
    """Every unknown operator, unfit argument and uncompilable pattern, with its path inside the query."""
    problems = tuple(_of_query(query, groups))
    if _count_patterns(query) > MAX_PATTERNS:
        return (*problems, Problem("TOO_MANY_ITEMS", f"use at most {MAX_PATTERNS} patterns in one query"))
    return problems


def _of_query(query: Json, groups: Groups) -> Iterator[Problem]:
    if not isinstance(query, Mapping):
        yield Problem("WRONG_TYPE", 'write an object of names and conditions, like {"plan": "pro"}')
        return
    for key, argument in query.items():
        if key in LOGICAL_OPERATORS:
            found = _of_query(argument, groups) if key == "$not" else _of_queries(argument, groups)
        elif key.startswith("$") and key != _GROUPS_ATTRIBUTE:
            allowed = ", ".join(LOGICAL_OPERATORS)
            found = iter((Problem("UNKNOWN_OPERATOR", f"“{key}” stands where a name does; here use {allowed}"),))
        elif not key:
            found = iter((Problem("REQUIRED", "write a name before the condition"),))
        else:
            found = _of_value(argument, groups)
        yield from (problem.within(key) for problem in found)


def _of_queries(argument: Json, groups: Groups) -> Iterator[Problem]:
    yield from _each(argument, lambda item: _of_query(item, groups))


def _of_value(expected: Json, groups: Groups) -> Iterator[Problem]:
    if not isinstance(expected, Mapping) or not any(key.startswith("$") for key in expected):
        return
    if not is_operator_object(expected):
        yield Problem("UNKNOWN_OPERATOR", "write either operators or a value to compare with, not both in one object")
        return
    for operator, argument in expected.items():
        if operator not in OPERATORS:
            problem = Problem("UNKNOWN_OPERATOR", f"“{operator}” is not an operator; use {', '.join(OPERATORS)}")
            yield problem.within(operator)
        else:
            check = _ARGUMENTS.get(operator, _anything)
            yield from (problem.within(operator) for problem in check(argument, groups))


def _each(argument: Json, check: Callable[[Json], Iterator[Problem]]) -> Iterator[Problem]:
    if not isinstance(argument, list):
        yield Problem("WRONG_TYPE", "give a list")
        return
    for index, item in enumerate(argument):
        yield from (problem.within(str(index)) for problem in check(item))


def _anything(_: Json, __: Groups) -> Iterator[Problem]:
    return iter(())


def _boolean(argument: Json, _: Groups) -> Iterator[Problem]:
    if not isinstance(argument, bool):
        yield Problem("WRONG_TYPE", "give true or false")


def _list(argument: Json, _: Groups) -> Iterator[Problem]:
    yield from _each(argument, lambda _: iter(()))


def _values(argument: Json, groups: Groups) -> Iterator[Problem]:
    yield from _each(argument, lambda item: _of_value(item, groups))


def _scalar(argument: Json, _: Groups) -> Iterator[Problem]:
    if isinstance(argument, list | Mapping):
        yield Problem("WRONG_TYPE", "compare with one text, number or boolean: a list or an object never matches here")


def _pattern(argument: Json, _: Groups) -> Iterator[Problem]:
    if not isinstance(argument, str):
        yield Problem("WRONG_TYPE", "give the pattern as text")
        return
    try:
        compile_pattern(argument)
    except PatternRefused as refusal:
        yield Problem("INVALID_PATTERN", f"the pattern {refusal}")


def _element(argument: Json, groups: Groups) -> Iterator[Problem]:
    yield from (_of_value if is_operator_object(argument) else _of_query)(argument, groups)


def _size(argument: Json, groups: Groups) -> Iterator[Problem]:
    if isinstance(argument, bool) or not (isinstance(argument, int | float) or is_operator_object(argument)):
        yield Problem("WRONG_TYPE", 'give a number or operators on it, like {"$gt": 2}')
        return
    yield from _of_value(argument, groups)


def _type(argument: Json, _: Groups) -> Iterator[Problem]:
    if argument not in TYPE_NAMES:
        yield Problem("UNKNOWN_VALUE", f"use one of {', '.join(TYPE_NAMES)}")


def _version(argument: Json, _: Groups) -> Iterator[Problem]:
    if not isinstance(argument, str) or not argument:
        yield Problem("WRONG_TYPE", 'give the version as text, like "1.20.0"')


def _group(argument: Json, groups: Groups) -> Iterator[Problem]:
    if not isinstance(argument, str) or argument not in groups:
        yield Problem("UNKNOWN_VALUE", "no such saved group is known; list its members with $in, or use a segment")


_ARGUMENTS: Mapping[str, Check] = {
    **dict.fromkeys(("$eq", "$ne", "$lt", "$lte", "$gt", "$gte"), _scalar),
    **dict.fromkeys(("$in", "$nin", "$ini", "$nini"), _list),
    **dict.fromkeys(("$all", "$alli"), _values),
    **dict.fromkeys(("$regex", "$regexi"), _pattern),
    **dict.fromkeys(("$veq", "$vne", "$vlt", "$vlte", "$vgt", "$vgte"), _version),
    **dict.fromkeys(("$inGroup", "$notInGroup"), _group),
    "$exists": _boolean,
    "$not": _of_value,
    "$size": _size,
    "$elemMatch": _element,
    "$type": _type,
}


def _count_patterns(value: Json) -> int:
    if isinstance(value, list):
        return sum(map(_count_patterns, value))
    if isinstance(value, Mapping):
        return sum((key in {"$regex", "$regexi"}) + _count_patterns(item) for key, item in value.items())
    return 0
