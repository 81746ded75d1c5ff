"""What do the ways in which queries see one value say about each other?"""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import permutations
from typing import TYPE_CHECKING, Any

from domain.rules import coercions
from domain.rules.findings.formulas import Formula, Literal, implies, negated
from domain.rules.findings.regions import ABSENT, AFTER, BEFORE, BOTTOM, TOP, Members, Spans
from domain.rules.findings.variables import Topic, Variable, exact_key, number_or_absent, passes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.model.json_values import Json
    from domain.rules.findings.regions import Region

    Named = Mapping[Variable, Mapping[Region, None]]

_OF_VALUES = frozenset({Topic.EXACT, Topic.TEXT, Topic.NUMBER, Topic.TRUTH, Topic.TEST})
# These texts are also those of values that are no texts, and that are other numbers than their texts.
_AMBIGUOUS = frozenset({"null", "true", "false"})


def query_relations(named: Named) -> Iterator[Formula]:
    values: defaultdict[tuple[Any, ...], list[Variable]] = defaultdict(list)
    for variable in named:
        if variable.topic in _OF_VALUES:
            values[variable.key[:2]].append(variable)
    for at, views in values.items():
        yield from _what_a_value_is(at, views, named)
        yield from _what_a_text_is(at, views, named)
        yield from _what_is_among(views)


def _what_a_value_is(at: tuple[Any, ...], views: list[Variable], named: Named) -> Iterator[Formula]:
    """A value that is exactly known is known in every view."""
    exact = Variable(Topic.EXACT, at)
    for key in _members(named.get(exact, {})):
        for view in views:
            if view != exact:
                yield implies(_is(exact, key), _seen(view, key[1]))


def _what_a_text_is(at: tuple[Any, ...], views: list[Variable], named: Named) -> Iterator[Formula]:
    text = Variable(Topic.TEXT, at)
    number, exact = Variable(Topic.NUMBER, at), Variable(Topic.EXACT, at)
    for said in set(_members(named.get(text, {}))) - _AMBIGUOUS:
        if exact in views:
            yield implies(_is(text, said), negated(_is(exact, exact_key(None))))
        if number in views:
            yield implies(_is(text, said), _seen(number, said))


def _what_is_among(views: list[Variable]) -> Iterator[Formula]:
    """What is in a list is in every longer one."""
    lists = [view for view in views if view.topic is Topic.TEST and view.key[2] == "$in"]
    for part, whole in permutations(lists, 2):
        items, more = ({exact_key(item) for item in json.loads(view.key[3])} for view in (part, whole))
        if items <= more:
            yield implies(_is(part, True), _is(whole, True))  # noqa: FBT003 - the value of a test


def _seen(view: Variable, value: Json) -> Formula:
    """What is seen of the value in a view."""
    match view.topic:
        case Topic.TEXT:
            return _is(view, coercions.text_of(value))
        case Topic.TRUTH:
            return _is(view, coercions.truth_of(value))
        case Topic.NUMBER:
            number = number_or_absent(value)
            if number is ABSENT:
                return negated(Literal(view, Spans(((BOTTOM, TOP),))))
            return Literal(view, Spans((((number, BEFORE), (number, AFTER)),)))
        case _:
            return _is(view, passes(view.key[2], view.key[3], value))


def _is(view: Variable, value: object) -> Formula:
    return Literal(view, Members(frozenset({value})))


def _members(regions: Mapping[Region, None]) -> list[Any]:
    found = {value for region in regions if isinstance(region, Members) for value in region.values}
    return sorted(found, key=repr)
