"""How do compiled questions about a situation combine, and when could an answer change by time alone?

`changes_us` of a predicate is never late: up to that instant the answer stays, at that instant it may differ. This is
what makes a config's `holds_until` safe; being early only costs one more decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from domain.rules.instants import FOREVER_US, instant_or_never

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from domain.rules.situations import Situation

Holds: TypeAlias = "Callable[[Situation], bool]"
ChangesUs: TypeAlias = "Callable[[Situation], int]"


@dataclass(frozen=True, slots=True)
class Predicate:
    """A compiled question. `changes_us` is `None` where time alone never changes the answer."""

    holds: Holds
    changes_us: ChangesUs | None = None

    def changes_at(self, situation: Situation) -> datetime | None:
        """The first instant after now at which the answer could differ if only time passes; `None`: never."""
        return None if self.changes_us is None else instant_or_never(self.changes_us(situation))


ALWAYS = Predicate(lambda _: True)
NEVER = Predicate(lambda _: False)


def constant(value: bool) -> Predicate:  # noqa: FBT001 - the value is what the function is about
    return ALWAYS if value else NEVER


def negation(inner: Predicate) -> Predicate:
    if inner in {ALWAYS, NEVER}:
        return constant(inner is NEVER)
    holds = inner.holds
    return Predicate(lambda situation: not holds(situation), inner.changes_us)


def conjunction(parts: tuple[Predicate, ...]) -> Predicate:
    """All parts hold; of no parts, always."""
    if NEVER in parts:
        return NEVER
    needed = tuple(part for part in parts if part is not ALWAYS)
    if len(needed) <= 1:
        return needed[0] if needed else ALWAYS
    return Predicate(_all_hold(tuple(part.holds for part in needed)), _changes(needed, waits_for=False))


def disjunction(parts: tuple[Predicate, ...]) -> Predicate:
    """Some part holds; of no parts, never."""
    if ALWAYS in parts:
        return ALWAYS
    needed = tuple(part for part in parts if part is not NEVER)
    if len(needed) <= 1:
        return needed[0] if needed else NEVER
    return Predicate(_any_holds(tuple(part.holds for part in needed)), _changes(needed, waits_for=True))


# Two to four parts are nearly all there are; unrolled they cost half of what the loop costs.


def _all_hold(parts: tuple[Holds, ...]) -> Holds:
    if len(parts) == 2:  # noqa: PLR2004
        first, second = parts
        return lambda situation: first(situation) and second(situation)
    if len(parts) == 3:  # noqa: PLR2004
        one, two, three = parts
        return lambda situation: one(situation) and two(situation) and three(situation)
    if len(parts) == 4:  # noqa: PLR2004
        first, second, third, last = parts
        return lambda situation: first(situation) and second(situation) and third(situation) and last(situation)

    def every(situation: Situation) -> bool:
        for holds in parts:  # noqa: SIM110 - a generator would double the cost
            if not holds(situation):
                return False
        return True

    return every


def _any_holds(parts: tuple[Holds, ...]) -> Holds:
    if len(parts) == 2:  # noqa: PLR2004
        first, second = parts
        return lambda situation: first(situation) or second(situation)
    if len(parts) == 3:  # noqa: PLR2004
        one, two, three = parts
        return lambda situation: one(situation) or two(situation) or three(situation)

    def some(situation: Situation) -> bool:
        for holds in parts:  # noqa: SIM110 - a generator would double the cost
            if holds(situation):
                return True
        return False

    return some


def _changes(parts: tuple[Predicate, ...], *, waits_for: bool) -> ChangesUs | None:
    """When a combination could change.

    A conjunction that fails stays so until every failing part has changed, so the latest of their instants counts;
    one that holds ends with the first part that changes. A disjunction is the mirror image: it waits for the parts
    that hold.
    """
    steady = tuple(part.holds for part in parts if part.changes_us is None)
    moving = tuple((part.holds, part.changes_us) for part in parts if part.changes_us is not None)
    if not moving:
        return None

    def changes_us(situation: Situation) -> int:
        if any(holds(situation) is waits_for for holds in steady):
            return FOREVER_US
        waited = [changes(situation) for holds, changes in moving if holds(situation) is waits_for]
        return max(waited) if waited else min([changes(situation) for _, changes in moving])

    return changes_us
