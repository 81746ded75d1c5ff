"""What can be known of a situation whatever the time, and how do such facts combine?

A condition often needs some of them before it can ever hold (`domain.rules.indexing.accesses`), so they make an index
(`domain.rules.indexing.indexes`): who has none of those a rule needs is not asked about it at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from domain.rules.situations import Situation


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


def share(access: Access) -> float:
    """Of how many users an access is true, as a guess."""
    return sum(fact.variable.share for fact in access)


def every(parts: Iterable[Accesses]) -> Accesses:
    return tuple(chain.from_iterable(parts))


def some(parts: Iterable[Accesses]) -> Accesses:
    """One access of each alternative together; unknown as soon as one alternative is."""
    alternatives = list(parts)
    if not all(alternatives):
        return UNKNOWN
    narrowest: Iterable[Access] = (min(known, key=share) for known in alternatives)
    return (frozenset(chain.from_iterable(narrowest)),)


def any_value(variable: Variable, values: Iterable[Hashable]) -> Accesses:
    return (frozenset(Fact(variable, value) for value in values),)
