"""Where do rules lie, so that a situation leads to those that could apply?

Rules lie where the facts they need lead to, the narrowest first. A situation has few facts, so it leads to few rules,
and a fact that many rules need is looked up once for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from domain.rules.indexing.facts import Variable
    from domain.rules.rule_sets import CompiledRule
    from domain.rules.situations import Situation

FEW_RULES = 8
"""So many rules are asked without looking for a fact that might spare asking them: a look-up costs no less."""


@dataclass(frozen=True, slots=True)
class Index:
    """Rules at rest here, which are always asked, and branches to those that need one fact more.

    Immutable: with another rule it is another index, which shares all branches that do not lead to that rule.
    """

    resting: tuple[CompiledRule, ...] = ()
    branches: Mapping[Variable, Mapping[Hashable, Index]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.resting and not self.branches

    def collect(self, situation: Situation, found: list[CompiledRule]) -> None:
        """Add every rule that could apply, and some that do not: in no order, some perhaps more than once."""
        found += self.resting
        for variable, by_value in self.branches.items():
            for value in situation.values(variable):
                branch = by_value.get(value)
                if branch is not None:
                    branch.collect(situation, found)

    def with_rule(self, rule: CompiledRule, depth: int = 0) -> Index:
        """`depth`: how many of the rule's accesses have led here."""
        if len(self.resting) < FEW_RULES or depth == len(rule.accesses):
            return Index((*self.resting, rule), self.branches)
        return self._branched(rule, depth, lambda branch: branch.with_rule(rule, depth + 1))

    def without_rule(self, rule: CompiledRule, depth: int = 0) -> Index:
        if rule in self.resting:
            return Index(tuple(other for other in self.resting if other is not rule), self.branches)
        return self._branched(rule, depth, lambda branch: branch.without_rule(rule, depth + 1))

    def _branched(self, rule: CompiledRule, depth: int, change: Callable[[Index], Index]) -> Index:
        """With every branch changed to which the facts of the rule's access at a depth lead."""
        access = rule.accesses[depth]
        changed = {variable: dict(self.branches.get(variable, {})) for variable, _ in access}
        for variable, value in access:
            branch = change(changed[variable].pop(value, _EMPTY))
            if not branch.is_empty:
                changed[variable][value] = branch
        branches = {**self.branches, **changed}
        return Index(self.resting, {variable: by_value for variable, by_value in branches.items() if by_value})


_EMPTY = Index()
