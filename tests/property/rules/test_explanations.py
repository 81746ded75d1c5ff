"""Is what an explanation says true: does what failed fail, and does the change said make the rule apply?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model import conditions as cond
from domain.model.explanations import RuleOutcome
from domain.model.interactions import Device, InteractionKind
from domain.model.schedules import Schedule
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.rules.conditions import compile_condition
from domain.rules.decisions import applied, decide, is_held_out
from domain.rules.explanations.changes import smallest_changes
from domain.rules.explanations.deeds import Deeds, with_deeds
from domain.rules.explanations.failures import failure_text
from domain.rules.explanations.inquiries import Inquiry
from domain.rules.explanations.requirements import (
    RuleRequirements,
    failing,
    first_failing,
    literals_of,
    missing,
    required,
)
from domain.rules.explanations.verdicts import verdict
from domain.rules.explanations.worlds import World, changed
from domain.rules.instants import microseconds
from domain.rules.interpretation import interpret
from domain.rules.profiles import fold, fold_from_scratch
from domain.rules.queries import compile_query
from domain.rules.rule_sets import RuleSet, compile_rule, rule_applies
from domain.rules.sentences import condition_text
from domain.rules.situations import Situation
from domain.rules.windows import contains
from tests.builders.experiments import perhaps_on_trial
from tests.builders.interactions import interaction
from tests.builders.profiles import (
    FEATURES,
    NOW,
    PLACES,
    build_context,
    build_profile,
    contexts,
    instants,
    profiles,
    traits,
)
from tests.builders.rules import CATALOGUE, build_rule, conditions, contents, queries, ranges, rule_lists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.json_values import Json
    from domain.model.rules import Rule, RuleContent
    from domain.rules.explanations.changes import Plan

ELSEWHERE = "elsewhere"
SECRET = "secret"
APPLYING = {RuleOutcome.APPLIED, RuleOutcome.OUTRANKED}
IN_FORCE = {RuleOutcome.WRONG_PLACE, RuleOutcome.OUT_OF_SCHEDULE, RuleOutcome.CONDITION_FAILED}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    now = draw(instants())
    return World(draw(profiles(now)), draw(contexts()), now)


@st.composite
def inquiries(draw: st.DrawFn) -> tuple[list[Rule], Inquiry]:
    world, rules = draw(worlds()), [draw(perhaps_on_trial(rule)) for rule in draw(rule_lists(most=4))]
    catalogue = replace(CATALOGUE, holdout=draw(st.sampled_from((0.0, 0.0, 0.0, 0.5))))
    rule_set = RuleSet.compile(1, rules, catalogue)
    return rules, Inquiry(rule_set, world.profile, world.context, world.now, discreet=draw(st.booleans()))


@settings(max_examples=150, deadline=None)
@given(asked=inquiries())
def test_rules_are_said_to_apply_exactly_when_they_do_and_to_be_outranked_when_they_decide_nothing(
    asked: tuple[list[Rule], Inquiry],
) -> None:
    rules, inquiry = asked
    config = decide(inquiry.rule_set, inquiry.profile, inquiry.context, inquiry.now)
    winners = {decision.rule_id for decision in config.decisions}
    is_reached = inquiry.profile.choice.enabled and not is_held_out(inquiry.rule_set, inquiry.situation)
    met = {way.id: way for way in applied(inquiry.rule_set, inquiry.situation)[0] if is_reached}
    for rule in rules:
        said = verdict(inquiry, compile_rule(rule))
        way = met.get(rule.id)
        got = None if way is None else way.applied

        assert (said.outcome in APPLYING) is (way is not None and not (got and got.held_out))
        assert said.applied is (said.outcome in APPLYING and (rule.id in winners or not (way and way.claims)))
        assert said.variation == (way.variation if way else None)
        assert (said.failed is None) is said.applied
        assert said.would_apply_if is None or said.outcome in IN_FORCE


@settings(max_examples=300, deadline=None)
@given(content=contents(), world=worlds())
def test_the_change_said_makes_the_rule_apply(content: RuleContent, world: World) -> None:
    rule = build_rule("r")
    rule = replace(rule, content=replace(content, coverage=1.0, exclusion_group=None))
    world = replace(world, profile=replace(world.profile, choice=build_profile().choice))
    for plan in _plans(rule, world):
        then = changed(world, plan.changes).situation()
        config = decide(RuleSet.compile(1, [rule], CATALOGUE), then.profile, then.context, then.now)

        assert _plainly_applies(content, then)
        named = {decision.rule_id for decision in config.decisions}
        lost = {loss.rule_id for decision in config.decisions for loss in decision.lost}
        assert rule.id in named | lost


def _plans(rule: Rule, world: World) -> tuple[Plan, ...]:
    compiled = compile_rule(rule)
    if rule_applies(compiled, world.situation()):
        return ()
    return smallest_changes(compiled, RuleRequirements(rule.content).whole, world)


def _plainly_applies(content: RuleContent, situation: Situation) -> bool:
    return (
        (not content.places or situation.context.place in content.places)
        and _scheduled(content.schedule, situation)
        and interpret(content.condition, situation)
    )


def _scheduled(schedule: Schedule, situation: Situation) -> bool:
    now = situation.now
    return (
        (schedule.starts_at is None or now >= schedule.starts_at)
        and (schedule.ends_at is None or now < schedule.ends_at)
        and (not schedule.windows or any(contains(window, now, situation.zone) for window in schedule.windows))
    )


def countable() -> st.SearchStrategy[cond.Condition]:
    """Conditions about what the brute force below can vary."""
    measures = st.sampled_from(
        (cond.ActivityMeasure.SESSIONS, cond.ActivityMeasure.SESSIONS_7D, cond.ActivityMeasure.INTERACTIONS)
    )
    simple = st.one_of(
        st.builds(cond.OnDevice, st.frozensets(st.sampled_from(Device), min_size=1)),
        st.builds(cond.AtPlace, st.frozensets(st.sampled_from(PLACES), min_size=1)),
        st.builds(cond.HasSkill, st.frozensets(st.sampled_from(SkillLevel), min_size=1)),
        st.builds(cond.ActivityWithin, measures, ranges()),
        st.builds(cond.FeatureUsed, st.sampled_from(FEATURES), ranges()),
    )
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: cond.AllOf(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: cond.AnyOf(tuple(parts))),
            inner.map(cond.Not),
        ),
        max_leaves=5,
    )


def _everything_that_could_be_otherwise(world: World) -> dict[str, list[World]]:
    """Each variable's worlds, nearest first."""
    context, profile, most = world.context, world.profile, 14
    return {
        "device": [replace(world, context=replace(context, device=device)) for device in (*Device, None)],
        "place": [replace(world, context=replace(context, place=place)) for place in (*PLACES, ELSEWHERE)],
        "skill": [replace(world, profile=replace(profile, skill=level)) for level in SkillLevel],
        "sessions": [replace(world, deeds=Deeds(sessions=n)) for n in range(1, most)],
        "interactions": [replace(world, deeds=Deeds(interactions=n)) for n in range(1, most)],
        **{
            feature: [
                replace(world, deeds=Deeds(did={(InteractionKind.FEATURE_USE, feature): n})) for n in range(1, most)
            ]
            for feature in FEATURES
        },
    }


