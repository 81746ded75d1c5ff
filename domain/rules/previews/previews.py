"""Who would get a changed rule, and who would see something else for it?

The law: for any profile this says what deciding with the rule set before and with the rule set after says. It takes
less: only rules that could win a slot from the changed rule, or lose one to it, are asked, in their order and no
longer than until every such slot is taken; and what follows is worked out once for all who answer alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from domain.model.contexts import Context
from domain.model.interactions import Device
from domain.rules.decisions import default_config, is_held_out
from domain.rules.previews.compared_contests import ComparedContest, entrants_at
from domain.rules.previews.contested_slots import contenders, contested_slots
from domain.rules.previews.contexts import likely_device, telling_places
from domain.rules.previews.inquiries import RememberedInquiry
from domain.rules.previews.needs import needed_segments
from domain.rules.previews.reads import all_of, reads_of
from domain.rules.previews.shared_questions import questions_about
from domain.rules.situations import Situation

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.configs import Slot
    from domain.model.profiles import Profile
    from domain.rules.previews.contested_slots import Change
    from domain.rules.previews.inquiries import Answers, Inquiry, Question
    from domain.rules.rule_sets import RuleSet


class Effect(NamedTuple):
    """Would the user get the rule, and which slots would show something else?"""

    applies: bool
    slots: frozenset[Slot]


NO_EFFECT = Effect(applies=False, slots=frozenset())


class Comparison:
    """What a change of one rule does to each user.

    Given a context, users come in that. Otherwise in those they are likely to come in: with the device they use most,
    in UTC, without attributes, at every place where the rule is meant to decide. Remembers outcomes, but no users.
    """

    def __init__(self, rule_set: RuleSet, change: Change, now: datetime, context: Context | None = None) -> None:
        contested = contested_slots(rule_set.rules, change)
        rules = contenders(rule_set.rules, change, contested)
        catalogue = rule_set.catalogue
        self.places = telling_places(change, rules, catalogue) if context is None else (context.place,)
        reads = all_of(reads_of(rule.rule.content.condition) for rule in rules)
        self.reads = replace(
            reads,
            devices=reads.devices and context is None,
            sections=any(rule.orders_by_usage for rule in rules),
            assigned=frozenset(rule.id for rule in rules if rule.trial is not None),
        )
        self.asks_members_of = needed_segments(rule.rule.content.condition for rule in change.rules)
        self._contested = contested
        self._is_personalized: Question = lambda situation: (
            situation.profile.choice.enabled and not is_held_out(rule_set, situation)
        )
        self._now = now
        self._context = context
        self._likely = {device: Context(self.places[0], device) for device in (None, *Device)}
        asked = questions_about(rules)
        self._contests = [
            ComparedContest(change, default_config(catalogue, place, now), entrants_at(place, asked, contested))
            for place in self.places
        ]
        self._remembered = RememberedInquiry(self._inquiry)

    def effect(self, profile: Profile) -> Effect:
        """`profile` holds at least what is read; outside of the segments whose members are asked, no history."""
        device = likely_device(profile) if self.reads.devices else None
        return self._remembered.conclude(Situation(profile, self._context or self._likely[device], self._now))

    def _inquiry(self) -> Inquiry[Effect]:
        if not (yield self._is_personalized):
            return NO_EFFECT
        answers: Answers = {}
        applies, slots = False, NO_EFFECT.slots
        for contest in self._contests:
            if applies and slots == self._contested:
                break  # elsewhere nothing is left to be found
            before, after = yield from contest.change_applies(answers)
            if before or after:
                applies = applies or after
                slots |= yield from contest.changed_slots(answers)
        return Effect(applies, slots)
