"""Do indexed and compiled rules decide what reading every rule plainly decides?"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.model.conditions import AtLocalTime
from domain.rules.buckets import bucket, is_covered
from domain.rules.conditions import compile_condition
from domain.rules.decisions import applied, decide
from domain.rules.exclusion_groups import BUCKETS, group_salt
from domain.rules.experiments import kept_variation
from domain.rules.indexing.accesses import accesses
from domain.rules.instants import FOREVER_US, instant_at, microseconds
from domain.rules.interpretation import interpret
from domain.rules.rule_sets import RuleSet, compile_rule, rule_specificity
from domain.rules.situations import Situation
from tests.builders.profiles import contexts, instants, profiles
from tests.builders.rules import CATALOGUE, conditions, crowds, simple_conditions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from domain.model.conditions import Condition
    from domain.model.profiles import Profile
    from domain.model.rules import Rule, RuleId
    from domain.rules.indexing.facts import Access

EXAMPLES = int(os.environ.get("ATTUNE_TEST_DIFFERENTIAL_EXAMPLES", "500"))

differential = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    now = draw(instants())
    return Situation(draw(profiles(now)), draw(contexts()), now)


@differential
@given(rules=crowds(), situation=situations())
def test_a_rule_set_finds_the_rules_that_plain_reading_finds_until_the_same_instant(
    rules: list[Rule], situation: Situation
) -> None:
    rule_set = RuleSet.compile(1, rules, CATALOGUE)
    found, until_us = applied(rule_set, situation)

    assert applied(rule_set, situation) == (found, until_us)  # now that the user's buckets are known
    assert [rule.id for rule in found] == [rule.id for rule in plainly_applied(rules, situation)]
    assert until_us == plainly_until_us(rules, situation)


def plainly_applied(rules: Iterable[Rule], situation: Situation) -> list[Rule]:
    in_order = sorted(rules, key=lambda r: (-r.content.priority, -rule_specificity(r), r.created_at, r.id))
    return [rule for rule in in_order if rule.is_active and plainly_applies(rule, situation)]


def plainly_applies(rule: Rule, situation: Situation) -> bool:
    content, schedule = rule.content, rule.content.schedule
    return (
        (not content.places or situation.context.place in content.places)
        and (schedule.starts_at is None or schedule.starts_at <= situation.now)
        and (schedule.ends_at is None or situation.now < schedule.ends_at)
        and (not schedule.windows or any(interpret(AtLocalTime(window), situation) for window in schedule.windows))
        and interpret(content.condition, situation)
        and plainly_covered(rule, situation.profile)
    )


def plainly_covered(rule: Rule, profile: Profile) -> bool:
    group = rule.content.exclusion_group
    if kept_variation(rule, profile) is not None:
        return True
    if group is None:
        return is_covered(rule.salt, profile.user_id, rule.content.coverage)
    number = round(bucket(group_salt(group), profile.user_id) * BUCKETS)
    return any(span.start <= number < span.end for span in rule.held)


def plainly_until_us(rules: Iterable[Rule], situation: Situation) -> int:
    """Without an index: the first change that any rule of the place announces."""
    changes = (compile_rule(rule).predicate.changes_us for rule in rules if _is_here(rule, situation))
    return min((changes_us(situation) for changes_us in changes if changes_us is not None), default=FOREVER_US)


def _is_here(rule: Rule, situation: Situation) -> bool:
    places = rule.content.places
    return rule.is_active and (not places or situation.context.place in places)


@differential
@given(condition=simple_conditions() | conditions(), situation=situations())
def test_nobody_without_the_facts_that_a_condition_needs_can_ever_satisfy_it(
    condition: Condition, situation: Situation
) -> None:
    if all(_is_true(access, situation) for access in accesses(condition)):
        return
    predicate = compile_condition(condition)

    assert not interpret(condition, situation)
    assert predicate.changes_us is None or predicate.changes_us(situation) == FOREVER_US


def _is_true(access: Access, situation: Situation) -> bool:
    return any(fact.value in situation.values(fact.variable) for fact in access)


@settings(differential, max_examples=EXAMPLES // 5)
@given(rules=crowds(), situation=situations(), order=st.randoms(use_true_random=False))
def test_after_any_changes_a_rule_set_decides_as_one_compiled_anew(
    rules: list[Rule], situation: Situation, order: Random
) -> None:
    rule_set = RuleSet.compile(0, [], CATALOGUE)
    kept: dict[RuleId, Rule] = {}
    for revision, rule in enumerate(order.sample(rules, len(rules)) + order.sample(rules, len(rules) // 2)):
        if rule.id in kept and order.random() < 0.5:
            del kept[rule.id]
            rule_set = rule_set.without_rule(revision, rule.id)
        else:
            kept[rule.id] = changed = replace(rule, content=order.choice(rules).content)
            rule_set = rule_set.with_rule(revision, changed)
    anew = RuleSet.compile(0, kept.values(), CATALOGUE)

    assert [rule.rule for rule in rule_set.rules] == [rule.rule for rule in anew.rules]
    assert _found(rule_set, situation) == _found(anew, situation)


def _found(rule_set: RuleSet, situation: Situation) -> tuple[list[RuleId], int]:
    found, until_us = applied(rule_set, situation)
    return [rule.id for rule in found], until_us


@settings(differential, max_examples=EXAMPLES // 5)
@given(rules=crowds(), situation=situations())
def test_a_set_from_which_all_rules_are_taken_again_is_empty(rules: list[Rule], situation: Situation) -> None:
    rule_set = RuleSet.compile(0, rules, CATALOGUE)
    for rule in rules:
        rule_set = rule_set.without_rule(1, rule.id)

    assert rule_set.rules == ()
    assert rule_set.candidates(situation) == []


@settings(differential, max_examples=EXAMPLES // 5)
@given(rules=crowds(), situation=situations(), share=st.floats(0, 1))
def test_many_rules_announce_every_change(rules: list[Rule], situation: Situation, share: float) -> None:
    rule_set = RuleSet.compile(1, rules, CATALOGUE)
    config = decide(rule_set, situation.profile, situation.context, situation.now)
    start = situation.now_us
    end = microseconds(config.holds_until or situation.now + timedelta(days=120))

    for probe in (start + int((end - start) * share), end - 1, start + 1):
        if start <= probe < end:
            later = decide(rule_set, situation.profile, situation.context, instant_at(probe))
            assert later.revision == config.revision
