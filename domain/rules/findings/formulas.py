"""How are conditions said so that it can be decided whether they can hold?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.rules.findings.regions import Region
    from domain.rules.findings.variables import Variable


@dataclass(frozen=True, slots=True)
class Literal:
    """The variable is in the region, or with `inside` false, it is not (be it elsewhere or unknown)."""

    variable: Variable
    region: Region
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Formula, ...]


Formula: TypeAlias = Literal | Every | Some
TRUE: Formula = Every(())
FALSE: Formula = Some(())


def negated(formula: Formula) -> Formula:
    match formula:
        case Literal():
            return replace(formula, inside=not formula.inside)
        case Every(parts):
            return Some(tuple(map(negated, parts)))
        case Some(parts):
            return Every(tuple(map(negated, parts)))


def implies(premise: Formula, conclusion: Formula) -> Formula:
    return Some((negated(premise), conclusion))


def literals_of(formula: Formula) -> Iterator[Literal]:
    match formula:
        case Literal():
            yield formula
        case Every(parts) | Some(parts):
            for part in parts:
                yield from literals_of(part)


def holds(formula: Formula, read: Callable[[Variable], object]) -> bool:
    """Does the formula hold when the variables are what `read` says?"""
    match formula:
        case Literal(variable, region, inside):
            return region.contains(read(variable)) is inside
        case Every(parts):
            return all(holds(part, read) for part in parts)
        case Some(parts):
            return any(holds(part, read) for part in parts)
