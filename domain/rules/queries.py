"""Does a JSON object satisfy a query of MongoDB-style operators, as GrowthBook evaluates them?

Specification: GrowthBook's SDK cases 0.8.0 (`evalCondition`), with one difference: objects are equal whatever the
order of their keys. A query is compiled once into closures. Evaluating never fails: an unknown operator or an
invalid pattern never matches; `domain.rules.query_problems` finds both before a query is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from domain.rules import coercions
from domain.rules.patterns import PatternRefused, compile_pattern
from domain.rules.versions import sortable_version

if TYPE_CHECKING:
    from domain.model.json_values import Json, JsonObject

Matcher: TypeAlias = "Callable[[Json], bool]"
Groups: TypeAlias = "Mapping[str, Sequence[Json]]"
Build: TypeAlias = "Callable[[Json, Groups], Matcher]"

NO_GROUPS: Groups = {}
LOGICAL_OPERATORS = ("$and", "$or", "$nor", "$not")


def compile_query(query: JsonObject, groups: Groups = NO_GROUPS) -> Callable[[JsonObject], bool]:
    """The query as a function of an object. `groups` are the saved groups that `$inGroup` names."""
    # A Mapping reads like the dict that `Json` names.
    matches = _query(cast("dict[str, Json]", query), groups)
    return cast("Callable[[JsonObject], bool]", matches)


def is_operator_object(value: Json) -> bool:
    """An object whose keys are all operators; everything else is compared as a value."""
    return isinstance(value, Mapping) and bool(value) and all(key.startswith("$") for key in value)


def _query(query: Json, groups: Groups) -> Matcher:
    if not isinstance(query, Mapping):
        return _never
    return _conjunction([_member(key, argument, groups) for key, argument in query.items()])


def _member(key: str, argument: Json, groups: Groups) -> Matcher:
    logical = _LOGIC.get(key)
    if logical is not None:
        return logical(argument, groups)
    return _at_path(key, _value(argument, groups))


def _at_path(path: str, matches: Matcher) -> Matcher:
    if "." not in path:

        def at_key(value: Json) -> bool:
            # Nearly always a plain dict: asking for its exact type costs a fifth of asking whether it is a Mapping.
            return matches(value.get(path) if type(value) is dict else _step(value, path))

        return at_key
    parts = path.split(".")
    return lambda value: matches(_along(value, parts))


def value_at(value: Json, path: str) -> Json:
    """What stands at a path of names joined by dots; `None` where nothing does."""
    return _along(value, path.split("."))


def _along(value: Json, parts: Sequence[str]) -> Json:
    for part in parts:
        value = _step(value, part)
    return value


def _step(value: Json, part: str) -> Json:
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, list):
        if part == "length":
            return len(value)
        if part.isascii() and part.isdigit() and str(int(part)) == part and int(part) < len(value):
            return value[int(part)]
    return None


def _value(expected: Json, groups: Groups, *, ignore_case: bool = False) -> Matcher:
    """What stands at a path: operators, or a value compared with JavaScript's conversions."""
    if isinstance(expected, str):
        return _text_is(expected, ignore_case=ignore_case)
    if isinstance(expected, bool):
        return lambda actual: actual is not None and coercions.truth_of(actual) is expected
    if isinstance(expected, int | float):
        return lambda actual: coercions.number_of(actual) == expected
    if expected is None:
        return lambda actual: actual is None
    if isinstance(expected, Mapping) and is_operator_object(expected):
        return _conjunction([_operation(operator, argument, groups) for operator, argument in expected.items()])
    return lambda actual: coercions.same_content(actual, expected)


def _text_is(expected: str, *, ignore_case: bool) -> Matcher:
    if ignore_case:
        lowered = expected.lower()
        return lambda actual: coercions.text_of(actual).lower() == lowered
    return lambda actual: (actual if isinstance(actual, str) else coercions.text_of(actual)) == expected


def _operation(operator: str, argument: Json, groups: Groups) -> Matcher:
    specification = OPERATORS.get(operator)
    return _never if specification is None else specification.build(argument, groups)


def _never(_: Json) -> bool:
    return False


def _conjunction(matchers: list[Matcher]) -> Matcher:
    if len(matchers) == 1:
        return matchers[0]
    return lambda value: all(matches(value) for matches in matchers)


def _negation(matches: Matcher) -> Matcher:
    return lambda value: not matches(value)


def _every(argument: Json, groups: Groups) -> Matcher:
    return _conjunction([_query(query, groups) for query in argument]) if isinstance(argument, list) else _never


def _some(argument: Json, groups: Groups) -> Matcher:
    if not isinstance(argument, list):
        return _never
    if not argument:
        return lambda _: True
    matchers = [_query(query, groups) for query in argument]
    return lambda value: any(matches(value) for matches in matchers)


_LOGIC: Mapping[str, Build] = {
    "$and": _every,
    "$or": _some,
    "$nor": lambda argument, groups: _negation(_some(argument, groups)),
    "$not": lambda argument, groups: _negation(_query(argument, groups)),
}


def _equals(argument: Json, _: Groups) -> Matcher:
    return lambda actual: coercions.identical(actual, argument)


def _exists(argument: Json, _: Groups) -> Matcher:
    wanted = coercions.truth_of(argument)
    return lambda actual: (actual is not None) is wanted


