"""How one user is given a variation by hand: to try it out, not to learn from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.model.assignments import Applied, StickyVariation
from domain.model.audit_log import AuditAction, DefinitionChange
from domain.model.configs import UpdateCause
from domain.ports.assignments import AssignmentKey
from domain.use_cases.outcomes import withdraw

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.model.assignments import Assignment
    from domain.model.json_values import JsonObject
    from domain.model.profiles import Profile
    from domain.model.rules import Rule, RuleId
    from domain.model.users import UserId
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork
    from domain.use_cases.profiles import ProfileWriter


@dataclass(frozen=True, slots=True)
class Override:
    """`variation` is what the user gets in the running experiment of the rule; `None`: what is drawn, as everybody."""

    rule_id: RuleId
    user_id: UserId
    variation: str | None


@dataclass(frozen=True, slots=True)
class OverrideVariation:
    """Counts at once, on every page of the user; nothing about this run is counted of them from then on.

    Raises `Refused`: NOT_FOUND, NOT_RUNNING, UNKNOWN_VARIATION, OPTED_OUT, or UNCHANGED where nothing was overridden.
    """

    begin: UnitsOfWork
    writer: ProfileWriter

    async def __call__(self, wanted: Override, author: UserId) -> Assignment | None:
        now = self.writer.clock.now()
        async with self.begin() as work:
            stored = await work.profiles.lock(wanted.user_id)
            rule = await _running(work, wanted)
            key = AssignmentKey(wanted.user_id, rule.id, rule.run.number if rule.run is not None else 0)
            if not stored.profile.choice.enabled:
                raise Refused.because("OPTED_OUT", "the user opted out of personalization", "userId")
            given = _applied(rule, key, wanted)
            if given is not None:
                await withdraw(work, wanted.user_id)  # the next fold counts afresh what still counts
                await work.assignments.override(wanted.user_id, given, now)
            elif not await work.assignments.remove_override(key):
                raise Refused.because("UNCHANGED", "nothing is overridden for this user", "variation")
            # Nothing is folded here, so a mark for folding has to stay.
            after = replace(stored, profile=_assigned(stored.profile, rule.id, given), mark=None)
            written = await self.writer.write(work, stored, after, UpdateCause.PROFILE_CHANGED)
            await work.audit_log.note(_change(rule, stored.profile, given, author, now))
            assignments = (await work.assignments.of_users([wanted.user_id])).get(wanted.user_id, ())
            await work.commit()
        await self.writer.tell([written])
        return next((one for one in assignments if AssignmentKey.of(one) == key), None)


async def _running(work: UnitOfWork, wanted: Override) -> Rule:
    rule = await work.rules.get(wanted.rule_id)
    if rule is None:
        raise Refused.because("NOT_FOUND", f"there is no rule {wanted.rule_id}", "ruleId")
    if rule.run is None or not rule.run.is_running:
        raise Refused.because("NOT_RUNNING", "the rule runs no experiment now", "ruleId")
    return rule


def _applied(rule: Rule, key: AssignmentKey, wanted: Override) -> Applied | None:
    if wanted.variation is None or rule.content.experiment is None:
        return None
    keys = [variation.key for variation in rule.content.experiment.variations]
    chosen = next((variation for variation in keys if variation == wanted.variation), None)
    if chosen is None:
        raise Refused.because("UNKNOWN_VARIATION", f"no such variation; there are {', '.join(keys)}", "variation")
    return Applied(rule.id, key.run, chosen, overridden=True)


def _assigned(profile: Profile, rule_id: RuleId, given: Applied | None) -> Profile:
    others: Mapping[RuleId, StickyVariation] = {r: one for r, one in profile.assignments.items() if r != rule_id}
    if given is None:
        return replace(profile, assignments=others)
    sticky = StickyVariation(given.run, given.variation, given.probability, given.overridden)
    return replace(profile, assignments={**others, rule_id: sticky})


def _change(rule: Rule, before: Profile, given: Applied | None, author: UserId, now: datetime) -> DefinitionChange:
    """Names the user only where erasing finds it."""
    action = AuditAction.OVERRIDE_REMOVED if given is None else AuditAction.VARIATION_OVERRIDDEN
    known = before.assignments.get(rule.id)
    had: JsonObject | None = None
    if known is not None and rule.run is not None and known.run == rule.run.number:
        had = {"run": known.run, "variation": known.variation, "overridden": known.overridden}
    has = None if given is None else {"run": given.run, "variation": given.variation, "overridden": True}
    return DefinitionChange(
        now, author, action, f"rule {rule.content.key}", had, has, rule_id=rule.id, about=before.user_id
    )
