"""Which rules try something on a share of the users, on the same slot and the same users as this one does?

Then the effect of the one blurs that of the other. Rules of one exclusion group share no users.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from domain.model.findings import Finding, FindingKind
from domain.rules.experiments import running
from domain.rules.findings.examples import example_text
from domain.rules.findings.formulas import Every
from domain.rules.findings.translations import wanted_formula
from domain.rules.rule_sets import CompiledRule, compile_rule, rule_applies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.configs import Slot
    from domain.model.rules import Rule
    from domain.rules.findings.subjects import Subject, Surroundings
    from domain.rules.findings.witnesses import Witnesses
    from domain.rules.situations import Situation

MAX_OVERLAPS = 5
MAX_SEARCHES = 10


def overlaps(subject: Subject, surroundings: Surroundings, witnesses: Witnesses) -> Iterator[Finding]:
    """One finding for each other rule, with the first of the slots."""
    if is_randomized(subject.compiled.rule):
        yield from islice(_found(subject, surroundings, witnesses), MAX_OVERLAPS)


def is_randomized(rule: Rule) -> bool:
    """Is it a matter of chance whether the rule applies to a user, or how?"""
    return 0 < rule.content.coverage < 1 or running(rule) is not None


def _found(subject: Subject, surroundings: Surroundings, witnesses: Witnesses) -> Iterator[Finding]:
    own = subject.compiled.rule
    rivals = subject.rivals(
        surroundings, lambda other, _: is_randomized(other.rule) and not _are_apart(own, other.rule)
    )
    for other, slot in islice(rivals, MAX_SEARCHES):
        both = Every((subject.wanted, wanted_formula(other.rule)))
        example = witnesses.of(both, partial(_all_want, (_for_everybody(own), _for_everybody(other.rule))))
        if example is not None:
            yield _finding(other, slot, example_text(both, example))


def _are_apart(one: Rule, other: Rule) -> bool:
    group = one.content.exclusion_group
    return group is not None and group == other.content.exclusion_group


def _all_want(rules: tuple[CompiledRule, ...], situation: Situation) -> bool:
    return all(rule_applies(rule, situation) for rule in rules)


def _finding(other: CompiledRule, slot: Slot, example: str) -> Finding:
    text = (
        f"“{other.name}” is tried on a share of the users, too, and both change {slot}, for example for {example}: "
        f"neither's effect can be told from the other's. Put both into one exclusion group, or let one of them wait."
    )
    return Finding(FindingKind.OVERLAPPING_EXPERIMENTS, text, other.rule, slot)


def _for_everybody(rule: Rule) -> CompiledRule:
    """The rule without its share of the users."""
    return compile_rule(replace(rule, held=(), content=replace(rule.content, coverage=1.0, exclusion_group=None)))
