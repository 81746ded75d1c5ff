"""Which simple things must hold for a rule to apply, and which of them do not?

Conditions are brought into negation normal form: `not` stands only before what is simple, as a literal that is wanted
not to hold. In this form more literals as wanted never make a requirement fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from domain.model.conditions import AllOf, Always, AnyOf, AtPlace, AttributesMatch, Not, TraitsMatch
from domain.model.schedules import ALWAYS_SCHEDULED, Schedule
from domain.rules.conditions import compile_condition
from domain.rules.explanations.candidates import variables_of
from domain.rules.explanations.query_tests import single_tests
from domain.rules.rule_sets import scheduled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.conditions import Condition
    from domain.model.rules import RuleContent
    from domain.rules.predicates import Predicate
    from domain.rules.situations import Situation


FARTHER_THAN_ALL = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A simple condition, or a schedule, that is wanted to hold or not to hold."""

    condition: Condition | Schedule
    wanted: bool
    predicate: Predicate

    def holds(self, situation: Situation) -> bool:
        return self.predicate.holds(situation) is self.wanted

    @property
    def moves_with_time(self) -> bool:
        return self.predicate.changes_us is not None

    @property
    def weight(self) -> int:
        """How far it is when it is not as wanted: what nothing changes is farther than everything else together."""
        changes = self.moves_with_time or any(variables_of(self.condition))
        return 1 if changes else FARTHER_THAN_ALL


@dataclass(frozen=True, slots=True, eq=False)
class Every:
    """All parts hold; of no parts, always."""

    parts: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """At least one part holds; there is one."""

    parts: tuple[Requirement, ...]


Requirement: TypeAlias = Literal | Every | Some


@dataclass(frozen=True)
class RuleRequirements:
    """Everything that a rule asks of a situation but for its share of the users, in the order in which it is told."""

    content: RuleContent

    @cached_property
    def place(self) -> Requirement:
        places = self.content.places
        return required(AtPlace(places)) if places else Every()

    @cached_property
    def schedule(self) -> Requirement:
        schedule = self.content.schedule
        return (
            Every() if schedule == ALWAYS_SCHEDULED else Literal(schedule, wanted=True, predicate=scheduled(schedule))
        )

    @cached_property
    def condition(self) -> Requirement:
        return required(self.content.condition)

    @cached_property
    def whole(self) -> Requirement:
        return Every((self.place, self.schedule, self.condition))


def required(condition: Condition, *, wanted: bool = True) -> Requirement:
    """What must hold for the condition to hold (or not to, unless `wanted`)."""
    match condition:
        case Not(inner):
            return required(inner, wanted=not wanted)
        case AllOf(()) | AnyOf(()):
            return _literal(Always(isinstance(condition, AllOf)), wanted)
        case AllOf(conditions) | AnyOf(conditions):
            parts = tuple(required(part, wanted=wanted) for part in conditions)
            return Every(parts) if isinstance(condition, AllOf) is wanted else Some(parts)
        case TraitsMatch() | AttributesMatch():
            tests = single_tests(condition)
            return _literal(tests, wanted) if isinstance(tests, type(condition)) else required(tests, wanted=wanted)
        case _:
            return _literal(condition, wanted)


def _literal(condition: Condition, wanted: bool) -> Literal:  # noqa: FBT001 - as in `Literal`
    return Literal(condition, wanted, compile_condition(condition))


def missing(requirement: Requirement, situation: Situation) -> int:
    """How many literals are not as wanted, at the least: 0 exactly when the requirement holds.

    `FARTHER_THAN_ALL` or more: not without something that nothing changes.
    """
    match requirement:
        case Literal():
            return 0 if requirement.holds(situation) else requirement.weight
        case Every(parts):
            return sum(missing(part, situation) for part in parts)
        case Some(parts):
            return min(missing(part, situation) for part in parts)


def failing(requirement: Requirement, situation: Situation, *, nearest: bool = False) -> Iterator[Literal]:
    """The literals that are not as wanted, wherever the requirement needs them; none when it holds.

    `nearest`: of alternatives, only those of which the least is missing.
    """
    match requirement:
        case Literal():
            if not requirement.holds(situation):
                yield requirement
        case Every(parts):
            for part in parts:
                yield from failing(part, situation, nearest=nearest)
        case Some(parts):
            lacking = [missing(part, situation) for part in parts]
            least = min(lacking)
            for part, number in zip(parts, lacking, strict=True) if least else ():
                if number == least or not nearest:
                    yield from failing(part, situation, nearest=nearest)


def first_failing(requirement: Requirement, situation: Situation) -> tuple[Literal, ...]:
    """The first literal that is not as wanted; of alternatives that all fail, the first of each."""
    match requirement:
        case Literal():
            return () if requirement.holds(situation) else (requirement,)
        case Every(parts):
            return next((found for part in parts if (found := first_failing(part, situation))), ())
        case Some(parts):
            firsts = [first_failing(part, situation) for part in parts]
            return tuple(literal for literals in firsts for literal in literals) if all(firsts) else ()


def literals_of(requirement: Requirement) -> Iterator[Literal]:
    match requirement:
        case Literal():
            yield requirement
        case Every(parts) | Some(parts):
            for part in parts:
                yield from literals_of(part)
