"""Who wins each slot, and who loses it for which reason?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from domain.model.assignments import Applied
from domain.model.configs import Decision, LostAdaptation, Slot
from domain.model.experiments import NO_RUN
from domain.rules.slots import Claim, FeatureWish, Part

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from enum import StrEnum

    from domain.model.configs import Config
    from domain.model.profiles import Preferences
    from domain.model.rules import RuleId
    from domain.rules.rule_sets import CompiledRule

MAX_SHORTCUTS = 12
MAX_RECOMMENDATIONS = 20
MAX_CONTENT_TAGS = 100
LIMITS: Mapping[Part, int] = {
    Part.SHORTCUT: MAX_SHORTCUTS,
    Part.RECOMMENDATION: MAX_RECOMMENDATIONS,
    Part.CONTENT: MAX_CONTENT_TAGS,
}


class Award(NamedTuple):
    """A slot given away; `winner` is `None` where the user's own preference has it."""

    claim: Claim
    winner: CompiledRule | None


@dataclass(frozen=True, slots=True)
class Contest:
    """Slots being given away, first come first: preferences enter before rules, rules in their order.

    `awards` are per part and key. Recommendations are held back until it is settled which features are hidden.
    `exposed` are the rules on trial that came to a slot still open, whichever variation it was.
    """

    base: Config
    awards: dict[Part, dict[str, Award]] = field(default_factory=lambda: defaultdict(dict))
    losses: dict[Slot, list[LostAdaptation]] = field(default_factory=lambda: defaultdict(list))
    exposed: set[RuleId] = field(default_factory=set)

    def prefer(self, preferences: Preferences) -> None:
        self._choose(Part.THEME, preferences.theme_mode)
        self._choose(Part.DENSITY, preferences.density)
        self._choose(Part.DIFFICULTY, preferences.difficulty)

    def enter(self, rules: tuple[CompiledRule, ...]) -> None:
        """All rules that apply, in order."""
        held_back: list[tuple[Claim, CompiledRule]] = []
        for rule in rules:
            if rule.trial is not None and self._leaves_open(rule.trial.claims, held_back):
                self.exposed.add(rule.id)
            for claim in rule.claims:
                if claim.part is Part.RECOMMENDATION:
                    held_back.append((claim, rule))
                else:
                    self._enter(claim, rule)
        for claim, rule in held_back:
            self._enter(claim, rule)

    def won(self, part: Part) -> Mapping[str, Award]:
        """What was given away of a part, by key, in the order of winning."""
        return self.awards.get(part, {})

    def decisions(self) -> tuple[Decision, ...]:
        """By slot. Without a rule where the user's preference decided, or where no claim could be granted."""
        winners: dict[Slot, CompiledRule | None] = dict.fromkeys(self.losses)
        for awards in self.awards.values():
            for award in awards.values():
                winners[award.claim.slot] = award.winner
        return tuple(
            Decision(
                slot,
                None if winner is None else winner.id,
                tuple(self.losses.get(slot, ())),
                None if winner is None else winner.variation,
            )
            for slot, winner in sorted(winners.items())
        )

    def applied(self, rules: tuple[CompiledRule, ...]) -> tuple[Applied, ...]:
        """Of the rules that entered, those that could decide something; without a trial, those that did."""
        winners = {award.winner.id for awards in self.awards.values() for award in awards.values() if award.winner}
        return tuple(
            rule.applied or Applied(rule.id, NO_RUN)
            for rule in rules
            if rule.id in (winners if rule.applied is None else self.exposed)
        )

    def _leaves_open(self, wished: Iterable[Claim], held_back: Iterable[tuple[Claim, CompiledRule]]) -> bool:
        """Is there a slot among these that neither a preference nor a rule of higher rank has taken?"""
        recommended = {claim.key for claim, _ in held_back}
        return any(
            self._is_open(claim, recommended if claim.part is Part.RECOMMENDATION else self.won(claim.part))
            for claim in wished
        )

    @staticmethod
    def _is_open(claim: Claim, taken: Collection[str]) -> bool:
        limit = LIMITS.get(claim.part)
        return claim.key not in taken and (limit is None or len(taken) < limit)

    def _choose(self, part: Part, value: StrEnum | None) -> None:
        if value is not None:
            self.awards[part][""] = Award(Claim(part, part.slot(), "", value), None)

    def _enter(self, claim: Claim, rule: CompiledRule) -> None:
        obstacle = self._obstacle(claim, rule)
        if obstacle is None:
            self.awards[claim.part][claim.key] = Award(claim, rule)
        else:
            self.losses[claim.slot].append(LostAdaptation(rule.id, obstacle))

    def _obstacle(self, claim: Claim, rule: CompiledRule) -> str | None:
        awards = self.awards[claim.part]
        award = awards.get(claim.key)
        if award is not None:
            return _reason(award, claim, rule)
        if claim.part is Part.RECOMMENDATION and not self._is_visible(claim.key):
            return f"{claim.key} is hidden"
        limit = LIMITS.get(claim.part)
        if limit is not None and len(awards) >= limit:
            return f"there are {limit} already, from rules that come first"
        return None

    def _is_visible(self, feature: str) -> bool:
        award = self.awards[Part.FEATURE].get(feature)
        if award is not None and isinstance(award.claim.value, FeatureWish):
            return award.claim.value.visible
        return all(state.visible for state in self.base.features if state.key == feature)


def _reason(award: Award, claim: Claim, rule: CompiledRule) -> str:
    """Why the rule's claim comes after the award, in words."""
    winner = award.winner
    if winner is None:
        return f"the user chose {award.claim.value}"
    if award.claim.value == claim.value:
        return f"decided alike by “{winner.name}”"
    return f"“{winner.name}” {precedence(winner, rule)}"


def precedence(winner: CompiledRule, loser: CompiledRule) -> str:
    first, second = winner.rule.content.priority, loser.rule.content.priority
    if first != second:
        return f"has the higher priority ({first} over {second})"
    if winner.specificity != loser.specificity:
        return f"asks for more conditions ({winner.specificity} over {loser.specificity})"
    if winner.rule.created_at != loser.rule.created_at:
        return "is older"
    return "comes first by its id"
