"""Which rule is looked at, and which others can have to do with it?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from domain.rules.experiment_changes import as_if_started
from domain.rules.findings.formulas import TRUE, Every, Formula, literals_of
from domain.rules.findings.relations import related
from domain.rules.findings.satisfiability import MAX_STEPS, Model, Undecided, model_of
from domain.rules.findings.translations import coverage_formula, wanted_formula
from domain.rules.rule_sets import CompiledRule, compile_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from domain.model.catalogues import Catalogue
    from domain.model.configs import Slot
    from domain.model.rules import Rule, RuleId
    from domain.model.segments import Segment
    from domain.rules.rule_sets import RuleSet
    from domain.rules.slots import Claim

MAX_COMPARED_LITERALS = 80
"""Rules that together say more than this are not compared: others would wait too long."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rule is compared with: the active rules by the slots they claim, the catalogue and the segments."""

    by_slot: Mapping[Slot, Sequence[CompiledRule]] = field(repr=False)
    catalogue: Catalogue
    segments: tuple[Segment, ...]

    @classmethod
    def of(cls, rule_set: RuleSet, segments: tuple[Segment, ...]) -> Surroundings:
        """`segments`: those that conditions define; the built-in ones are always there."""
        by_slot: defaultdict[Slot, list[CompiledRule]] = defaultdict(list)
        for rule in rule_set.rules:
            for slot in rule.slots:
                by_slot[slot].append(rule)
        return cls(by_slot, rule_set.catalogue, segments)


@dataclass(frozen=True, slots=True)
class Subject:
    """The rule that is looked at, as if it were active and its experiment ran.

    `wanted` is its place, schedule and condition, `applies` its share of the users besides. A share of nothing is a
    switch and not a mistake: the rule is looked at as if it were for everybody.
    """

    compiled: CompiledRule
    wanted: Formula
    applies: Formula

    @classmethod
    def of(cls, rule: Rule) -> Subject:
        rule = as_if_started(rule)
        wanted = wanted_formula(rule)
        share = coverage_formula(rule) if _has_a_share(rule) else TRUE
        return cls(compile_rule(rule), wanted, Every((wanted, share)))

    def rivals_for(self, surroundings: Surroundings, slot: Slot) -> Iterator[CompiledRule]:
        """The other active rules that claim a slot, in order."""
        return (other for other in surroundings.by_slot.get(slot, ()) if other.id != self.compiled.id)

    def rivals(self, surroundings: Surroundings, is_meant: Callable[[CompiledRule, Claim], bool]) -> Iterator[Rival]:
        """The rules that are meant because of one of this rule's claims, each once."""
        met: set[RuleId] = set()
        for claim in sorted(self.compiled.claims, key=lambda claim: claim.slot):
            for other in self.rivals_for(surroundings, claim.slot):
                if other.id not in met and is_meant(other, claim):
                    met.add(other.id)
                    yield Rival(other, claim.slot)


class Rival(NamedTuple):
    """Another rule, and the slot that both are after."""

    rule: CompiledRule
    slot: Slot


def _has_a_share(rule: Rule) -> bool:
    return rule.content.coverage > 0 and (rule.content.exclusion_group is None or bool(rule.held))


def applies_formula(rule: Rule) -> Formula:
    """The rule applies: place, schedule, condition and share."""
    return Every((wanted_formula(rule), coverage_formula(rule)))


def possible(formula: Formula, steps: int = MAX_STEPS) -> Model | None:
    """A way for a formula about a stored profile to hold; `None` if there is none. Raises `Undecided`."""
    return model_of(Every((formula, *related(formula))), steps)


def is_comparable(formula: Formula) -> bool:
    """Is the formula short enough to be asked for every pair of rules?"""
    return sum(1 for _ in literals_of(formula)) <= MAX_COMPARED_LITERALS


def is_impossible(formula: Formula, steps: int = MAX_STEPS) -> bool:
    """Is it certain that no user ever is in a situation in which the formula holds?"""
    try:
        return possible(formula, steps) is None
    except Undecided:
        return False
