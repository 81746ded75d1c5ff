"""What do conflicts and shadows among rules suggest?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.findings import FindingKind
from domain.model.rules import PRIORITY_LIMIT
from domain.model.suggestions import Prioritise, Suggestion, SuggestionKind
from domain.rules.optimisation.measurements import LEAST_USERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.model.findings import Finding
    from domain.model.json_values import JsonObject
    from domain.model.rules import Rule, RuleId
    from domain.rules.optimisation.measurements import Measured
    from domain.rules.rule_sets import RuleSet


def suggested_by_ranks(measured: Measured, users: Mapping[RuleId, int], rule_set: RuleSet) -> Iterator[Suggestion]:
    """`users`: who met each rule. A pair in conflict is suggested about once, with the rule that wins now."""
    for finding in measured.findings:
        if finding.other is None:
            continue
        if finding.kind is FindingKind.SAME_PRIORITY_CONFLICT and _wins(measured.rule, finding.other, rule_set):
            yield _conflict(measured, finding, finding.other, users, rule_set)
        elif finding.kind is FindingKind.SHADOWED:
            yield _shadow(measured, finding, finding.other, users)


def _wins(rule: Rule, other: Rule, rule_set: RuleSet) -> bool:
    mine, theirs = rule_set.rule(rule.id), rule_set.rule(other.id)
    return mine is not None and theirs is not None and mine.rank < theirs.rank


def _conflict(
    measured: Measured, finding: Finding, other: Rule, users: Mapping[RuleId, int], rule_set: RuleSet
) -> Suggestion:
    """To say by priority what is so by chance moves nobody, where no third rule lies at the new priority."""
    rule = measured.rule
    raised = rule.content.priority + 1
    is_free = raised <= PRIORITY_LIMIT and all(one.rule.content.priority != raised for one in rule_set.rules)
    have_users = min(users.get(rule.id, 0), users.get(other.id, 0)) >= LEAST_USERS
    return Suggestion(
        id=f"{SuggestionKind.FIX_CONFLICT}:{rule.id}:{rule.revision}:{other.id}",
        kind=SuggestionKind.FIX_CONFLICT,
        rule=rule,
        text=f"Give “{rule.content.name}” priority {raised}, so that it is decided, and not left to specificity or "
        f"age, that it comes before “{other.content.name}”. {finding.text}",
        evidence=_evidence(measured, finding, other, users),
        step=Prioritise(raised) if raised <= PRIORITY_LIMIT else None,
        applicable=is_free and have_users,
    )


def _shadow(measured: Measured, finding: Finding, other: Rule, users: Mapping[RuleId, int]) -> Suggestion:
    """Which of two rules users are better off with is nothing that a shadow tells: somebody has to decide."""
    rule = measured.rule
    raised = other.content.priority + 1
    return Suggestion(
        id=f"{SuggestionKind.REPRIORITISE}:{rule.id}:{rule.revision}:{other.id}",
        kind=SuggestionKind.REPRIORITISE,
        rule=rule,
        text=f"“{rule.content.name}” is always outranked: give it a priority of {raised} or more, narrow "
        f"“{other.content.name}”, or archive it. {finding.text}",
        evidence=_evidence(measured, finding, other, users),
        step=Prioritise(raised) if raised <= PRIORITY_LIMIT else None,
    )


def _evidence(measured: Measured, finding: Finding, other: Rule, users: Mapping[RuleId, int]) -> JsonObject:
    return {
        "finding": finding.kind,
        "slot": None if finding.slot is None else str(finding.slot),
        "otherRule": other.id,
        "users": users.get(measured.rule.id, 0),
        "otherUsers": users.get(other.id, 0),
    }