@settings(max_examples=300, deadline=None)
@given(condition=countable(), world=worlds())
def test_no_smaller_change_exists(condition: cond.Condition, world: World) -> None:
    """Against brute force over every value of every single variable."""
    # Time would be one more variable: without sessions that could leave a window, it changes nothing here.
    history = replace(world.profile.history, sessions=())
    world = replace(world, profile=replace(world.profile, history=history))
    plans = _plans(build_rule("r", condition=condition), world)
    if interpret(condition, world.situation()):
        return
    enough = {
        name: next((step for step, other in enumerate(others, 1) if interpret(condition, other.situation())), None)
        for name, others in _everything_that_could_be_otherwise(world).items()
    }
    single = {name: steps for name, steps in enough.items() if steps is not None}

    assert bool(single) is any(len(plan.changes) == 1 for plan in plans)
    for plan in plans if single else ():
        (change,) = plan.changes
        name = change.variable[-1]
        assert name in single
        if name in {"sessions", "interactions", *FEATURES}:
            deeds = change.apply(world).deeds
            assert single[name] == deeds.sessions + deeds.interactions + sum(deeds.did.values())


@settings(max_examples=150, deadline=None)
@given(condition=countable(), world=worlds())
def test_two_changes_are_found_whenever_two_are_enough(condition: cond.Condition, world: World) -> None:
    history = replace(world.profile.history, sessions=())
    world = replace(world, profile=replace(world.profile, history=history))
    plans = _plans(build_rule("r", condition=condition), world)
    if not interpret(condition, world.situation()) and any(_in_pairs(condition, world)):
        assert plans
        assert len(plans[0].changes) <= 2


def _in_pairs(condition: cond.Condition, world: World) -> Iterator[bool]:
    for device, place, skill in product((*Device, None), (*PLACES, ELSEWHERE), SkillLevel):
        context = replace(world.context, device=device, place=place)
        profile = replace(world.profile, skill=skill)
        differs = (device != world.context.device, place != world.context.place, skill != world.profile.skill)
        if sum(differs) <= 2:
            yield interpret(condition, Situation(profile, context, world.now))


