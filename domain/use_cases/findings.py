"""What does static analysis find about a rule, next to the rules that are active now?"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.rules.findings import Surroundings, findings_of

if TYPE_CHECKING:
    from domain.model.findings import Finding
    from domain.model.rules import Rule, RuleId
    from domain.use_cases.current_rules import CurrentRules, LoadedRules

MAX_REMEMBERED_RULES = 2_000


@dataclass(slots=True)
class AnalyseRule:
    """Remembers what was found until a rule, the catalogue or a segment changes.

    Others wait for no more than the analysis of one rule.
    """

    rules: CurrentRules
    _of: LoadedRules | None = None
    _surroundings: Surroundings | None = None
    _found: OrderedDict[RuleId, tuple[Rule, tuple[Finding, ...]]] = field(default_factory=OrderedDict)

    async def __call__(self, rule: Rule) -> tuple[Finding, ...]:
        """The rule may also be one that was never saved. Raises `Unavailable` as long as no rules could be loaded."""
        surroundings = self.surroundings()
        remembered = self._found.get(rule.id)
        if remembered is not None and remembered[0] == rule:
            return remembered[1]
        found = findings_of(rule, surroundings)
        self._found[rule.id] = (rule, found)
        if len(self._found) > MAX_REMEMBERED_RULES:
            self._found.popitem(last=False)
        await asyncio.sleep(0)
        return found

    def surroundings(self) -> Surroundings:
        """What rules are compared with now."""
        loaded = self.rules.known
        if self._surroundings is None or self._of is not loaded:
            self._of, self._surroundings = loaded, Surroundings.of(loaded.rule_set, loaded.segments)
            self._found.clear()
        return self._surroundings
