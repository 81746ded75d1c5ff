"""Which facts about the members of a JSON object does a query need, under all of JavaScript's conversions?"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from math import isnan
from typing import TYPE_CHECKING, NamedTuple

from domain.rules.coercions import number_of, text_of
from domain.rules.indexing.facts import UNKNOWN, Accesses, Fact, Variable, any_value, every, some
from domain.rules.queries import LOGICAL_OPERATORS, compile_query, is_operator_object

if TYPE_CHECKING:
    from domain.model.json_values import Json, JsonObject
    from domain.rules.situations import Situation

MAX_SHARED_VARIABLES = 4_096

_MAY_BEGIN_A_NUMBER = "0123456789+-.I"


class Members(NamedTuple):
    """The members of a JSON object that a situation has."""

    known: Variable
    of: Callable[[Situation], JsonObject]

    def accesses(self, query: JsonObject) -> Accesses:
        return every(self._of_member(key, argument) for key, argument in query.items())

    def _of_member(self, key: str, argument: Json) -> Accesses:
        if key in LOGICAL_OPERATORS:
            return self._of_logic(key, argument)
        if compile_query({key: argument})({}):
            return UNKNOWN
        head, *rest = key.split(".")
        wanted = None if rest else _wanted(argument)
        return any_value(self.known, (head,)) if wanted is None else any_value(_compared_with(self, key), wanted)

    def _of_logic(self, operator: str, argument: Json) -> Accesses:
        if not isinstance(argument, list) or not all(isinstance(query, Mapping) for query in argument):
            return UNKNOWN
        parts = (self.accesses(query) for query in argument if isinstance(query, Mapping))
        if operator == "$and":
            return every(parts)
        return some(parts) if operator == "$or" and argument else UNKNOWN


@lru_cache(maxsize=MAX_SHARED_VARIABLES)
def _compared_with(members: Members, key: str) -> Variable:
    """What a member can be compared with. Only members that rules ask for are looked at, and only where they are."""
    of, presumed = members.of, Fact(members.known, key)
    return Variable(f"{members.known.name} {key}", 0.05, lambda situation: _readings(of(situation).get(key)), presumed)


# An equality with a text that is a number stands under that number, because JavaScript finds it in many texts. No
# equality stands under a text with a comma: only lists of several items read like that, and these can be long.


def _wanted(argument: Json) -> list[Hashable] | None:
    """What a member must read as, if this is an equality; `None`: unknown."""
    if isinstance(argument, str):
        number = number_of(argument)
        return None if "," in argument else [argument if isnan(number) else number]
    if isinstance(argument, int | float) and not isinstance(argument, bool):
        return [argument]
    if isinstance(argument, Mapping) and is_operator_object(argument):
        among = argument.get("$in", [argument["$eq"]] if "$eq" in argument else None)
        return [_exactly(item) for item in among] if isinstance(among, list) else None
    return None


def _exactly(item: Json) -> Hashable:
    return item if isinstance(item, int | float) else text_of(item)


def _readings(value: Json) -> Iterable[Hashable]:
    """As what a value can be compared: itself and, if it is a list, its items."""
    if not isinstance(value, list):
        return _readings_of_one(value)
    items = chain.from_iterable(_readings_of_one(item) for item in value if not isinstance(item, list | Mapping))
    return items if len(value) > 1 else chain(items, _readings_of_one(value))


def _readings_of_one(value: Json) -> Iterator[Hashable]:
    if isinstance(value, int | float):
        yield value
        yield number_of(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = text_of(value)
        yield text
        if text.strip()[:1] in _MAY_BEGIN_A_NUMBER:
            yield number_of(value)


TRAITS = Members(
    Variable("trait", 0.6, lambda situation: situation.profile.traits), lambda situation: situation.profile.traits
)
ATTRIBUTES = Members(
    Variable("attribute", 0.6, lambda situation: situation.context.attributes),
    lambda situation: situation.context.attributes,
)