@settings(max_examples=300, deadline=None)
@given(condition=conditions(), world=worlds())
def test_what_is_said_to_fail_fails_and_nothing_is_said_of_what_holds(condition: cond.Condition, world: World) -> None:
    situation = world.situation()
    requirement = required(condition)
    text = failure_text(requirement, situation, discreet=False)
    first = first_failing(requirement, situation)

    assert (text is None) is interpret(condition, situation)
    assert (failure_text(requirement, situation, discreet=True) is None) is (text is None)
    for literal in (*first, *failing(requirement, situation)):
        assert not isinstance(literal.condition, Schedule)
        assert interpret(literal.condition, situation) is not literal.wanted
    if len(first) == 1 and not isinstance(first[0].condition, Schedule):
        assert condition_text(first[0].condition)[:100] in (text or "")


@settings(max_examples=300, deadline=None)
@given(condition=conditions(), world=worlds())
def test_a_requirement_means_what_its_condition_means(condition: cond.Condition, world: World) -> None:
    requirement, situation = required(condition), world.situation()

    assert (missing(requirement, situation) == 0) is compile_condition(condition).holds(situation)
    assert (not list(failing(requirement, situation))) is (missing(requirement, situation) == 0)


@st.composite
def nested_queries(draw: st.DrawFn) -> dict[str, Json]:
    joined = st.recursive(
        queries(),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: {"$and": parts}),
            st.lists(inner, max_size=3).map(lambda parts: {"$or": parts}),
            st.lists(inner, max_size=3).map(lambda parts: {"$nor": parts}),
            inner.map(lambda part: {"$not": part}),
        ),
        max_leaves=5,
    )
    return draw(joined)


@settings(max_examples=300, deadline=None)
@given(query=nested_queries(), known=traits(), wanted=st.booleans())
def test_a_query_and_its_single_tests_hold_alike(query: dict[str, Json], known: dict[str, Json], wanted: bool) -> None:  # noqa: FBT001
    requirement = required(cond.TraitsMatch(query), wanted=wanted)
    situation = Situation(build_profile(traits=known), build_context(), NOW)

    assert (missing(requirement, situation) == 0) is (compile_query(query)(known) is wanted)
    for literal in literals_of(requirement):
        if isinstance(literal.condition, cond.TraitsMatch):
            assert len(literal.condition.query) == 1


@settings(max_examples=100, deadline=None)
@given(
    past=st.lists(st.tuples(st.sampled_from(InteractionKind), st.integers(1, 40)), max_size=6),
    kind=st.sampled_from(InteractionKind),
    target=st.sampled_from(("", *FEATURES)),
    times=st.integers(1, 5),
)
def test_a_deed_leaves_the_history_that_folding_it_leaves(
    past: list[tuple[InteractionKind, int]], kind: InteractionKind, target: str, times: int
) -> None:
    before = fold_from_scratch(interaction(NOW - timedelta(days=days), kind=of, target="export") for of, days in past)
    folded = fold(before, [interaction(NOW, kind=kind, target=target or None)] * times)
    done = with_deeds(before, Deeds(did={(kind, target): times}), microseconds(NOW))

    assert folded is not None
    assert done == replace(folded, sessions=done.sessions, week=done.week)


def secretive() -> st.SearchStrategy[cond.Condition]:
    """Conditions with arguments that tell something about others."""
    operators = st.sampled_from(("$eq", "$ne", "$gt", "$lte", "$regex", "$veq", "$type"))
    tests = st.one_of(
        st.just(SECRET),
        operators.map(lambda operator: {operator: SECRET}),
        st.sampled_from(("$in", "$nin", "$ini", "$all")).map(lambda operator: {operator: [SECRET, f"{SECRET}2"]}),
        st.just({"$not": {"$in": [SECRET]}}),
        st.just({"$elemMatch": {"$eq": SECRET}}),
    )
    asked = st.dictionaries(st.sampled_from(("plan", "age")), tests, min_size=1)
    logical = st.one_of(asked, asked.map(lambda query: {"$or": [query]}), asked.map(lambda query: {"$nor": [query]}))
    simple = st.one_of(
        st.builds(cond.TraitsMatch, logical),
        st.builds(cond.AttributesMatch, logical),
        st.just(cond.InSegment((SegmentKey(SECRET),))),
        countable(),
    )
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: cond.AllOf(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: cond.AnyOf(tuple(parts))),
            inner.map(cond.Not),
        ),
        max_leaves=5,
    )


@settings(max_examples=300, deadline=None)
@given(condition=secretive(), world=worlds())
def test_what_a_rule_asks_of_traits_attributes_and_segments_is_never_said_to_a_user(
    condition: cond.Condition, world: World
) -> None:
    rule = build_rule("r", condition=condition)
    inquiry = Inquiry(RuleSet.compile(1, [rule], CATALOGUE), world.profile, world.context, world.now)
    said = verdict(inquiry, compile_rule(rule))

    assert SECRET not in f"{said.failed} {said.would_apply_if}"
