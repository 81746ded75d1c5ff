"""What must be true of a user, whatever the time, before a condition can ever hold?

Such facts make an index (`domain.rules.indexes`): who has none of those a rule needs is not asked about it at all. The
idea is that of access predicates: Whang et al., "Indexing Boolean Expressions", PVLDB 2 (2009) 37-48. An access may be
too wide, because candidates are evaluated in full, but never too narrow: a condition of which nothing steady is
certain has none.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import isnan
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from domain.model.conditions import (
    ActivityWithin,
    AllOf,
    Always,
    AnyOf,
    AtPlace,
    AttributesMatch,
    ChurnRiskWithin,
    Did,
    FeatureUsed,
    HasSkill,
    InSegment,
    LifetimeValueWithin,
    OnDevice,
    TraitsMatch,
)
from domain.rules.coercions import number_of, text_of
from domain.rules.measures import COUNTS
from domain.rules.queries import LOGICAL_OPERATORS, compile_query, is_operator_object

if TYPE_CHECKING:
    from domain.model.conditions import Condition
    from domain.model.json_values import Json, JsonObject
    from domain.model.profiles import History
    from domain.model.ranges import Range
    from domain.rules.situations import Situation

MAX_FACTS = 100
"""An access by more facts than this is not worth its upkeep."""

MAX_ACCESSES = 4
"""Together, more are hardly narrower."""

MAX_SHARED_VARIABLES = 4_096

_MAY_BEGIN_A_NUMBER = "0123456789+-.I"


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """Something steady that a situation has values of. `share` is a guess at how many users share one value.

    `presumes`: the fact without which it has no value that any condition needs.
    """

    name: str
    share: float
    values: Callable[[Situation], Iterable[Hashable]]
    presumes: Fact | None = None


class Fact(NamedTuple):
    """A situation has this value of a variable."""

    variable: Variable
    value: Hashable


Access: TypeAlias = frozenset[Fact]
"""Facts of which one must be true before a condition can hold; of no facts: it never holds."""

Accesses: TypeAlias = tuple[Access, ...]
"""Each of them must be true."""

UNKNOWN: Accesses = ()
NEVER: Accesses = (frozenset(),)


def accesses(condition: Condition) -> Accesses:
    """What is steady and necessary for a condition, the narrowest first, each after what it presumes."""
    return _every(map(_with_presumed, sorted(_accesses(condition), key=share)[:MAX_ACCESSES]))


def share(access: Access) -> float:
    """Of how many users an access is true, as a guess."""
    return sum(fact.variable.share for fact in access)


def _with_presumed(access: Access) -> Accesses:
    presumed = [fact.variable.presumes for fact in access]
    first = frozenset(fact for fact in presumed if fact is not None)
    return (first, access) if first and None not in presumed else (access,)


def _accesses(condition: Condition) -> Accesses:
    read = _READERS.get(type(condition))
    return UNKNOWN if read is None else tuple(access for access in read(condition) if len(access) <= MAX_FACTS)


def _every(parts: Iterable[Accesses]) -> Accesses:
    return tuple(chain.from_iterable(parts))


def _some(parts: Iterable[Accesses]) -> Accesses:
    """One access of each alternative together; unknown as soon as one alternative is."""
    alternatives = list(parts)
    if not all(alternatives):
        return UNKNOWN
    narrowest: Iterable[Access] = (min(known, key=share) for known in alternatives)
    return (frozenset(chain.from_iterable(narrowest)),)


def _any_value(variable: Variable, values: Iterable[Hashable]) -> Accesses:
    return (frozenset(Fact(variable, value) for value in values),)


SEGMENT = Variable("segment", 0.1, lambda situation: situation.confidences)
DEVICE = Variable("device", 0.3, lambda situation: (situation.context.device,))
PLACE = Variable("place", 0.2, lambda situation: (situation.context.place,))
SKILL = Variable("skill", 0.3, lambda situation: (situation.profile.skill,))
FEATURE = Variable("feature ever used", 0.1, lambda situation: situation.history.features)
TARGET = Variable("target", 0.05, lambda situation: chain.from_iterable(situation.history.recent.values()))
DEED = Variable("kind of interaction", 0.5, lambda situation: situation.history.recent)


def _in_segment(condition: InSegment) -> Accesses:
    return _any_value(SEGMENT, condition.segments) if condition.confidence >= 0 else UNKNOWN


def _feature_used(condition: FeatureUsed) -> Accesses:
    if condition.uses.contains(0) and condition.last_used_days is None:
        return UNKNOWN
    return _any_value(FEATURE, (condition.feature,))


def _did(condition: Did) -> Accesses:
    if condition.times.contains(0):
        return UNKNOWN
    if condition.target is None:
        return _any_value(DEED, (condition.kind,))
    return _any_value(TARGET, (condition.target,))


# Counts of one order of magnitude share a value, so that a count has few of them: those up to its own.


def _magnitude(number: float) -> int:
    return int(max(number, 0)).bit_length()


def _reached(count: Callable[[History], float]) -> Callable[[Situation], Iterable[Hashable]]:
    return lambda situation: range(_magnitude(count(situation.history)) + 1)


_AT_LEAST = {measure: Variable(f"at least: {measure}", 0.5, _reached(count)) for measure, count in COUNTS.items()}


def _activity(condition: ActivityWithin) -> Accesses:
    low = _low(condition.range)
    if low <= 0 or condition.measure not in _AT_LEAST:
        return UNKNOWN
    return _any_value(_AT_LEAST[condition.measure], (_magnitude(low),))


def _low(wanted: Range) -> float:
    return max((bound for bound in (wanted.gte, wanted.gt, wanted.eq) if bound is not None), default=0)


class _Members(NamedTuple):
    """The members of a JSON object that a situation has."""

    known: Variable
    of: Callable[[Situation], JsonObject]

    def accesses(self, query: JsonObject) -> Accesses:
        return _every(self._of_member(key, argument) for key, argument in query.items())

    def _of_member(self, key: str, argument: Json) -> Accesses:
        if key in LOGICAL_OPERATORS:
            return self._of_logic(key, argument)
        if compile_query({key: argument})({}):
            return UNKNOWN
        head, *rest = key.split(".")
        wanted = None if rest else _wanted(argument)
        return _any_value(self.known, (head,)) if wanted is None else _any_value(_compared_with(self, key), wanted)

    def _of_logic(self, operator: str, argument: Json) -> Accesses:
        if not isinstance(argument, list) or not all(isinstance(query, Mapping) for query in argument):
            return UNKNOWN
        parts = (self.accesses(query) for query in argument if isinstance(query, Mapping))
        if operator == "$and":
            return _every(parts)
        return _some(parts) if operator == "$or" and argument else UNKNOWN


@lru_cache(maxsize=MAX_SHARED_VARIABLES)
def _compared_with(members: _Members, key: str) -> Variable:
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


_TRAITS = _Members(
    Variable("trait", 0.6, lambda situation: situation.profile.traits), lambda situation: situation.profile.traits
)
_ATTRIBUTES = _Members(
    Variable("attribute", 0.6, lambda situation: situation.context.attributes),
    lambda situation: situation.context.attributes,
)

_READERS: Mapping[type, Callable[[Any], Accesses]] = {
    Always: lambda condition: UNKNOWN if condition.value else NEVER,
    AllOf: lambda condition: _every(map(_accesses, condition.conditions)),
    AnyOf: lambda condition: _some(map(_accesses, condition.conditions)),
    InSegment: _in_segment,
    OnDevice: lambda condition: _any_value(DEVICE, condition.devices),
    AtPlace: lambda condition: _any_value(PLACE, condition.places),
    HasSkill: lambda condition: _any_value(SKILL, condition.levels),
    ActivityWithin: _activity,
    FeatureUsed: _feature_used,
    Did: _did,
    # No insight exists yet, so these two never hold.
    ChurnRiskWithin: lambda _: NEVER,
    LifetimeValueWithin: lambda _: NEVER,
    TraitsMatch: lambda condition: _TRAITS.accesses(condition.query),
    AttributesMatch: lambda condition: _ATTRIBUTES.accesses(condition.query),
}
