"""Do users get variations as planned, and keep what they were assigned?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from domain.model.users import UserId
from domain.rules.decisions import applied, decide
from domain.rules.experiments import adaptations_in_force, drawn_variation, kept_variation
from domain.rules.rule_sets import RuleSet, compile_rule
from domain.rules.situations import Situation
from domain.rules.slots import slots_of
from tests.builders.experiments import (
    allocations,
    assigned,
    build_experiment,
    build_run,
    build_trial,
    build_variation,
    crowds_on_trial,
    kept,
)
from tests.builders.profiles import NOW, build_context, build_profile
from tests.builders.rules import CATALOGUE, DARK
from tests.property.rules.test_indexes import differential, plainly_applied, situations

if TYPE_CHECKING:
    from domain.model.assignments import Applied
    from domain.model.profiles import Profile
    from domain.model.rules import Rule

USERS = [UserId(f"user-{number}") for number in range(20_000)]
THREE = (
    build_variation("a", allocation=0.5, control=True),
    build_variation("b", DARK, allocation=0.3),
    build_variation("c", allocation=0.2),
)


@st.composite
def met_situations(draw: st.DrawFn, rules: list[Rule]) -> Situation:
    situation = draw(situations())
    return Situation(draw(assigned(situation.profile, rules)), situation.context, situation.now)


@differential
@given(rules=crowds_on_trial(), data=st.data())
def test_every_rule_on_trial_gives_the_variation_that_plain_reading_gives(
    rules: list[Rule], data: st.DataObject
) -> None:
    situation = data.draw(met_situations(rules))
    rule_set = RuleSet.compile(1, rules, CATALOGUE)
    found, _ = applied(rule_set, situation)

    assert applied(rule_set, situation)[0] == found  # now that the user's buckets are known
    assert [(rule.id, rule.applied) for rule in found] == [
        (rule.id, plainly_got(rule, situation.profile)) for rule in plainly_applied(rules, situation)
    ]
    assert [rule.slots for rule in found] == [plain_slots(rule.rule, rule.applied) for rule in found]


def plainly_got(rule: Rule, profile: Profile) -> Applied | None:
    return kept_variation(rule, profile) or drawn_variation(rule, profile.user_id)


def plain_slots(rule: Rule, got: Applied | None) -> frozenset[str]:
    if got is None:
        return frozenset(slots_of(adaptations_in_force(rule)))
    if got.held_out or rule.content.experiment is None:
        return frozenset()
    varied = next(v.adaptations for v in rule.content.experiment.variations if v.key == got.variation)
    return frozenset(slots_of((*varied, *rule.content.adaptations)))


@differential
@given(rules=crowds_on_trial(), data=st.data())
def test_of_what_could_be_decided_the_same_is_told_whatever_the_variation(
    rules: list[Rule], data: st.DataObject
) -> None:
    """Is a user counted? That may not depend on the variation that the user got."""
    situation = data.draw(met_situations(rules))
    before = RuleSet.compile(1, rules, CATALOGUE)
    last = [rule for rule in applied(before, situation)[0] if rule.applied is not None][-1:]
    for rule in last:
        exposed = {
            way.variation: rule.id in _counted(before, situation, compile_rule(rule.rule).id, way.variation)
            for way in (rule.trial.ways() if rule.trial is not None else ())
        }
        assert len(set(exposed.values())) <= 1


def _counted(rule_set: RuleSet, situation: Situation, rule_id: object, variation: str | None) -> set[object]:
    rule = next(rule for rule in rule_set.rules if rule.id == rule_id)
    run = rule.trial.run if rule.trial is not None else 0
    given = {**situation.profile.assignments, rule.id: kept(variation, run)}
    profile = replace(situation.profile, assignments=given)
    config = decide(rule_set, profile, situation.context, situation.now)
    return {one.rule_id for one in config.applied if one.run}


def test_variations_have_the_shares_that_were_planned() -> None:
    rule = build_trial(experiment=build_experiment(*THREE, holdout=0.1))
    drawn = Counter(str(_drawn(rule, user).variation) for user in USERS)
    planned = {"None": 0.1, "a": 0.45, "b": 0.27, "c": 0.18}

    assert chisquare([drawn[key] for key in planned], [share * len(USERS) for share in planned.values()]).pvalue > 0.01


@pytest.mark.parametrize("other", ["number", "salt"])
def test_another_run_and_another_rule_assign_independently(other: str) -> None:
    rule = build_trial(experiment=build_experiment())
    run = build_run(build_experiment(), 2)
    second = replace(rule, run=run) if other == "number" else replace(rule, salt="another")
    both = Counter((_drawn(rule, user).variation, _drawn(second, user).variation) for user in USERS)

    assert chisquare(list(both.values())).pvalue > 0.01
    assert len(both) == 4


def test_coverage_holdout_and_variation_are_drawn_independently() -> None:
    experiment = build_experiment(holdout=0.5)
    rule = build_trial(experiment=experiment, coverage=0.5)
    rule_set = RuleSet.compile(1, [rule], CATALOGUE)
    found = Counter(_met(rule_set, user) for user in USERS)

    expected = {"absent": 0.5, "None": 0.25, "as-is": 0.125, "dark": 0.125}
    assert chisquare([found[key] for key in expected], [s * len(USERS) for s in expected.values()]).pvalue > 0.01


@settings(deadline=None, max_examples=20)
@given(start=allocations(2), other=allocations(2))
def test_moving_a_share_from_one_variation_to_another_moves_as_many_users(
    start: tuple[float, float], other: tuple[float, float]
) -> None:
    experiment = build_experiment()
    users = USERS[:2_000]
    before, after = (
        [_drawn(build_trial(run=build_run(experiment, allocation=shares)), user).variation for user in users]
        for shares in (start, other)
    )
    moved = Counter(zip(before, after, strict=True))
    changed = sum(count for (one, two), count in moved.items() if one != two)

    assert abs(changed / len(users) - abs(start[0] - other[0])) < 0.05
    assert len([pair for pair in moved if pair[0] != pair[1]]) <= 1  # all of them in one direction


@settings(deadline=None)
@given(allocation=allocations(3), coverage=st.sampled_from((0.0, 0.2, 1.0)), got=st.sampled_from(("a", "b", "c", None)))
def test_who_was_assigned_keeps_it_whatever_allocation_and_coverage_became(
    allocation: tuple[float, ...], coverage: float, got: str | None
) -> None:
    experiment = build_experiment(*THREE, holdout=0.1)
    rule = build_trial(run=build_run(experiment, allocation=allocation), experiment=experiment, coverage=coverage)
    profile = build_profile(assignments={rule.id: kept(got, probability=0.3)})
    found, _ = applied(RuleSet.compile(1, [rule], CATALOGUE), Situation(profile, build_context(), NOW))

    assert [(way.variation, way.applied and way.applied.probability) for way in found] == [(got, 0.3)]


def _drawn(rule: Rule, user: UserId) -> Applied:
    drawn = drawn_variation(rule, user)
    assert drawn is not None
    return drawn


def _met(rule_set: RuleSet, user: UserId) -> str:
    found, _ = applied(rule_set, Situation(build_profile(user), build_context(), NOW))
    return str(found[0].variation) if found else "absent"
