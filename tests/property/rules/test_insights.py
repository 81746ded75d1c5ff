"""Is who allows no models decided for as if there were none?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model.conditions import AllOf, AnyOf, ChurnRiskWithin, LifetimeValueWithin, Not
from domain.model.ranges import Range
from domain.model.segments import Segment, SegmentKey, SegmentKind
from domain.model.users import PersonalizationChoice
from domain.rules.assessments import assess_profile
from domain.rules.decisions import decide
from domain.rules.rule_sets import RuleSet
from tests.builders.insights import insights
from tests.builders.profiles import contexts, instants, profiles
from tests.builders.rules import CATALOGUE, conditions, rule_lists

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.conditions import Condition
    from domain.model.contexts import Context
    from domain.model.insights import Insights
    from domain.model.profiles import Profile
    from domain.model.rules import Rule

REFUSED = (PersonalizationChoice(use_of_models=False), PersonalizationChoice(enabled=False, use_of_models=False))
PREDICTIONS: tuple[Condition, ...] = (
    ChurnRiskWithin(Range(gte=0)),
    ChurnRiskWithin(Range(lt=0.5)),
    LifetimeValueWithin(Range(gte=0)),
    LifetimeValueWithin(Range(gt=5)),
)


@st.composite
def eager_rules(draw: st.DrawFn) -> list[Rule]:
    """Most of them ask for a prediction."""
    rules = []
    for rule in draw(rule_lists()):
        predicted = draw(st.sampled_from(PREDICTIONS))
        asked = rule.content.condition
        shapes = (asked, predicted, Not(predicted), AllOf((predicted, asked)), AnyOf((predicted, asked)))
        rules.append(replace(rule, content=replace(rule.content, condition=draw(st.sampled_from(shapes)))))
    return rules


@st.composite
def unwilling(draw: st.DrawFn) -> tuple[Profile, datetime]:
    now = draw(instants())
    return replace(draw(profiles(now)), choice=draw(st.sampled_from(REFUSED))), now


@settings(max_examples=400, deadline=None)
@given(rules=eager_rules(), who=unwilling(), known=insights(), context=contexts())
def test_whatever_models_say_of_who_allows_none_their_config_is_as_without_models(
    rules: list[Rule], who: tuple[Profile, datetime], known: Insights, context: Context
) -> None:
    profile, now = who
    rule_set = RuleSet.compile(1, rules, CATALOGUE)
    scored, unscored = (replace(profile, insights=found) for found in (known, None))

    assert decide(rule_set, scored, context, now) == decide(rule_set, unscored, context, now)


@settings(max_examples=200, deadline=None)
@given(condition=conditions() | st.sampled_from(PREDICTIONS), who=unwilling(), known=insights())
def test_nor_do_models_bring_them_into_a_segment(
    condition: Condition, who: tuple[Profile, datetime], known: Insights
) -> None:
    profile, now = who
    segments = [Segment(SegmentKey("s"), "S", "", SegmentKind.CONDITION, condition)]

    assessed = [assess_profile(replace(profile, insights=found), segments, now) for found in (known, None)]
    assert assessed[0] == assessed[1]
