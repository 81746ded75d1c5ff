"""What is asked about: all rules and what they decide for one user in one context, at one instant."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from domain.rules.decisions import decide
from domain.rules.situations import Situation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.model.configs import Config, Decision, Slot
    from domain.model.contexts import Context
    from domain.model.profiles import Profile
    from domain.model.rules import RuleId
    from domain.rules.explanations.worlds import World
    from domain.rules.rule_sets import CompiledRule, RuleSet


@dataclass(frozen=True)
class Inquiry:
    """`slot`: asked about this slot only. `discreet`: for users, who may not read rules."""

    rule_set: RuleSet
    profile: Profile
    context: Context
    now: datetime
    slot: Slot | None = None
    discreet: bool = True

    @cached_property
    def situation(self) -> Situation:
        return Situation(self.profile, self.context, self.now)

    @cached_property
    def config(self) -> Config:
        return decide(self.rule_set, self.profile, self.context, self.now)

    def asks_about(self, rule: CompiledRule) -> bool:
        return self.slot is None or any(claim.slot == self.slot for claim in rule.claims)

    @cached_property
    def winners(self) -> frozenset[RuleId]:
        """The rules that decide a slot, or the slot asked about."""
        return frozenset(decision.rule_id for decision in self._decisions if decision.rule_id is not None)

    @cached_property
    def losses(self) -> Mapping[RuleId, Sequence[str]]:
        """The rules that apply and lost a slot: which, and why."""
        lost: dict[RuleId, list[str]] = defaultdict(list)
        for decision in self._decisions:
            for loss in decision.lost:
                lost[loss.rule_id].append(f"{decision.slot}: {loss.reason}")
        return lost

    def losses_of(self, rule: CompiledRule) -> Sequence[str]:
        """Why a rule that applies decides nothing that is asked about; nothing when it does."""
        return () if rule.id in self.winners else self.losses.get(rule.id, ())

    def in_world(self, world: World) -> Inquiry:
        """The same, asked in another world."""
        situation = world.situation()
        return replace(self, profile=situation.profile, context=situation.context, now=situation.now)

    @cached_property
    def holders(self) -> Mapping[str, Sequence[CompiledRule]]:
        """The active rules of each exclusion group."""
        members: dict[str, list[CompiledRule]] = defaultdict(list)
        for rule in self.rule_set.rules:
            if (group := rule.rule.content.exclusion_group) is not None:
                members[group].append(rule)
        return members

    @property
    def _decisions(self) -> Sequence[Decision]:
        return [decision for decision in self.config.decisions if self.slot in (None, decision.slot)]
