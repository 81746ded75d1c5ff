"""Is what several rules need asked once, and what only one asks left to it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.conditions import AllOf, AtPlace, HasSkill, InSegment, TraitsMatch
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.rules.previews.shared_questions import RuleQuestions, questions_about
from domain.rules.rule_sets import compile_rule
from domain.rules.situations import Situation
from tests.builders.profiles import NOW, build_context, build_profile
from tests.builders.rules import build_rule

if TYPE_CHECKING:
    from domain.model.conditions import Condition

PRO = TraitsMatch({"plan": "pro"})
POWER = InSegment((SegmentKey("power_user"),))
SKILLED = HasSkill(frozenset({SkillLevel.ADVANCED}))
AT_LOGIN = AtPlace(frozenset({"login"}))


def about(*conditions: Condition) -> list[RuleQuestions]:
    rules = [build_rule(f"r{number}", condition=condition) for number, condition in enumerate(conditions)]
    return questions_about([compile_rule(rule) for rule in rules])


def test_what_most_need_is_asked_first_and_is_the_same_question() -> None:
    one, two, three = about(AllOf((SKILLED, PRO)), AllOf((AllOf((PRO,)), POWER)), AllOf((PRO, SKILLED)))

    assert one.shared == three.shared
    assert one.shared[0] is two.shared[0]
    assert [len(asked.own) for asked in (one, two, three)] == [0, 1, 0]


def test_what_only_equals_as_a_value_is_not_shared() -> None:
    one, two = about(TraitsMatch({"beta": True}), TraitsMatch({"beta": 1}))

    beta = Situation(build_profile(traits={"beta": "true"}), build_context(), NOW)
    assert (one.shared, two.shared) == ((), ())
    assert [asked.own[0](beta) for asked in (one, two)] == [True, False]


def test_what_depends_on_the_place_is_asked_for_each_place() -> None:
    one, two = about(AllOf((AT_LOGIN, PRO)), AllOf((AT_LOGIN, PRO)))

    pro = Situation(build_profile(traits={"plan": "pro"}), build_context("dashboard"), NOW)
    assert one.shared == two.shared
    assert [all(ask(pro) for ask in one.at(place)) for place in ("login", "dashboard")] == [True, False]


def test_what_does_not_is_the_same_question_at_all_places() -> None:
    (one,) = about(PRO)
    assert one.at("login") == one.at("dashboard")
