"""What became of one rule, why, and what would have to be otherwise?"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from domain.model.explanations import RuleOutcome, RuleVerdict
from domain.rules.buckets import bucket
from domain.rules.coverages import covered
from domain.rules.decisions import is_held_out
from domain.rules.exclusion_groups import group_salt
from domain.rules.explanations.changes import plans_text, smallest_changes
from domain.rules.explanations.failures import failure_text
from domain.rules.explanations.requirements import RuleRequirements
from domain.rules.explanations.worlds import World, changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.rules import Rule
    from domain.rules.explanations.inquiries import Inquiry
    from domain.rules.rule_sets import CompiledRule

    Obstacle: TypeAlias = tuple[RuleOutcome, str]

MAX_LOSSES_TOLD = 3
_MET = {RuleOutcome.APPLIED, RuleOutcome.OUTRANKED}
_CHANGEABLE = {RuleOutcome.WRONG_PLACE, RuleOutcome.OUT_OF_SCHEDULE, RuleOutcome.CONDITION_FAILED}


def verdict(inquiry: Inquiry, rule: CompiledRule) -> RuleVerdict:
    """What became of the rule. `rule` may be in any status."""
    requirements = RuleRequirements(rule.rule.content)
    outcome, failed = next(_obstacles(inquiry, rule, requirements), (RuleOutcome.APPLIED, None))
    return RuleVerdict(
        rule=rule.rule,
        outcome=outcome,
        failed=failed,
        would_apply_if=_would_apply_if(inquiry, rule, requirements) if outcome in _CHANGEABLE else None,
        bucket=bucket_of(inquiry, rule.rule),
        variation=_as_met(inquiry, rule).variation if outcome in _MET else None,
    )


def bucket_of(inquiry: Inquiry, rule: Rule) -> float | None:
    """The number that decides whether the user is among those the rule is for; `None` when it is for all."""
    group = rule.content.exclusion_group
    if group is None and rule.content.coverage >= 1:
        return None
    return bucket(rule.salt if group is None else group_salt(group), inquiry.profile.user_id)


def is_covered(inquiry: Inquiry, rule: Rule) -> bool:
    """Is the user among those the rule is for?"""
    return covered(rule).holds(inquiry.situation)


def _obstacles(inquiry: Inquiry, rule: CompiledRule, requirements: RuleRequirements) -> Iterator[Obstacle]:
    """Everything that keeps the rule from deciding something, in the order in which it is told."""
    situation, discreet = inquiry.situation, inquiry.discreet
    if not rule.rule.is_active:
        yield RuleOutcome.NOT_ACTIVE, _not_active(inquiry, rule, requirements)
    if not inquiry.profile.choice.enabled:
        yield RuleOutcome.OPTED_OUT, "the user does not want to be personalized"
    for outcome, requirement in (
        (RuleOutcome.WRONG_PLACE, requirements.place),
        (RuleOutcome.OUT_OF_SCHEDULE, requirements.schedule),
        (RuleOutcome.CONDITION_FAILED, requirements.condition),
    ):
        if (failed := failure_text(requirement, situation, discreet=discreet)) is not None:
            yield outcome, _besides(failed, inquiry, rule)
    if (kept_away := _kept_away(inquiry, rule)) is not None:
        yield kept_away
    if losses := inquiry.losses_of(rule):
        more = [f"and {len(losses) - MAX_LOSSES_TOLD} more"] if len(losses) > MAX_LOSSES_TOLD else []
        yield RuleOutcome.OUTRANKED, "; ".join([*losses[:MAX_LOSSES_TOLD], *more])


def _as_met(inquiry: Inquiry, rule: CompiledRule) -> CompiledRule:
    """The rule as the user meets it."""
    return rule if rule.trial is None else rule.trial.met_by(inquiry.situation)


def _kept_away(inquiry: Inquiry, rule: CompiledRule) -> Obstacle | None:
    """What chance has against the rule for this user: no change helps against it."""
    if not is_covered(inquiry, rule.rule):
        return _not_covered(inquiry, rule.rule)
    if is_held_out(inquiry.rule_set, inquiry.situation):
        return RuleOutcome.HELD_OUT, "some users are kept from all rules, to measure what these gain: so is this one"
    applied = _as_met(inquiry, rule).applied
    if applied is not None and applied.held_out:
        message = "some users get nothing of the rule, to measure what its experiment gains: this one is among them"
        return RuleOutcome.HELD_OUT, message
    return None


def _besides(failed: str, inquiry: Inquiry, rule: CompiledRule) -> str:
    """What failed, and what no change helps against."""
    kept_away = _kept_away(inquiry, rule)
    return failed if kept_away is None else f"{failed}; besides, {kept_away[1]}"


def _not_active(inquiry: Inquiry, rule: CompiledRule, requirements: RuleRequirements) -> str:
    status = rule.rule.status.lower()
    besides = failure_text(requirements.whole, inquiry.situation, discreet=inquiry.discreet)
    return f"its status is {status}" if besides is None else f"its status is {status}; besides, {besides}"


def _not_covered(inquiry: Inquiry, rule: Rule) -> Obstacle:
    content = rule.content
    if content.exclusion_group is None:
        share = "" if inquiry.discreet else f" ({content.coverage * 100:g} %)"
        return RuleOutcome.OUTSIDE_COVERAGE, f"the rule is for a share of the users{share}: not for this one"
    others = inquiry.holders.get(content.exclusion_group, ())
    holder = next((other for other in others if is_covered(inquiry, other.rule)), None)
    group = "its exclusion group" if inquiry.discreet else f"the exclusion group {content.exclusion_group}"
    if holder is None:
        return RuleOutcome.OUTSIDE_COVERAGE, f"the rule is for a share of {group}: not for this user"
    return RuleOutcome.EXCLUDED, f"of {group}, this user belongs to “{holder.name}”"


def _would_apply_if(inquiry: Inquiry, rule: CompiledRule, requirements: RuleRequirements) -> str | None:
    if _kept_away(inquiry, rule) is not None:  # nothing moves a user into a share: there is no need to search
        return None
    world = World(inquiry.profile, inquiry.context, inquiry.now)
    plans = smallest_changes(rule, requirements.whole, world)
    losses = {plan: inquiry.in_world(changed(world, plan.changes)).losses_of(rule) for plan in plans}
    winning = tuple(plan for plan in plans if not losses[plan])
    text = plans_text(winning or plans, discreet=inquiry.discreet)
    return text if winning or text is None else f"{text}; but then, {losses[plans[0]][0]}"
