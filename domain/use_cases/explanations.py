"""How are rules explained to one user without making all others wait?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from domain.rules.explanations.orders import nearness, worth_weighing
from domain.rules.explanations.verdicts import verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.explanations import RuleVerdict
    from domain.rules.explanations.inquiries import Inquiry
    from domain.rules.rule_sets import CompiledRule

WEIGHED_AT_ONCE = 20
"""So many rules are weighed (about a millisecond) before others have their turn; they are explained one by one."""


class ExplainRules:
    """Explains rules, one inquiry after another: however many are asked at once, everything else waits for one only."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def nearest(self, inquiry: Inquiry, further: Sequence[CompiledRule], most: int) -> tuple[RuleVerdict, ...]:
        """Of all active rules and the `further` ones, those that decide something, then the nearest to it."""
        async with self._turn:
            rules = (*worth_weighing(inquiry), *further)
            weighed = []
            for start in range(0, len(rules), WEIGHED_AT_ONCE):
                weighed += [(nearness(inquiry, rule), rule) for rule in rules[start : start + WEIGHED_AT_ONCE]]
                await asyncio.sleep(0)
            weighed.sort(key=lambda pair: pair[0])
            return await _verdicts(inquiry, [rule for _, rule in weighed[:most]])

    async def named(self, inquiry: Inquiry, rules: Sequence[CompiledRule]) -> tuple[RuleVerdict, ...]:
        """Just these, in this order."""
        async with self._turn:
            return await _verdicts(inquiry, rules)


async def _verdicts(inquiry: Inquiry, rules: Sequence[CompiledRule]) -> tuple[RuleVerdict, ...]:
    verdicts = []
    for rule in rules:
        verdicts.append(verdict(inquiry, rule))
        await asyncio.sleep(0)
    return tuple(verdicts)
