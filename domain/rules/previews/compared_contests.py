"""Which slots of one place show something else after a change of one rule?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from domain.model.profiles import Preferences
from domain.rules.assembly import assemble
from domain.rules.decisions import by_usage, changed_slots
from domain.rules.previews.inquiries import answer_to
from domain.rules.rule_sets import applies_at
from domain.rules.slots import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.model.configs import Config, Slot
    from domain.rules.previews.contested_slots import Change
    from domain.rules.previews.inquiries import Answers, Inquiry, Question
    from domain.rules.previews.shared_questions import RuleQuestions
    from domain.rules.rule_sets import CompiledRule
    from domain.rules.trials import Trial

    Slots: TypeAlias = frozenset[Slot]
    Winners: TypeAlias = tuple[int, ...]
    """Places in the order of the entrants."""

MAX_OUTCOMES = 10_000
"""So many are remembered of each place, then all are forgotten."""

_NO_SLOTS: Slots = frozenset()
_NO_PREFERENCES = Preferences()
_CHOICES: Mapping[Slot, Question] = {
    Part.THEME.slot(): lambda situation: situation.profile.preferences.theme_mode is not None,
    Part.DENSITY.slot(): lambda situation: situation.profile.preferences.density is not None,
    Part.DIFFICULTY.slot(): lambda situation: situation.profile.preferences.difficulty is not None,
}
"""Has the user decided themselves? Then no rule changes what is shown."""


class Entrant(NamedTuple):
    """A rule that contends as its users meet it: one on trial with each of its variations.

    `wants` are contested slots. `is_met` has to be answered by yes for the rule to apply, `is_drawn` besides for the
    user to meet it like this.
    """

    of: CompiledRule
    rule: CompiledRule
    wants: Slots
    is_met: tuple[Question, ...]
    is_drawn: tuple[Question, ...] = ()

    def applies(self, answers: Answers) -> Inquiry[bool]:
        return (yield from _all((*self.is_met, *self.is_drawn), answers))


def _all(questions: Iterable[Question], answers: Answers) -> Inquiry[bool]:
    for question in questions:
        if not (yield from answer_to(question, answers)):
            return False
    return True


def entrants_at(place: str, rules: Iterable[RuleQuestions], contested: Slots) -> tuple[Entrant, ...]:
    """Those of the rules that are meant for the place, in their order."""
    return tuple(
        Entrant(asked.rule, way, way.slots & contested, is_met, is_drawn)
        for asked in rules
        if applies_at(asked.rule, place)
        for is_met in (asked.at(place),)
        for way, is_drawn in _ways(asked.rule)
    )


def _ways(rule: CompiledRule) -> Iterable[tuple[CompiledRule, tuple[Question, ...]]]:
    if rule.trial is None:
        return ((rule, ()),)
    return tuple((way, (_is_drawn(rule.trial, way),)) for way in rule.trial.ways())


def _is_drawn(trial: Trial, way: CompiledRule) -> Question:
    return lambda situation: trial.met_by(situation).variation == way.variation


class ComparedContest:
    """Who wins what at one place, before and after the change."""

    def __init__(self, change: Change, base: Config, entrants: Sequence[Entrant]) -> None:
        self._change = change
        self._before = next((entrant for entrant in entrants if entrant.of is change.before), None)
        self._after = next((entrant for entrant in entrants if entrant.of is change.after), None)
        self._contested = _NO_SLOTS.union(*(entrant.wants for entrant in entrants))
        self._base = base
        self._entrants = entrants
        self._usual: Question = lambda situation: by_usage(base.navigation, situation.profile)
        self._outcomes: dict[tuple[object, ...], Slots] = {}

    def change_applies(self, answers: Answers) -> Inquiry[tuple[bool, bool]]:
        """Would the user get the rule here, before and after? `answers` are those of the same user until now."""
        before = self._before is not None and (yield from _all(self._before.is_met, answers))
        after = self._after is not None and (yield from _all(self._after.is_met, answers))
        return before, after

    def changed_slots(self, answers: Answers) -> Inquiry[Slots]:
        """The slots that show something else."""
        open_slots = yield from self._left_open(answers)
        before, after = yield from self._winners(open_slots, answers)
        if before == after:
            return _NO_SLOTS
        usual = self._base.navigation
        if any(self._entrants[number].rule.orders_by_usage for number in (*before, *after)):
            usual = yield from answer_to(self._usual, answers)
        outcome = (before, after, usual, open_slots)
        if outcome not in self._outcomes:
            if len(self._outcomes) >= MAX_OUTCOMES:
                self._outcomes.clear()
            shown = (self._shown(winners, usual) for winners in (before, after))
            self._outcomes[outcome] = open_slots.intersection(changed_slots(*shown))
        return self._outcomes[outcome]

    def _left_open(self, answers: Answers) -> Inquiry[Slots]:
        """The contested slots that the user has not decided."""
        open_slots = self._contested
        for slot, has_chosen in _CHOICES.items():
            if slot in open_slots and (yield from answer_to(has_chosen, answers)):
                open_slots -= {slot}
        return open_slots

    def _winners(self, open_slots: Slots, answers: Answers) -> Inquiry[tuple[Winners, Winners]]:
        """Who wins anything, before and after: who wins nothing changes nothing that is shown."""
        open_before = open_after = open_slots
        won_before: list[int] = []
        won_after: list[int] = []
        for number, entrant in enumerate(self._entrants):
            wants_before = _NO_SLOTS if entrant.of is self._change.after else entrant.wants & open_before
            wants_after = _NO_SLOTS if entrant.of is self._change.before else entrant.wants & open_after
            if (wants_before or wants_after) and (yield from entrant.applies(answers)):
                if wants_before:
                    won_before.append(number)
                    open_before -= wants_before
                if wants_after:
                    won_after.append(number)
                    open_after -= wants_after
        return tuple(won_before), tuple(won_after)

    def _shown(self, winners: Winners, usual: tuple[str, ...]) -> Config:
        """Whatever the user decided stays out of this."""
        rules = tuple(self._entrants[number].rule for number in winners)
        return assemble(self._base, rules, _NO_PREFERENCES, usual)
