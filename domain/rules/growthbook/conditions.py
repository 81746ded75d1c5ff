"""How is a condition of GrowthBook's said here?

Its language is that of `traits` and `attributes` conditions; only saved groups stand beside the features there, and are
written out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from domain.model.conditions import Always, AttributesMatch, TraitsMatch
from domain.model.imports import AttributeSource
from domain.model.json_values import json_flaw
from domain.rules.queries import LOGICAL_OPERATORS
from domain.rules.query_problems import query_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.model.conditions import Condition
    from domain.model.json_values import Json, JsonObject

    Groups: TypeAlias = "Mapping[str, Sequence[Json]]"

_WRITTEN_OUT = {"$inGroup": "$in", "$notInGroup": "$nin"}


class NotTranslated(Exception):
    """A part of a rule that cannot be said here; the message says which."""


def read_condition(query: Json, groups: Groups, source: AttributeSource) -> Condition:
    """Raises `NotTranslated`."""
    written = _written_out(query, groups)
    if flaw := json_flaw(written):
        raise NotTranslated(
            f"its condition, with the members of saved groups, {flaw}: use a trait of its users instead"
        )
    if problems := query_problems(written):
        problem = problems[0]
        raise NotTranslated(f"its condition cannot be asked here: {'.'.join(problem.path)}: {problem.message}")
    if not written:
        return Always()
    return TraitsMatch(written) if source is AttributeSource.TRAITS else AttributesMatch(written)


def refuse_unreadable(query: Json) -> None:
    """Raises `NotTranslated` for what is no condition, or larger than one may be."""
    if not isinstance(query, dict):
        raise NotTranslated("its condition is no object")
    if flaw := json_flaw(query):
        raise NotTranslated(f"its condition {flaw}")


def groups_named(query: Json) -> Iterator[str]:
    """The saved groups that a condition asks for."""
    for name, argument in _members(query):
        if name in _WRITTEN_OUT and isinstance(argument, str):
            yield argument
        else:
            yield from groups_named(argument)


def attributes_read(condition: Condition) -> frozenset[str]:
    """The names of the attributes, or traits, that a translated condition asks for."""
    return frozenset(_names(condition.query)) if isinstance(condition, AttributesMatch | TraitsMatch) else frozenset()


def _names(query: JsonObject) -> Iterator[str]:
    for name, argument in query.items():
        if name not in LOGICAL_OPERATORS:
            yield name.partition(".")[0]
            continue
        for part in argument if isinstance(argument, list) else [argument]:
            if isinstance(part, Mapping):
                yield from _names(part)


def _written_out(query: Any, groups: Groups) -> Any:
    """The query with the members of groups in the place of their names; an unknown group is empty, as in GrowthBook."""
    if isinstance(query, list):
        return [_written_out(item, groups) for item in query]
    if not isinstance(query, dict):
        return query
    written: dict[str, Json] = {}
    for name, argument in query.items():
        if name not in _WRITTEN_OUT or not isinstance(argument, str):
            written[name] = _written_out(argument, groups)
        elif _WRITTEN_OUT[name] in query:
            raise NotTranslated(f"its condition asks for both {name} and {_WRITTEN_OUT[name]} of one attribute")
        else:
            written[_WRITTEN_OUT[name]] = [*groups.get(argument, ())]
    return written


def _members(query: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(query, list):
        yield from (("", item) for item in query)
    elif isinstance(query, dict):
        yield from query.items()
