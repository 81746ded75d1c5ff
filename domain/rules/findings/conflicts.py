"""Which rules of the same priority want the same slot to be something else, for one user at once?

Then the more specific one wins, or the older one: defined, but hardly what somebody decided. Reported with an example.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from domain.model.findings import Finding, FindingKind
from domain.model.users import UserId
from domain.rules.contests import precedence
from domain.rules.findings.examples import example_text
from domain.rules.findings.formulas import Every
from domain.rules.findings.subjects import applies_formula
from domain.rules.rule_sets import rule_applies
from domain.rules.situations import Situation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.configs import Slot
    from domain.rules.findings.subjects import Subject, Surroundings
    from domain.rules.findings.witnesses import Witnesses
    from domain.rules.rule_sets import CompiledRule
    from domain.rules.slots import Claim

MAX_CONFLICTS = 5
MAX_RIVALS = 500
"""So many rules at most are looked at; the first in order come first."""
MAX_SEARCHES = 10
"""For so many of them at most an example is searched for."""
MAX_USERS_TRIED = 50
"""Variations are drawn by a user's id: so many ids are tried for one whose variation is in conflict."""


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
        if known is not None and (known := _clashing(subject.compiled, other, slot, known)) is not None:
            yield _finding(subject, other, slot, known)


def _disagrees(rule: CompiledRule, other: CompiledRule, claim: Claim) -> bool:
    """Is the other rule of the same priority, and has it another wish for the slot?"""
    if rule.rule.content.priority != other.rule.content.priority:
        return False
    own, theirs = (_wishes(_ways(each), claim.slot) for each in (rule, other))
    return any(wish != their for wish in own for their in theirs)


def _clash(rule: CompiledRule, other: CompiledRule, slot: Slot, situation: Situation) -> bool:
    """Do both want something else here, with the variations that this user gets where they are on trial?"""
    met = [each if each.trial is None else each.trial.met_by(situation) for each in (rule, other)]
    own, theirs = (_wishes((each,), slot) for each in met)
    return any(wish != their for wish in own for their in theirs)


def _ways(rule: CompiledRule) -> tuple[CompiledRule, ...]:
    return (rule,) if rule.trial is None else rule.trial.ways()


def _wishes(rules: tuple[CompiledRule, ...], slot: Slot) -> list[object]:
    return [claim.value for rule in rules for claim in rule.claims if claim.slot == slot]


def _clashing(rule: CompiledRule, other: CompiledRule, slot: Slot, met: Situation) -> Situation | None:
    """Where both rules apply: the same for a user whose variations want something else; `None`: none was found."""
    users = (UserId(f"{met.profile.user_id}{number or ''}") for number in range(MAX_USERS_TRIED))
    alike = (Situation(replace(met.profile, user_id=user), met.context, met.now) for user in users)
    return next(
        (s for s in alike if rule_applies(rule, s) and rule_applies(other, s) and _clash(rule, other, slot, s)), None
    )


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
