"""What does a query of operators say about the values that it reads?

Equality and comparison convert as JavaScript does, so a value is several variables: exactly as it is, as a text, as a
number and as a boolean. Every other operator is a test that a value passes or not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from domain.rules import coercions
from domain.rules.findings.formulas import FALSE, TRUE, Every, Formula, Literal, Some, negated
from domain.rules.findings.regions import AFTER, BEFORE, BOTTOM, TOP, Members, Spans
from domain.rules.findings.variables import Source, Topic, Variable, exact_key
from domain.rules.queries import OPERATORS, is_operator_object

if TYPE_CHECKING:
    from domain.model.json_values import Json
    from domain.rules.findings.regions import Cut

_NEGATIONS = {"$ne": "$eq", "$nin": "$in", "$nini": "$ini"}
_OF_LISTS = frozenset({"$in", "$ini"})


def translated_query(query: Json, source: Source) -> Formula:
    if not isinstance(query, Mapping):
        return FALSE
    return Every(tuple(_member(key, argument, source) for key, argument in query.items()))


def _member(key: str, argument: Json, source: Source) -> Formula:
    match key:
        case "$not":
            return negated(translated_query(argument, source))
        case "$nor":
            return negated(_some(argument, source))
        case "$or":
            return _some(argument, source)
        case "$and" if isinstance(argument, list):
            return Every(tuple(translated_query(item, source) for item in argument))
        case "$and":
            return FALSE
        case _:
            return _value(argument, (source, key))


def _some(argument: Json, source: Source) -> Formula:
    if not isinstance(argument, list):
        return FALSE
    return Some(tuple(translated_query(item, source) for item in argument)) if argument else TRUE


def _value(expected: Json, at: tuple[Source, str]) -> Formula:
    if isinstance(expected, str):
        return Literal(Variable(Topic.TEXT, at), Members(frozenset({expected})))
    if isinstance(expected, bool):
        truth = Literal(Variable(Topic.TRUTH, at), Members(frozenset({expected})))
        return Every((negated(_exactly(None, at)), truth))
    if isinstance(expected, int | float):
        return _number(at, (expected, BEFORE), (expected, AFTER))
    if expected is None:
        return _exactly(None, at)
    if is_operator_object(expected) and isinstance(expected, Mapping):
        return Every(tuple(_operation(operator, argument, at) for operator, argument in expected.items()))
    return _test("", expected, at)


def _operation(operator: str, argument: Json, at: tuple[Source, str]) -> Formula:
    if operator not in OPERATORS:
        return FALSE
    if operator in _NEGATIONS:
        positive = _NEGATIONS[operator]
        return FALSE if _is_no_list(positive, argument) else negated(_operation(positive, argument, at))
    match operator:
        case "$not":
            return negated(_value(argument, at))
        case "$exists":
            unknown = _exactly(None, at)
            return negated(unknown) if coercions.truth_of(argument) else unknown
        case _:
            return _compared(operator, argument, at)


def _is_no_list(operator: str, argument: Json) -> bool:
    return operator in _OF_LISTS and not isinstance(argument, list)


def _compared(operator: str, argument: Json, at: tuple[Source, str]) -> Formula:
    is_nested = isinstance(argument, list | Mapping)
    if operator == "$eq":  # no list and no object is identical with another
        return FALSE if is_nested else _exactly(argument, at)
    if operator not in _COMPARISONS or is_nested or isinstance(argument, str):
        return _test(operator, argument, at)
    number = coercions.number_of(argument)
    side, is_upper = _COMPARISONS[operator]
    return _number(at, BOTTOM, (number, side)) if is_upper else _number(at, (number, side), TOP)


_COMPARISONS = {"$lt": (BEFORE, True), "$lte": (AFTER, True), "$gt": (AFTER, False), "$gte": (BEFORE, False)}


def _number(at: tuple[Source, str], low: Cut, high: Cut) -> Formula:
    return Literal(Variable(Topic.NUMBER, at), Spans(((low, high),)))


def _exactly(value: Json, at: tuple[Source, str]) -> Formula:
    return Literal(Variable(Topic.EXACT, at), Members(frozenset({exact_key(value)})))


def _test(operator: str, argument: Json, at: tuple[Source, str]) -> Formula:
    written = json.dumps(argument, sort_keys=True)
    return Literal(Variable(Topic.TEST, (*at, operator, written)), Members(frozenset({True})))
