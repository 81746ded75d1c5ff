"""Are the rules in force found, ordered and replaced as they should be?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.model.conditions import AllOf, Always, AnyOf, HasSkill, Not, OnDevice
from domain.model.contexts import Context
from domain.model.interactions import Device
from domain.model.rules import RuleId, RuleStatus
from domain.model.skills import SkillLevel
from domain.rules.decisions import default_config
from domain.rules.rule_sets import MAX_REMEMBERED_OUTCOMES, RuleSet, condition_specificity, rule_applies
from domain.rules.situations import Situation
from tests.builders.profiles import NOW, build_profile
from tests.builders.rules import CATALOGUE, build_rule

if TYPE_CHECKING:
    from domain.model.configs import Config

LOGIN = frozenset({"login"})
MOBILE = OnDevice(frozenset({Device.MOBILE}))
BEGINNER = HasSkill(frozenset({SkillLevel.BEGINNER}))


def ids(rules: tuple[object, ...]) -> list[str]:
    return [str(getattr(rule, "id", "")) for rule in rules]


def test_only_active_rules_are_in_force() -> None:
    rules = [build_rule(status.value, status=status) for status in RuleStatus]

    assert ids(RuleSet.compile(1, rules, CATALOGUE).rules) == ["ACTIVE"]


def test_rules_are_found_by_id_and_by_place_in_their_order() -> None:
    everywhere, login = build_rule("everywhere", priority=5), build_rule("login", places=LOGIN, priority=9)
    rule_set = RuleSet.compile(1, [everywhere, login], CATALOGUE)

    assert ids(rule_set.at_place("login")) == ["login", "everywhere"]
    assert ids(rule_set.at_place("never heard of")) == ["everywhere"]
    assert (found := rule_set.rule(RuleId("login"))) is not None
    assert found.rule == login
    assert rule_set.rule(RuleId("missing")) is None


def test_changing_a_rule_compiles_only_that_rule() -> None:
    before = RuleSet.compile(1, [build_rule("a", priority=2), build_rule("b", priority=1)], CATALOGUE)
    after = before.with_rule(2, build_rule("b", priority=3))

    assert ids(after.rules) == ["b", "a"]
    assert after.revision == 2
    assert after.rule(RuleId("a")) is before.rule(RuleId("a"))
    assert ids(before.rules) == ["a", "b"]


def test_a_rule_that_is_no_longer_active_leaves_the_set() -> None:
    rule = build_rule("a")
    rule_set = RuleSet.compile(1, [rule], CATALOGUE)

    assert rule_set.with_rule(2, replace(rule, status=RuleStatus.PAUSED)).rules == ()
    assert rule_set.without_rule(2, RuleId("a")).rules == ()


def test_one_rule_can_be_asked_alone() -> None:
    (rule,) = RuleSet.compile(1, [build_rule("a", places=LOGIN, condition=MOBILE)], CATALOGUE).rules

    assert rule_applies(rule, Situation(build_profile(), Context("login", Device.MOBILE), NOW))
    assert not rule_applies(rule, Situation(build_profile(), Context("login", Device.DESKTOP), NOW))
    assert not rule_applies(rule, Situation(build_profile(), Context("home", Device.MOBILE), NOW))
    assert rule.slots == {"theme.mode"}


@pytest.mark.parametrize(
    ("condition", "specificity"),
    [
        (Always(), 0),
        (MOBILE, 1),
        (Not(MOBILE), 1),
        (AllOf((MOBILE, BEGINNER, Always())), 2),
        (AnyOf((MOBILE, AllOf((MOBILE, BEGINNER)))), 1),
        (AnyOf((MOBILE, Always())), 0),
        (Not(AnyOf((MOBILE, BEGINNER))), 2),
        (Not(AllOf((MOBILE, BEGINNER))), 1),
        (Not(Not(AllOf((MOBILE, BEGINNER)))), 2),
        (AnyOf(()), 0),
    ],
)
def test_specificity_counts_the_conditions_that_hold_at_the_least(
    condition: AllOf | AnyOf | Not | Always | OnDevice, specificity: int
) -> None:
    assert condition_specificity(condition) == specificity


def test_an_outcome_is_made_once_and_forgotten_when_there_are_too_many() -> None:
    rule_set = RuleSet.compile(1, [], CATALOGUE)

    def remembered(outcome: int) -> Config:
        return rule_set.remember(outcome, lambda: default_config(CATALOGUE, "login", NOW))

    first = remembered(0)
    assert remembered(0) is first

    for outcome in range(MAX_REMEMBERED_OUTCOMES):
        remembered(outcome + 1)
    assert remembered(0) is not first
