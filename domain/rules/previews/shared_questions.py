"""What does one ask to find out where rules apply, if what several of them need is to be asked only once?

The law: a rule applies where all its questions are answered by yes.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from domain.model.conditions import AllOf, AtPlace
from domain.model.contexts import Context
from domain.rules.conditions import compile_condition
from domain.rules.predicates import ALWAYS
from domain.rules.previews.needs import needs
from domain.rules.rule_sets import rule_predicate
from domain.rules.segment_checks import leaves
from domain.rules.situations import Situation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.conditions import Condition
    from domain.rules.previews.inquiries import Question
    from domain.rules.rule_sets import CompiledRule


class RuleQuestions(NamedTuple):
    """About one rule: first what others ask as well, then what is its own, which may depend on the place."""

    rule: CompiledRule
    shared: tuple[Question, ...]
    own: tuple[Question, ...]
    asks_place: bool

    def at(self, place: str) -> tuple[Question, ...]:
        """At a place for which the rule is meant; the same questions everywhere, unless it asks for the place."""
        return (*self.shared, *(_asked_at(place, question) if self.asks_place else question for question in self.own))


def questions_about(rules: Sequence[CompiledRule]) -> list[RuleQuestions]:
    """About each of the rules, in their order."""
    needed = [*chain.from_iterable(needs(rule.rule.content.condition) for rule in rules)]
    # Compared as values, `True` and 1 in a query would be the same.
    rules_with = Counter(repr(need) for need in needed if not _asks_place(need))
    shared = {text: compile_condition(need).holds for need in needed if rules_with[text := repr(need)] > 1}

    def about(rule: CompiledRule) -> RuleQuestions:
        own = {repr(need): need for need in needs(rule.rule.content.condition)}
        common = sorted(own.keys() & shared.keys(), key=lambda text: (-rules_with[text], text))
        rest = AllOf(tuple(need for text, need in own.items() if text not in shared))
        predicate = rule_predicate(rule.rule, rest)
        questions = () if predicate is ALWAYS else (predicate.holds,)
        return RuleQuestions(rule, tuple(shared[text] for text in common), questions, _asks_place(rest))

    return [about(rule) for rule in rules]


def _asks_place(condition: Condition) -> bool:
    return any(isinstance(leaf, AtPlace) for leaf in leaves(condition))


def _asked_at(place: str, question: Question) -> Question:
    return lambda situation: question(_at(place, situation))


def _at(place: str, situation: Situation) -> Situation:
    here = situation.context
    return Situation(situation.profile, Context(place, here.device, here.time_zone, here.attributes), situation.now)
