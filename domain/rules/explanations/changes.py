"""What is the smallest change with which a rule would apply?

A best-first search. From a world in which the rule does not apply, every change of a variable that some failing literal
reads is tried: one of them is part of any solution, because only a failing literal that comes to hold can help. Fewer
variables are smaller, then shorter distances. All changes of one variable are tried before any of two, so that one that
is enough is found; of several together, the most promising come first. Nothing is told that was not tried out on the
rule itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from domain.rules.explanations.candidates import candidates, variables_of
from domain.rules.explanations.deed_candidates import SEEN, is_deed
from domain.rules.explanations.requirements import failing, literals_of, missing
from domain.rules.explanations.waiting import TIME, waiting
from domain.rules.explanations.worlds import changed
from domain.rules.rule_sets import rule_applies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from domain.rules.explanations.requirements import Literal, Requirement
    from domain.rules.explanations.worlds import Change, Variable, World
    from domain.rules.rule_sets import CompiledRule

MAX_ALTERNATIVES = 3
MAX_CHANGES = 8
"""Of more changes at once nothing is said: nobody would call them small."""
MAX_TRIED = 400
"""How many worlds are tried with one variable changed, and then with several."""
MAX_ASKED = 10_000
"""How many literals are asked in all those worlds: some hundredths of a second."""


class Plan(NamedTuple):
    """Changes of different variables."""

    changes: tuple[Change, ...] = ()

    @property
    def variables(self) -> frozenset[Variable]:
        return frozenset(change.variable for change in self.changes)

    @property
    def distance(self) -> float:
        return sum(change.distance for change in self.changes)

    def and_also(self, change: Change) -> Plan:
        return Plan((*self.changes, change))

    def in_order(self, variables: Sequence[Variable]) -> Plan:
        return Plan(tuple(sorted(self.changes, key=lambda change: variables.index(change.variable))))

    def text(self, *, discreet: bool) -> str:
        return " and ".join(change.discreet if discreet else change.text for change in self.changes)


def smallest_changes(rule: CompiledRule, requirement: Requirement, world: World) -> tuple[Plan, ...]:
    """Alternatives of equally few variables with which the rule applies, nearest first; none when none is known.

    `requirement` is everything that the rule asks of a situation.
    """
    conditions = [literal.condition for literal in literals_of(requirement)]
    most_tried = min(MAX_TRIED, MAX_ASKED // max(len(conditions), 1))
    return _Search(rule, requirement, world, candidates(conditions, world), most_tried).run()


def plans_text(plans: tuple[Plan, ...], *, discreet: bool) -> str | None:
    """Like "2 more sessions in the last 7 days, or device mobile and skill advanced"."""
    return ", or ".join(dict.fromkeys(plan.text(discreet=discreet) for plan in plans)) or None


class _Entry(NamedTuple):
    """A plan to extend: first what promises to need the fewest changes, of such what is already most of the way.

    `thorough`: with changes of whatever fails; otherwise only of what is nearest to holding.
    """

    estimate: int
    remaining: int
    distance: float
    number: int
    plan: Plan
    thorough: bool


@dataclass(slots=True)
class _Search:
    rule: CompiledRule
    requirement: Requirement
    world: World
    changes: Mapping[Variable, Sequence[Change]]
    most_tried: int
    found: dict[frozenset[Variable], Plan] = field(default_factory=dict)
    fewest: int = MAX_CHANGES
    seen: set[frozenset[Change]] = field(default_factory=set)
    queue: list[_Entry] = field(default_factory=list)

    def run(self) -> tuple[Plan, ...]:
        self._extend(Plan(), thorough=True)
        self.most_tried += len(self.seen)
        while self.queue and len(self.seen) < self.most_tried:
            entry = heappop(self.queue)
            if entry.estimate <= self.fewest and len(entry.plan.changes) < self.fewest:
                self._extend(entry.plan, thorough=entry.thorough)
        smallest = [plan for plan in self.found.values() if len(plan.changes) == self.fewest]
        nearest = sorted(_without_implied(smallest), key=lambda plan: plan.distance)[:MAX_ALTERNATIVES]
        return tuple(plan.in_order([*self.changes, TIME]) for plan in nearest)

    def _extend(self, plan: Plan, *, thorough: bool) -> None:
        world = changed(self.world, plan.changes)
        lacking = list(failing(self.requirement, world.situation(), nearest=not thorough))
        for variable in _variables(lacking, plan):
            for change in self.changes[variable]:
                if len(self.seen) < self.most_tried and self._try(plan.and_also(change)):
                    break
        if any(literal.moves_with_time for literal in lacking):
            wait = waiting(self.rule, world, [literal.condition for literal in lacking])
            if wait is not None:
                self._note(plan.and_also(wait))

    def _try(self, plan: Plan) -> bool:
        """Is this a solution? If not, it may become one with further changes."""
        identity = frozenset(plan.changes)
        if identity in self.seen:
            return False
        self.seen.add(identity)
        situation = changed(self.world, plan.changes).situation()
        if rule_applies(self.rule, situation):
            self._note(plan)
            return True
        self._enqueue(plan, missing(self.requirement, situation))
        return False

    def _enqueue(self, plan: Plan, lacking: int) -> None:
        estimate, number = len(plan.changes) + lacking, len(self.seen)
        heappush(self.queue, _Entry(estimate, lacking, plan.distance, number, plan, thorough=False))
        heappush(self.queue, _Entry(estimate + 1, lacking, plan.distance, number, plan, thorough=True))

    def _note(self, plan: Plan) -> None:
        known = self.found.get(plan.variables)
        if known is None or plan.distance < known.distance:
            self.found[plan.variables] = plan
        self.fewest = min(self.fewest, len(plan.changes))


def _without_implied(plans: list[Plan]) -> list[Plan]:
    """Whoever does anything is seen: where that is enough, more is not said."""
    if not any(plan.variables == {SEEN} for plan in plans):
        return plans
    return [plan for plan in plans if plan.variables == {SEEN} or not all(map(is_deed, plan.variables))]


def _variables(lacking: list[Literal], plan: Plan) -> Iterator[Variable]:
    """What the literals read that the plan leaves as it is, each once."""
    read = dict.fromkeys(variable for literal in lacking for variable in variables_of(literal.condition))
    return (variable for variable in read if variable not in plan.variables)
