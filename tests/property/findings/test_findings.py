"""Is every finding true, and is none missed where completeness is claimed?

Small worlds are enumerated: what analysis proves is compared with what is the case in every single situation.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model.adaptations import LayoutDensity, SetLayout
from domain.model.catalogues import Catalogue
from domain.model.findings import Finding, FindingKind
from domain.rules.assessments import assess_profile
from domain.rules.decisions import decide
from domain.rules.findings import Surroundings, findings_of
from domain.rules.findings.contradictions import contradiction
from domain.rules.findings.formulas import holds
from domain.rules.findings.subjects import Subject
from domain.rules.findings.translations import translated
from domain.rules.findings.variables import Variable, value_in
from domain.rules.findings.witnesses import Witnesses
from domain.rules.interpretation import interpret
from domain.rules.rule_sets import RuleSet, compile_rule, rule_applies
from domain.rules.situations import Situation
from tests.builders.profiles import NOW, contexts, instants, profiles
from tests.builders.rules import DARK, LIGHT, build_rule, conditions, rule_lists
from tests.property.findings.domains import World, worlds

if TYPE_CHECKING:
    from domain.model.conditions import Condition
    from domain.model.rules import Rule
    from domain.model.segments import SegmentMembership

USERS = ("u1", "u2", "u3", "u4", "u5", "u6")
# Memberships in these can only be assumed, not had: no segment of theirs is defined.
ASSUMED = frozenset({"vip", "beta"})
# Which skill a history makes is not enumerated.
HARD_TO_LIVE = ASSUMED | {"skill"}


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    now = draw(instants())
    return Situation(draw(profiles(now)), draw(contexts()), now)


@settings(max_examples=500, deadline=None)
@given(condition=conditions(), situation=situations())
def test_a_condition_means_what_its_formula_says(condition: Condition, situation: Situation) -> None:
    def read(variable: Variable) -> object:
        return value_in(situation, variable)

    assert holds(translated(condition), read) is interpret(condition, situation)


@settings(max_examples=500, deadline=None)
@given(data=st.data(), world=worlds())
def test_exactly_what_is_true_in_no_situation_of_a_world_is_never_true(data: st.DataObject, world: World) -> None:
    condition = data.draw(world.conditions())
    happens = any(interpret(condition, situation) for situation in world.situations())

    found = contradiction(build_rule(condition=condition).content)

    assert (found is None) is happens
    assert found is None or found.kind is FindingKind.NEVER_TRUE


@st.composite
def _rules_of(draw: st.DrawFn, world: World, coverages: tuple[float, ...]) -> list[Rule]:
    adaptations = [(DARK,), (LIGHT,), (DARK, SetLayout(LayoutDensity.COMPACT))]
    parts = st.fixed_dictionaries(
        {
            "condition": world.conditions(),
            "priority": st.integers(0, 1),
            "places": st.sampled_from((frozenset(), frozenset({"here"}))),
            "coverage": st.sampled_from(coverages),
            "salt": st.sampled_from(("one", "two")),
            "created_at": st.sampled_from((NOW - timedelta(days=1), NOW)),
        }
    )
    drawn = draw(st.lists(st.tuples(parts, st.sampled_from(adaptations)), min_size=2, max_size=4))
    return [build_rule(f"r{number}", *changes, **one) for number, (one, changes) in enumerate(drawn)]


def found_about(rule: Rule, rules: list[Rule]) -> dict[FindingKind, list[Finding]]:
    found = findings_of(rule, Surroundings.of(RuleSet.compile(1, rules, Catalogue()), ()))
    return {kind: [finding for finding in found if finding.kind is kind] for kind in FindingKind}


def _with_place(world: World) -> World:
    return World(tuple(dict.fromkeys(("place", *world.topics))))


@settings(max_examples=300, deadline=None)
@given(data=st.data(), world=worlds(most=2))
def test_a_shadowed_rule_decides_nothing_in_any_situation(data: st.DataObject, world: World) -> None:
    world = _with_place(world)
    rules = data.draw(_rules_of(world, (0.3, 0.7, 1.0)))
    rule_set = RuleSet.compile(1, rules, Catalogue())
    for rule in rules:
        if found_about(rule, rules)[FindingKind.SHADOWED]:
            for user in USERS:
                for situation in world.situations(user):
                    config = decide(rule_set, situation.profile, situation.context, situation.now)
                    assert rule.id not in {decision.rule_id for decision in config.decisions}


@settings(max_examples=300, deadline=None)
@given(data=st.data(), world=worlds(most=2))
def test_what_single_rules_shadow_on_every_slot_is_found(data: st.DataObject, world: World) -> None:
    world = _with_place(world)
    rules = data.draw(_rules_of(world, (1.0,)))
    everywhere = world.situations()
    for rule in map(compile_rule, rules):
        others = [other for other in map(compile_rule, rules) if other.rank < rule.rank]
        when = [situation for situation in everywhere if rule_applies(rule, situation)]
        expected = bool(when) and all(
            any(slot in other.slots and all(rule_applies(other, one) for one in when) for other in others)
            for slot in rule.slots
        )
        assert bool(found_about(rule.rule, rules)[FindingKind.SHADOWED]) is expected


@settings(max_examples=300, deadline=None)
@given(data=st.data(), world=worlds(most=2, without=HARD_TO_LIVE))
def test_exactly_the_rules_that_meet_in_some_situation_conflict(data: st.DataObject, world: World) -> None:
    world = _with_place(world)
    rules = data.draw(_rules_of(world, (1.0,)))
    everywhere = world.situations()
    for rule in rules:
        found = found_about(rule, rules)
        rivals = {other.id for other in rules if _disagree(rule, other) and _meet(rule, other, everywhere)}
        named = {finding.other.id for finding in found[FindingKind.SAME_PRIORITY_CONFLICT] if finding.other}
        assert named == (set() if found[FindingKind.SHADOWED] else rivals)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), world=worlds(most=2, without=HARD_TO_LIVE))
def test_exactly_the_experiments_that_meet_in_some_situation_overlap(data: st.DataObject, world: World) -> None:
    world = _with_place(world)
    rules = data.draw(_rules_of(world, (0.2, 0.5)))
    everywhere = world.situations()
    for rule in rules:
        found = found_about(rule, rules)
        rivals = {other.id for other in rules if other.id != rule.id and _meet(_whole(rule), _whole(other), everywhere)}
        named = {finding.other.id for finding in found[FindingKind.OVERLAPPING_EXPERIMENTS] if finding.other}
        assert named == (set() if found[FindingKind.SHADOWED] else rivals)


def _whole(rule: Rule) -> Rule:
    return replace(rule, content=replace(rule.content, coverage=1.0))


def _disagree(one: Rule, other: Rule) -> bool:
    wishes = {claim.slot: claim.value for claim in compile_rule(one).claims}
    return one.content.priority == other.content.priority and any(
        wishes.get(claim.slot, claim.value) != claim.value for claim in compile_rule(other).claims
    )


def _meet(one: Rule, other: Rule, everywhere: list[Situation]) -> bool:
    both = compile_rule(one), compile_rule(other)
    return any(all(rule_applies(rule, situation) for rule in both) for situation in everywhere)


@settings(max_examples=200, deadline=None)
@given(rules=rule_lists(most=4))
def test_examples_are_of_users_as_the_engine_knows_them_and_true_of_both_rules(rules: list[Rule]) -> None:
    for rule in rules:
        found_about(rule, rules)
        witnesses = Witnesses(Subject.of(rule), ())
        for other in rules:
            shown = [witnesses.shown_by(example, compile_rule(other)) for example in witnesses.applying]
            for example in filter(None, shown):
                assert interpret(rule.content.condition, example)
                assert interpret(other.content.condition, example)
                assert {example.context.place} <= (rule.content.places or {example.context.place})
                assert example.profile.memberships == _assessed_anew(example)


def _assessed_anew(situation: Situation) -> tuple[SegmentMembership, ...]:
    return assess_profile(situation.profile, (), situation.now).memberships
