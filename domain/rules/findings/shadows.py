"""Does a rule never decide anything, because wherever it applies another one comes first?

A slot is shadowed by a single rule that claims it, too, comes first, and provably applies whenever this one does. The
rule is shadowed when all of its slots are. That several rules shadow a slot together is not seen.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import takewhile
from typing import TYPE_CHECKING

from domain.model.findings import Finding, FindingKind
from domain.rules.contests import precedence
from domain.rules.findings.formulas import Every, negated
from domain.rules.findings.subjects import applies_formula, is_comparable, is_impossible
from domain.rules.rule_sets import rule_applies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from domain.model.configs import Slot
    from domain.model.rules import RuleId
    from domain.rules.findings.subjects import Subject, Surroundings
    from domain.rules.rule_sets import CompiledRule
    from domain.rules.situations import Situation

MAX_PROOFS = 20
"""So many rules at most are compared with one rule by proof; those that ask for least come first."""
MAX_STEPS_PER_PROOF = 5_000


def shadows(subject: Subject, surroundings: Surroundings, examples: Sequence[Situation]) -> Iterator[Finding]:
    """One finding for each rule that takes slots; none unless all are taken.

    `examples` are situations in which the subject applies: a rule that does not apply in one of them shadows nothing.
    """
    proofs = _Proofs(subject, examples)
    taken: defaultdict[RuleId, list[Slot]] = defaultdict(list)
    takers: dict[RuleId, CompiledRule] = {}
    for slot in sorted(subject.compiled.slots):
        taker = proofs.taker(_first_ones(subject, surroundings, slot))
        if taker is None:
            return
        takers[taker.id] = taker
        taken[taker.id].append(slot)
    for rule_id, slots in taken.items():
        yield _finding(subject.compiled, takers[rule_id], slots, everything=len(taken) == 1)


def _first_ones(subject: Subject, surroundings: Surroundings, slot: Slot) -> Iterator[CompiledRule]:
    """One on trial takes a slot from some users only, whoever it applies to."""
    rank = subject.compiled.rank
    first = takewhile(lambda other: other.rank < rank, subject.rivals_for(surroundings, slot))
    return (other for other in first if other.trial is None)


@dataclass(slots=True)
class _Proofs:
    subject: Subject
    examples: Sequence[Situation]
    left: int = MAX_PROOFS
    known: dict[RuleId, bool] = field(default_factory=dict)

    def taker(self, candidates: Iterable[CompiledRule]) -> CompiledRule | None:
        """A candidate that applies whenever the subject does."""
        plausible = (other for other in candidates if all(rule_applies(other, example) for example in self.examples))
        likely = nsmallest(MAX_PROOFS, plausible, key=lambda other: (other.specificity, other.rank))
        return next((other for other in likely if self._covers(other)), None)

    def _covers(self, other: CompiledRule) -> bool:
        if other.id not in self.known:
            if self.left == 0:
                return False
            self.left -= 1
            alone = Every((self.subject.applies, negated(applies_formula(other.rule))))
            self.known[other.id] = is_comparable(alone) and is_impossible(alone, MAX_STEPS_PER_PROOF)
        return self.known[other.id]


def _finding(rule: CompiledRule, taker: CompiledRule, slots: list[Slot], *, everything: bool) -> Finding:
    what = "anything" if everything else ", ".join(slots)
    text = (
        f"The rule never decides {what}: whenever it applies, “{taker.name}” applies, too, and comes first because it "
        f"{precedence(taker, rule)}. Raise this rule's priority, narrow “{taker.name}”, or archive one of them."
    )
    return Finding(FindingKind.SHADOWED, text, taker.rule, slots[0] if len(slots) == 1 else None)
