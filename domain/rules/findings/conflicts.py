"""Which rules of the same priority want the same slot to be something else, for one user at once?

Then the more specific one wins, or the older one: defined, but hardly what somebody decided. Reported with an example.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from domain.model.findings import Finding, FindingKind
from domain.rules.contests import precedence
from domain.rules.findings.examples import example_text
from domain.rules.findings.formulas import Every
from domain.rules.findings.subjects import applies_formula
from domain.rules.rule_sets import rule_applies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.configs import Slot
    from domain.rules.findings.subjects import Subject, Surroundings
    from domain.rules.findings.witnesses import Witnesses
    from domain.rules.rule_sets import CompiledRule
    from domain.rules.situations import Situation
    from domain.rules.slots import Claim

MAX_CONFLICTS = 5
MAX_RIVALS = 500
"""So many rules at most are looked at; the first in order come first."""
MAX_SEARCHES = 10
"""For so many of them at most an example is searched for."""


def conflicts(subject: Subject, surroundings: Surroundings, witnesses: Witnesses) -> Iterator[Finding]:
    """One finding for each other rule, with the first of the slots."""
    yield from islice(_found(subject, surroundings, witnesses), MAX_CONFLICTS)


def _found(subject: Subject, surroundings: Surroundings, witnesses: Witnesses) -> Iterator[Finding]:
    searches = 0
    rivals = subject.rivals(surroundings, partial(_disagrees, subject.compiled))
    for other, slot in islice(rivals, MAX_RIVALS):
        shown = (witnesses.shown_by(example, other) for example in witnesses.applying)
        known = next((example for example in shown if example is not None), None)
        if known is None and searches < MAX_SEARCHES:
            searches += 1
            known = _searched(subject, other, witnesses)
        if known is not None:
            yield _finding(subject, other, slot, known)


def _disagrees(rule: CompiledRule, other: CompiledRule, claim: Claim) -> bool:
    """Is the other rule of the same priority, and has it another wish for the slot?"""
    if rule.rule.content.priority != other.rule.content.priority:
        return False
    return any(wish.slot == claim.slot and wish.value != claim.value for wish in other.claims)


def _searched(subject: Subject, other: CompiledRule, witnesses: Witnesses) -> Situation | None:
    both = Every((subject.applies, applies_formula(other.rule)))
    return witnesses.of(both, lambda s: rule_applies(subject.compiled, s) and rule_applies(other, s))


def _finding(subject: Subject, other: CompiledRule, slot: Slot, example: Situation) -> Finding:
    rule = subject.compiled
    winner, loser = (rule, other) if rule.rank < other.rank else (other, rule)
    shown = example_text(Every((subject.applies, applies_formula(other.rule))), example)
    text = (
        f"“{other.name}” has the same priority and wants {slot} to be something else, for example for {shown}. Now "
        f"“{winner.name}” wins because it {precedence(winner, loser)}: give the two different priorities."
    )
    return Finding(FindingKind.SAME_PRIORITY_CONFLICT, text, other.rule, slot)
