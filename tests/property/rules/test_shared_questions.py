"""Do the questions about rules tell where they apply, however many of them are shared?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model.conditions import AllOf, Always
from domain.rules.previews.shared_questions import questions_about
from domain.rules.rule_sets import compile_rule
from domain.rules.situations import Situation
from tests.builders.profiles import NOW, contexts, profiles
from tests.builders.rules import build_rule, conditions

if TYPE_CHECKING:
    from domain.model.conditions import Condition
    from domain.model.contexts import Context
    from domain.model.profiles import Profile


@st.composite
def alike(draw: st.DrawFn) -> list[Condition]:
    """Conditions put together from the same few, with some of them nested."""
    few = [Always(), *draw(st.lists(conditions(), min_size=1, max_size=3))]
    parts = st.lists(st.sampled_from(few), max_size=3).map(tuple)
    nested = st.builds(lambda own, inner: AllOf((*own, AllOf(inner))), parts, parts)
    return draw(st.lists(nested | st.sampled_from(few), min_size=1, max_size=5))


@settings(max_examples=300, deadline=None)
@given(wanted=alike(), profile=profiles(NOW), context=contexts(), coverage=st.sampled_from((0.5, 1.0)))
def test_a_rule_applies_where_all_its_questions_are_answered_by_yes(
    wanted: list[Condition], profile: Profile, context: Context, coverage: float
) -> None:
    rules = [
        compile_rule(build_rule(f"r{number}", condition=condition, coverage=coverage))
        for number, condition in enumerate(wanted)
    ]
    asked_in = Situation(profile, context, NOW)
    for asked in questions_about(rules):
        # The place may also be one of which the situation does not tell.
        assert all(question(asked_in) for question in asked.at(context.place)) is asked.rule.predicate.holds(asked_in)
