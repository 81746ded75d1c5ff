"""Which values of a trait, or of an attribute of the request, could turn the tests that a query makes?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.model.conditions import AttributesMatch, TraitsMatch
from domain.rules.explanations.query_tests import path_of
from domain.rules.explanations.worlds import Change
from domain.rules.queries import is_operator_object
from domain.rules.sentences import MAX_VALUE_CHARACTERS, json_text, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from domain.model.json_values import Json, JsonObject
    from domain.rules.explanations.worlds import Variable, World

MAX_LISTED = 5
"""Of a list of possible values, so many are tried."""

_LAST_NUMBER = re.compile(r"\d{1,9}(?=\D*$)")


def query_variable(condition: TraitsMatch | AttributesMatch) -> Variable:
    """`condition` is a single test."""
    return _noun(condition), path_of(condition)


def query_changes(conditions: Sequence[object], _world: World) -> Iterator[Change]:
    """Removing the value is tried last: mostly it is another value that is wanted."""
    tried: set[tuple[Variable, str]] = set()
    for condition in conditions:
        if isinstance(condition, TraitsMatch | AttributesMatch):
            variable = query_variable(condition)
            ((path, expected),) = condition.query.items()
            for text, value in _values(expected):
                if (variable, text) not in tried:
                    tried.add((variable, text))
                    yield _set(condition, path, value, text)


def _noun(condition: TraitsMatch | AttributesMatch) -> str:
    return "trait" if isinstance(condition, TraitsMatch) else "attribute"


def _set(condition: TraitsMatch | AttributesMatch, path: str, value: Json, text: str) -> Change:
    noun = _noun(condition)
    steps = path.split(".")

    def of_traits(world: World) -> World:
        return replace(world, profile=replace(world.profile, traits=_with(world.profile.traits, steps, value)))

    def of_attributes(world: World) -> World:
        return replace(world, context=replace(world.context, attributes=_with(world.context.attributes, steps, value)))

    return Change(
        variable=query_variable(condition),
        distance=2 if value is None else 1,
        text=f"no {noun} {path}" if value is None else f"{noun} {path} {shortened(text, MAX_VALUE_CHARACTERS)}",
        discreet=f"another value of the {noun} {path.partition('.')[0]}",
        apply=of_traits if noun == "trait" else of_attributes,
    )


def _with(known: JsonObject, steps: Sequence[str], value: Json) -> dict[str, Json]:
    """The object with another value at a path; queries take `None` for no value."""
    first, *rest = steps
    if rest:
        inner = known.get(first)
        value = _with(inner if isinstance(inner, Mapping) else {}, rest, value)
    return {**known, first: value}


def _values(expected: Json) -> Iterator[tuple[str, Json]]:
    """Values next to what a test asks for, with their words."""
    operator, argument = _test(expected)
    if operator == "$exists":
        yield "known", True
    else:
        for value in _NEAR.get(operator, _none)(argument):
            yield json_text(value), value
    yield "", None


def _test(expected: Json) -> tuple[str, Json]:
    if isinstance(expected, Mapping) and is_operator_object(expected):
        ((operator, argument),) = expected.items()
        return operator, argument
    return "$eq", expected


def _none(_: Json) -> Sequence[Json]:
    return ()


def _itself(argument: Json) -> Sequence[Json]:
    return (argument,)


def _items(argument: Json) -> Sequence[Json]:
    return argument[:MAX_LISTED] if isinstance(argument, list) else ()


def _beside(argument: Json) -> Sequence[Json]:
    """The bound, and the numbers or versions next to it."""
    if isinstance(argument, int | float) and not isinstance(argument, bool):
        return (argument, argument + 1, argument - 1)
    if isinstance(argument, str) and (last := _LAST_NUMBER.search(argument)):
        return (argument, *(_LAST_NUMBER.sub(str(n), argument) for n in _neighbours(int(last[0]))))
    return (argument,)


def _neighbours(number: int) -> Sequence[int]:
    return (number + 1, number - 1) if number else (number + 1,)


_NEAR: Mapping[str, Callable[[Json], Sequence[Json]]] = {
    **dict.fromkeys(("$eq", "$ne", "$all", "$alli"), _itself),
    **dict.fromkeys(("$lt", "$lte", "$gt", "$gte", "$veq", "$vne", "$vlt", "$vlte", "$vgt", "$vgte"), _beside),
    **dict.fromkeys(("$in", "$nin", "$ini", "$nini"), _items),
}
