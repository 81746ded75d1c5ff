"""What is wrong with a rule that can be known before any user meets it?

That something cannot happen (a condition that is never true, a rule that never decides anything) is only said when it
is proved: conditions become formulas over variables with finitely many cells (`translations`, `regions`), what always
holds between variables is added (`relations`), and no assignment is left (`satisfiability`). That something can happen
(two rules in conflict, two experiments over the same users) is only said with an example that was constructed and asked
(`witnesses`). What can neither be proved nor shown within the limits is not said: no finding is a false alarm.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from domain.model.rules import RuleStatus
from domain.rules.findings.conflicts import conflicts
from domain.rules.findings.contradictions import contradiction
from domain.rules.findings.overlaps import overlaps
from domain.rules.findings.shadows import shadows
from domain.rules.findings.subjects import Subject, Surroundings
from domain.rules.findings.targets import unknown_targets
from domain.rules.findings.witnesses import Witnesses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.findings import Finding
    from domain.model.rules import Rule

__all__ = ["MAX_FINDINGS", "Surroundings", "findings_of"]

MAX_FINDINGS = 20


def findings_of(rule: Rule, surroundings: Surroundings) -> tuple[Finding, ...]:
    """Everything found about a rule, saved or not, as if it were active. Of an archived rule nothing is said."""
    return () if rule.status is RuleStatus.ARCHIVED else tuple(islice(_found(rule, surroundings), MAX_FINDINGS))


def _found(rule: Rule, surroundings: Surroundings) -> Iterator[Finding]:
    impossible = contradiction(rule.content)
    if impossible is not None:
        yield impossible
    else:
        yield from _about_others(rule, surroundings)
    yield from unknown_targets(rule.content, surroundings.catalogue, surroundings.segments)


def _about_others(rule: Rule, surroundings: Surroundings) -> Iterator[Finding]:
    subject = Subject.of(rule)
    witnesses = Witnesses(subject, surroundings.segments)
    shadowed = tuple(shadows(subject, surroundings, witnesses.applying))
    yield from shadowed
    if not shadowed:
        yield from conflicts(subject, surroundings, witnesses)
        yield from overlaps(subject, surroundings, witnesses)
