"""In which slots can a change of one rule change what is shown, and which rules have a say in them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from domain.rules.contests import LIMITS
from domain.rules.slots import Part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.model.configs import Slot
    from domain.model.rules import RuleId
    from domain.rules.rule_sets import CompiledRule
    from domain.rules.slots import Claim

_LISTS = frozenset({Part.SHORTCUT, Part.CONTENT, Part.RECOMMENDATION})
"""Parts whose slots compete for room and for their order."""


class Change(NamedTuple):
    """A rule as it is and as it shall be; `before` is `None` when it decides nothing yet."""

    before: CompiledRule | None
    after: CompiledRule

    @property
    def rule_id(self) -> RuleId:
        return self.after.id

    @property
    def rules(self) -> tuple[CompiledRule, ...]:
        return (self.after,) if self.before is None else (self.before, self.after)


def contested_slots(rules: Iterable[CompiledRule], change: Change) -> frozenset[Slot]:
    """The slots in which a change of one rule among `rules` can change what is shown.

    They are those that it claims. Where the order or the room of a list is at stake, all of the list counts. And a
    feature that is hidden is not recommended, so whether it is belongs to its recommendation.
    """
    own = [claim for rule in change.rules for claim in rule.claims]
    others = [claim for rule in rules if rule.id != change.rule_id for claim in rule.claims]
    touched = {claim.key for claim in own if claim.part is Part.FEATURE}
    recommended = [c for c in (*own, *others) if c.part is Part.RECOMMENDATION and c.key in touched]
    contested = {claim.slot for claim in (*own, *recommended)}
    for part in LIMITS.keys() & {claim.part for claim in (*own, *recommended)}:
        if _is_at_stake(part, others, change):
            contested |= {claim.slot for claim in others if claim.part is part}
    shown = {c.key for c in (*own, *others) if c.part is Part.RECOMMENDATION and c.slot in contested}
    return frozenset(contested.union(c.slot for c in others if c.part is Part.FEATURE and c.key in shown))


def _is_at_stake(part: Part, others: Iterable[Claim], change: Change) -> bool:
    """Can the items of other rules change places in this list, or get in and out of it?

    Not while there is room for all, nobody else wants the rule's own items, and these keep their place. What a rule
    on trial wants depends on the user.
    """
    taken = {claim.key for claim in others if claim.part is part}
    own = [[claim for claim in rule.claims if claim.part is part] for rule in change.rules]
    wanted = {claim.key for claims in own for claim in claims}
    if len(taken | wanted) > LIMITS[part] or taken & wanted or any(rule.trial is not None for rule in change.rules):
        return True
    versions = {
        (rule.rank, tuple(claim.slot for claim in claims))
        for rule, claims in zip(change.rules, own, strict=True)
        if claims
    }
    return len(versions) > 1


def contenders(rules: Iterable[CompiledRule], change: Change, contested: frozenset[Slot]) -> tuple[CompiledRule, ...]:
    """The rule before and after the change, and the others that claim such a slot, in the order of winning."""
    others = (rule for rule in rules if rule.id != change.rule_id)
    rivals = (rule for rule in others if any(claim.slot in contested for claim in rule.claims))
    return tuple(sorted((*rivals, *change.rules), key=lambda rule: rule.rank))