def _comparison(compare: Callable[[Json, Json], bool], *, swapped: bool = False) -> Build:
    def build(argument: Json, _: Groups) -> Matcher:
        if swapped:
            return lambda actual: compare(argument, actual)
        return lambda actual: compare(actual, argument)

    return build


def _version(compare: Callable[[str, str], bool]) -> Build:
    def build(argument: Json, _: Groups) -> Matcher:
        expected = sortable_version(argument)
        return lambda actual: compare(sortable_version(actual), expected)

    return build


def _membership(argument: Json, *, ignore_case: bool = False) -> Matcher:
    """Is the value, or any item of a list, among the argument's items?"""
    if not isinstance(argument, list):
        return _never
    wanted = [_folded(item) for item in argument] if ignore_case else argument

    def is_among(actual: Json) -> bool:
        items = actual if isinstance(actual, list) else [actual]
        if ignore_case:
            items = [_folded(item) for item in items]
        return any(coercions.identical(item, candidate) for item in items for candidate in wanted)

    return is_among


def _folded(value: Json) -> Json:
    return value.lower() if isinstance(value, str) else value


def _among(*, ignore_case: bool = False, negated: bool = False) -> Build:
    def build(argument: Json, _: Groups) -> Matcher:
        if not isinstance(argument, list):
            return _never
        matches = _membership(argument, ignore_case=ignore_case)
        return _negation(matches) if negated else matches

    return build


def _in_group(argument: Json, groups: Groups) -> Matcher:
    return _membership(list(groups.get(argument, ())) if isinstance(argument, str) else [])


def _all_of(*, ignore_case: bool = False) -> Build:
    def build(argument: Json, groups: Groups) -> Matcher:
        if not isinstance(argument, list):
            return _never
        wanted = [_value(item, groups, ignore_case=ignore_case) for item in argument]
        return lambda actual: isinstance(actual, list) and all(any(map(matches, actual)) for matches in wanted)

    return build


def _size(argument: Json, groups: Groups) -> Matcher:
    matches = _value(argument, groups)
    return lambda actual: isinstance(actual, list) and matches(len(actual))


def _some_element(argument: Json, groups: Groups) -> Matcher:
    """At least one element matches; elements that JavaScript holds for false (0, "", null, false) never do."""
    matches = _value(argument, groups) if is_operator_object(argument) else _query(argument, groups)
    return lambda actual: (
        isinstance(actual, list) and any(coercions.truth_of(element) and matches(element) for element in actual)
    )


def _pattern(*, ignore_case: bool = False) -> Build:
    def build(argument: Json, _: Groups) -> Matcher:
        if not isinstance(argument, str):
            return _never
        try:
            matches = compile_pattern(argument, ignore_case=ignore_case)
        except PatternRefused:
            return _never
        return lambda actual: matches(coercions.text_of(actual))

    return build


def _type_is(argument: Json, _: Groups) -> Matcher:
    return lambda actual: type_name(actual) == argument


def type_name(value: Json) -> str:
    """What `$type` calls the type of a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


@dataclass(frozen=True, slots=True)
class Operator:
    """One row of the query language: what the operator means and how its argument is said in words."""

    build: Build
    words: str


OPERATORS: Mapping[str, Operator] = {
    "$eq": Operator(_equals, "is exactly {}"),
    "$ne": Operator(lambda a, g: _negation(_equals(a, g)), "is not {}"),
    "$lt": Operator(_comparison(coercions.less), "is less than {}"),
    "$lte": Operator(_comparison(coercions.less_or_equal), "is at most {}"),
    "$gt": Operator(_comparison(coercions.less, swapped=True), "is more than {}"),
    "$gte": Operator(_comparison(coercions.less_or_equal, swapped=True), "is at least {}"),
    "$exists": Operator(_exists, "is known: {}"),
    "$in": Operator(_among(), "is one of {}"),
    "$nin": Operator(_among(negated=True), "is none of {}"),
    "$ini": Operator(_among(ignore_case=True), "is one of {} (in any case)"),
    "$nini": Operator(_among(ignore_case=True, negated=True), "is none of {} (in any case)"),
    "$inGroup": Operator(_in_group, "is in the saved group {}"),
    "$notInGroup": Operator(lambda a, g: _negation(_in_group(a, g)), "is not in the saved group {}"),
    "$all": Operator(_all_of(), "holds all of {}"),
    "$alli": Operator(_all_of(ignore_case=True), "holds all of {} (in any case)"),
    "$size": Operator(_size, "has a number of items that {}"),
    "$elemMatch": Operator(_some_element, "has an item that {}"),
    "$not": Operator(lambda a, g: _negation(_value(a, g)), "not ({})"),
    "$regex": Operator(_pattern(), "matches the pattern {}"),
    "$regexi": Operator(_pattern(ignore_case=True), "matches the pattern {} (in any case)"),
    "$type": Operator(_type_is, "is of the type {}"),
    "$veq": Operator(_version(lambda a, b: a == b), "is version {}"),
    "$vne": Operator(_version(lambda a, b: a != b), "is not version {}"),
    "$vlt": Operator(_version(lambda a, b: a < b), "is a version before {}"),
    "$vlte": Operator(_version(lambda a, b: a <= b), "is version {} or before"),
    "$vgt": Operator(_version(lambda a, b: a > b), "is a version after {}"),
    "$vgte": Operator(_version(lambda a, b: a >= b), "is version {} or after"),
}
