"""How many rules are asked, of how many?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.model import conditions as cond
from domain.model.interactions import Device
from domain.model.ranges import Range
from domain.model.segments import SegmentKey
from domain.rules.decisions import applied
from domain.rules.indexing.indexes import FEW_RULES
from domain.rules.rule_sets import CompiledRule, RuleSet
from domain.rules.situations import Situation
from tests.builders.profiles import NOW, build_context, build_history, build_membership, build_profile
from tests.builders.rules import CATALOGUE, build_rule

if TYPE_CHECKING:
    from domain.model.rules import Rule

MANY = 10_000
MATCHING = 20
DESKTOP = frozenset({Device.DESKTOP})
LOGIN = frozenset({"login"})


def rule(number: int, *more: cond.Condition, **parts: object) -> Rule:
    """One of `MATCHING` rules for a segment of its own, and asking for two things more."""
    key = SegmentKey(f"segment-{number // MATCHING}")
    rest = more or (cond.OnDevice(DESKTOP), cond.ActivityWithin(cond.ActivityMeasure.SESSIONS, Range(gte=2)))
    return build_rule(f"rule-{number:05}", condition=cond.AllOf((cond.InSegment((key,)), *rest)), **parts)


def someone(segment: int, **traits: str) -> Situation:
    profile = build_profile(
        memberships=(build_membership(f"segment-{segment}"),), traits=traits, history=build_history(older_sessions=3)
    )
    return Situation(profile, build_context(device=Device.DESKTOP), NOW)


@pytest.fixture(scope="module")
def many() -> RuleSet:
    return RuleSet.compile(1, map(rule, range(MANY)), CATALOGUE)


def test_of_ten_thousand_rules_hardly_more_are_asked_than_apply(many: RuleSet) -> None:
    situation = someone(7)
    candidates = many.candidates(situation)
    found, _ = applied(many, situation)

    assert len(candidates) <= MATCHING + FEW_RULES
    assert [rule.id for rule in found] == [f"rule-{number:05}" for number in range(7 * MATCHING, 8 * MATCHING)]


def test_a_change_replaces_no_more_than_the_way_to_the_rule(many: RuleSet) -> None:
    changed = many.with_rule(2, replace(rule(150, cond.OnDevice(frozenset({Device.MOBILE}))), revision=2))

    assert _asked(many, 7) - _asked(changed, 7) == {many.rules[150]}
    assert all(_asked(changed, segment) == _asked(many, segment) for segment in (0, 6, 8, 499))


def test_a_fact_that_all_rules_need_is_narrowed_down_by_the_next() -> None:
    pro = cond.TraitsMatch({"plan": "pro"})
    rule_set = RuleSet.compile(1, [rule(number, pro) for number in range(1_000)], CATALOGUE)

    assert len(rule_set.candidates(someone(7, plan="free"))) <= 2 * FEW_RULES
    assert len(rule_set.candidates(someone(7, plan="pro"))) <= MATCHING + 3 * FEW_RULES


def test_rules_for_other_places_are_not_asked() -> None:
    rules = [rule(number, places=LOGIN) for number in range(100)]

    assert RuleSet.compile(1, rules, CATALOGUE).candidates(someone(1)) == []


def test_rules_of_which_nothing_is_known_are_always_asked() -> None:
    rules = [build_rule(f"r{number}", condition=cond.Not(cond.OnDevice(DESKTOP))) for number in range(50)]

    assert len(RuleSet.compile(1, rules, CATALOGUE).candidates(someone(1))) == 50


def test_rules_that_never_apply_come_and_go_without_a_trace() -> None:
    rules = [build_rule(f"r{number}", condition=cond.Always(value=False)) for number in range(2 * FEW_RULES)]
    rule_set = RuleSet.compile(1, rules, CATALOGUE)
    assert len(rule_set.rules) == 2 * FEW_RULES
    assert len(rule_set.candidates(someone(1))) == FEW_RULES

    for gone in rules:
        rule_set = rule_set.without_rule(2, gone.id)

    assert rule_set.rules == ()


def _asked(rule_set: RuleSet, segment: int) -> set[CompiledRule]:
    return set(rule_set.candidates(someone(segment)))
