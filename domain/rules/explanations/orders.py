"""In which order are rules explained, so that what is asked for comes first?"""

from __future__ import annotations

from enum import IntEnum
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from domain.rules.explanations.requirements import RuleRequirements, missing
from domain.rules.explanations.verdicts import is_covered
from domain.rules.rule_sets import applies_at

if TYPE_CHECKING:
    from domain.model.rules import RuleId
    from domain.rules.explanations.inquiries import Inquiry
    from domain.rules.rule_sets import CompiledRule, Rank

MAX_WEIGHED = 1_000
"""Of so many rules it is found out how near they are to applying: of those for the place first, then of the others,
in the order in which they win slots."""


class Standing(IntEnum):
    """Where a rule stands, best first."""

    DECIDES = 0
    OUTRANKED = 1
    MISSES_CONDITIONS = 2
    IS_FOR_OTHERS = 3
    IS_NOT_ACTIVE = 4


class Nearness(NamedTuple):
    """The smaller the nearer: where a rule stands, how many simple conditions are missing, and its rank."""

    standing: Standing
    missing: int
    rank: Rank


def worth_weighing(inquiry: Inquiry) -> tuple[CompiledRule, ...]:
    """The active rules that may be explained: those that apply, then those for the place, then the others."""
    rules, place = inquiry.rule_set, inquiry.context.place
    applying = filter(None, map(rules.rule, (*inquiry.winners, *inquiry.losses)))
    elsewhere = (rule for rule in rules.rules if not applies_at(rule, place))
    found: dict[RuleId, CompiledRule] = {}
    for rule in chain(applying, rules.at_place(place), elsewhere):
        if len(found) == MAX_WEIGHED:
            break
        if inquiry.asks_about(rule):
            found.setdefault(rule.id, rule)
    return tuple(found.values())


def nearness(inquiry: Inquiry, rule: CompiledRule) -> Nearness:
    """How near the rule is to deciding something. Costs about as much as compiling it."""
    if rule.id in inquiry.winners:
        return Nearness(Standing.DECIDES, 0, rule.rank)
    if rule.id in inquiry.losses:
        return Nearness(Standing.OUTRANKED, 0, rule.rank)
    lacking = missing(RuleRequirements(rule.rule.content).whole, inquiry.situation)
    if not rule.rule.is_active:
        return Nearness(Standing.IS_NOT_ACTIVE, lacking, rule.rank)
    standing = Standing.MISSES_CONDITIONS if is_covered(inquiry, rule.rule) else Standing.IS_FOR_OTHERS
    return Nearness(standing, lacking, rule.rank)
