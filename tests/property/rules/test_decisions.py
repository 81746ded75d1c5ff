"""Is a decided config a pure function of its inputs, and does it hold as long as it says?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rules.buckets import is_covered
from domain.rules.decisions import changed_slots, decide, rule_applies
from domain.rules.instants import instant_at, microseconds
from domain.rules.rule_sets import RuleSet, compile_rule
from domain.rules.situations import Situation
from tests.builders.profiles import contexts, instants, profiles
from tests.builders.rules import CATALOGUE, rule_lists

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from domain.model.configs import Config
    from domain.model.contexts import Context
    from domain.model.profiles import Profile
    from domain.model.rules import Rule


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Rule], Profile, Context, datetime]:
    now = draw(instants())
    return draw(rule_lists(most=4)), draw(profiles(now)), draw(contexts()), now


def _decide(rules: list[Rule], profile: Profile, context: Context, now: datetime) -> Config:
    return decide(RuleSet.compile(1, rules, CATALOGUE), profile, context, now)


@settings(max_examples=150, deadline=None)
@given(case=cases(), share=st.floats(0, 1))
def test_until_it_no_longer_holds_a_config_would_be_decided_alike(
    case: tuple[list[Rule], Profile, Context, datetime], share: float
) -> None:
    rules, profile, context, now = case
    config = _decide(rules, profile, context, now)
    start = microseconds(now)
    end = microseconds(config.holds_until or now + timedelta(days=120))

    assert start < end
    for probe in (start + int((end - start) * share), end - 1, start + 1):
        if start <= probe < end:
            assert _decide(rules, profile, context, instant_at(probe)).revision == config.revision


@settings(max_examples=50, deadline=None)
@given(case=cases(), order=st.randoms(use_true_random=False))
def test_the_order_in_which_rules_are_given_does_not_matter(
    case: tuple[list[Rule], Profile, Context, datetime], order: Random
) -> None:
    rules, profile, context, now = case
    shuffled = order.sample(rules, len(rules))

    assert _decide(shuffled, profile, context, now) == _decide(rules, profile, context, now)


@settings(max_examples=50, deadline=None)
@given(case=cases())
def test_deciding_again_with_a_used_rule_set_gives_the_same_config(
    case: tuple[list[Rule], Profile, Context, datetime],
) -> None:
    rules, profile, context, now = case
    rule_set = RuleSet.compile(1, rules, CATALOGUE)
    first = decide(rule_set, profile, context, now)

    assert decide(rule_set, profile, context, now) == first == _decide(rules, profile, context, now)


@settings(max_examples=50, deadline=None)
@given(case=cases())
def test_changing_one_rule_gives_the_set_that_compiling_anew_gives(
    case: tuple[list[Rule], Profile, Context, datetime],
) -> None:
    rules, profile, context, now = case
    grown = RuleSet.compile(0, [], CATALOGUE)
    for revision, rule in enumerate(rules):
        grown = grown.with_rule(revision, rule)
    shrunk = grown.without_rule(99, rules[0].id) if rules else grown

    assert decide(grown, profile, context, now) == _decide(rules, profile, context, now)
    assert decide(shrunk, profile, context, now) == _decide(rules[1:], profile, context, now)


@settings(max_examples=50, deadline=None)
@given(case=cases())
def test_only_rules_that_apply_and_that_a_user_did_not_overrule_decide(
    case: tuple[list[Rule], Profile, Context, datetime],
) -> None:
    rules, profile, context, now = case
    config = _decide(rules, profile, context, now)
    situation = Situation(profile, context, now)
    applying = {rule.id for rule in rules if rule.is_active and rule_applies(compile_rule(rule), situation)}

    named = {decision.rule_id for decision in config.decisions if decision.rule_id}
    lost = {loss.rule_id for decision in config.decisions for loss in decision.lost}
    assert named | lost == (applying if profile.choice.enabled else set())


@settings(max_examples=50, deadline=None)
@given(case=cases(), other_rules=rule_lists(most=4))
def test_slots_changed_exactly_when_something_shown_changed(
    case: tuple[list[Rule], Profile, Context, datetime], other_rules: list[Rule]
) -> None:
    rules, profile, context, now = case
    before = _decide(rules, profile, context, now)
    after = _decide(other_rules, profile, context, now)
    shown_before, shown_after = _shown(before), _shown(after)

    assert changed_slots(before, before) == ()
    assert bool(changed_slots(before, after)) is (shown_before != shown_after)
    assert changed_slots(before, after) == changed_slots(after, before)


def _shown(config: Config) -> tuple[object, ...]:
    return (
        config.theme_mode,
        config.density,
        config.navigation,
        config.shortcuts,
        config.difficulty,
        config.include,
        config.exclude,
        config.recommendations,
        {state.key: state for state in config.features},
        config.parameters,
    )


@given(salt=st.text(max_size=8), user=st.text(max_size=8), low=st.floats(0, 1), high=st.floats(0, 1))
def test_raising_the_coverage_never_removes_a_user(salt: str, user: str, low: float, high: float) -> None:
    low, high = sorted((low, high))

    assert is_covered(salt, user, high) or not is_covered(salt, user, low)
    assert is_covered(salt, user, 1)
    assert not is_covered(salt, user, 0)
