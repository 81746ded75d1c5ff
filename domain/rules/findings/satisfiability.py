"""Can a formula hold, and what must its variables be then?

Davis-Putnam-Logemann-Loveland over variables with finitely many cells each: what must hold narrows the cells a variable
may be in, and only where nothing more follows is one alternative tried after the other. Each question may cost only so
much: `Undecided` is raised beyond that, and means nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from domain.rules.findings.formulas import Every, Literal, Some, literals_of
from domain.rules.findings.regions import cells_of
from domain.rules.findings.variables import space_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.rules.findings.formulas import Formula
    from domain.rules.findings.regions import Cells, Region
    from domain.rules.findings.variables import Variable

MAX_STEPS = 20_000


class Undecided(Exception):
    """It would take too long to know."""


@dataclass(frozen=True, slots=True)
class Model:
    """What the variables may be for the formula to hold: every combination of these cells will do."""

    cells: Mapping[Variable, tuple[Cells, int]]

    def samples(self, variable: Variable) -> list[object]:
        """A value of each cell, the least first; none for a variable that the formula does not read."""
        if variable not in self.cells:
            return []
        cells, mask = self.cells[variable]
        return cells.among(mask)

    def allows(self, variable: Variable, value: object) -> bool:
        if variable not in self.cells:
            return True
        cells, mask = self.cells[variable]
        return bool(cells.mask_of(value) & mask)


def model_of(formula: Formula, steps: int = MAX_STEPS) -> Model | None:
    """Some way for the formula to hold; `None` if there is none. Raises `Undecided`."""
    regions: defaultdict[Variable, dict[Region, None]] = defaultdict(dict)
    for literal in literals_of(formula):
        regions[literal.variable][literal.region] = None
    cells = {variable: cells_of(space_of(variable), named) for variable, named in regions.items()}
    numbers = {variable: number for number, variable in enumerate(cells)}
    everything = [found.everything for found in cells.values()]

    def compiled(part: Formula) -> _Node:
        match part:
            case Literal(variable, region, inside):
                mask = cells[variable].mask(region)
                return _In(numbers[variable], mask if inside else cells[variable].everything & ~mask)
            case Every(parts):
                return _And(tuple(map(compiled, parts)))
            case Some(parts):
                return _Or(tuple(map(compiled, parts)))

    found = _Search(everything, steps).solve([compiled(formula)], everything)
    if found is None:
        return None
    return Model({variable: (cells[variable], mask) for variable, mask in zip(cells, found, strict=True)})


@dataclass(frozen=True, slots=True)
class _In:
    """The variable with this number is in one of the cells of the mask."""

    number: int
    mask: int


@dataclass(frozen=True, slots=True)
class _And:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Or:
    parts: tuple[_Node, ...]


_Node: TypeAlias = _In | _And | _Or
_HOLDS = _And(())
_FAILS = _Or(())


@dataclass(slots=True)
class _Search:
    everything: list[int]
    steps_left: int

    def solve(self, pending: list[_Node], domains: list[int]) -> list[int] | None:
        """The cells that are left when all of `pending` holds for whatever is left; `None`: it cannot hold."""
        domains = list(domains)
        undecided = self._narrowed(pending, domains)
        if not undecided:
            return domains if undecided is not None else None
        first, *rest = undecided
        option, *options = first.parts
        found = self.solve([option, *rest], domains)
        if found is not None:
            return found
        return self.solve([self._negated(option), _Or(tuple(options)), *rest], domains)

    def _narrowed(self, pending: list[_Node], domains: list[int]) -> list[_Or] | None:
        """Draws every conclusion: `domains` shrink in place. What is left are alternatives; `None`: a contradiction."""
        while True:
            narrowed = False
            undecided: list[_Or] = []
            pending = list(pending)
            for node in pending:  # grows meanwhile
                match self._simplified(node, domains):
                    case _In(number, mask):
                        domains[number] &= mask
                        narrowed = True
                    case _And(parts):
                        pending.extend(parts)
                    case _Or(parts) as alternatives:
                        if not parts:
                            return None
                        undecided.append(alternatives)
            if not narrowed:
                return undecided
            pending = list(undecided)

    def _simplified(self, node: _Node, domains: list[int]) -> _Node:
        """What is left to be decided of a node."""
        self.steps_left -= 1
        if self.steps_left < 0:
            raise Undecided
        if isinstance(node, _In):
            possible = domains[node.number] & node.mask
            return _FAILS if not possible else _HOLDS if possible == domains[node.number] else node
        decides = _FAILS if isinstance(node, _And) else _HOLDS
        left: list[_Node] = []
        for part in node.parts:
            simple = self._simplified(part, domains)
            if simple == decides:
                return decides
            if simple not in (_HOLDS, _FAILS):
                left.append(simple)
        return left[0] if len(left) == 1 else type(node)(tuple(left))

    def _negated(self, node: _Node) -> _Node:
        if isinstance(node, _In):
            return _In(node.number, self.everything[node.number] & ~node.mask)
        negated = tuple(map(self._negated, node.parts))
        return _Or(negated) if isinstance(node, _And) else _And(negated)
