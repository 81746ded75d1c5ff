"""Does a preview say of each user what deciding before and deciding after says?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model.adaptations import AddShortcut, FilterContent, RecommendFeature, SetFeature
from domain.model.conditions import AllOf, Always, AtPlace, HasSkill, InSegment, Not, OnDevice
from domain.model.contexts import Context
from domain.model.interactions import Device
from domain.model.profiles import History
from domain.model.rules import RuleStatus
from domain.model.schedules import ALWAYS_SCHEDULED
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.rules.decisions import changed_slots, decide, rule_applies
from domain.rules.previews.contested_slots import Change
from domain.rules.previews.contexts import NOWHERE, likely_device
from domain.rules.previews.previews import Comparison, Effect
from domain.rules.rule_sets import RuleSet, compile_rule
from domain.rules.situations import Situation
from domain.rules.slots import slots_of
from tests.builders.experiments import assigned, perhaps_on_trial
from tests.builders.profiles import NOW, PLACES, SEGMENT_KEYS, build_profile, contexts, instants, profiles
from tests.builders.rules import CATALOGUE, build_rule, contents, rule_lists

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.conditions import Condition
    from domain.model.configs import Slot
    from domain.model.profiles import Profile
    from domain.model.rules import Rule, RuleContent

DEVICES = st.dictionaries(st.sampled_from(Device), st.integers(1, 3))


class Case(NamedTuple):
    rules: list[Rule]
    changed: Rule
    people: list[Profile]
    now: datetime

    @property
    def before(self) -> RuleSet:
        return RuleSet.compile(1, self.rules, CATALOGUE)

    @property
    def after(self) -> RuleSet:
        return self.before.with_rule(2, self.changed)

    @property
    def change(self) -> Change:
        return Change(self.before.rule(self.changed.id), compile_rule(self.changed))


@st.composite
def crowded(draw: st.DrawFn) -> Case:
    """Lists with more items than there is room for, of features that may be hidden, in rules for everybody or some."""
    keys = [f"f{number:02}" for number in range(14)]
    claims = st.one_of(
        st.builds(AddShortcut, st.sampled_from(keys)),
        st.builds(AddShortcut, st.sampled_from(keys)),
        st.builds(RecommendFeature, st.sampled_from(keys[:4])),
        st.builds(SetFeature, st.sampled_from(keys[:4]), st.booleans()),
        st.builds(lambda tags: FilterContent((tags[0],), (tags[1],)), st.permutations(keys[:3])),
    )
    adaptations = st.lists(claims, min_size=1, max_size=10, unique_by=lambda claim: slots_of([claim])).map(tuple)
    condition = st.sampled_from((Always(), HasSkill(frozenset({SkillLevel.ADVANCED}))))
    rules = [
        build_rule(f"r{number}", *draw(adaptations), condition=draw(condition), priority=draw(st.integers(0, 2)))
        for number in range(4)
    ]
    changed = build_rule(
        draw(st.sampled_from(("r1", "r2", "new"))), *draw(adaptations), priority=draw(st.integers(0, 2))
    )
    return Case(rules, changed, [build_profile(skill=level) for level in SkillLevel], NOW)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A rule of the set gets other content, or a new one comes in addition. Most rules apply to somebody."""
    now = draw(instants())
    rules = [
        draw(perhaps_on_trial(replace(rule, content=draw(lively(rule.content))))) for rule in draw(rule_lists(most=5))
    ]
    replaced = draw(st.sampled_from([*rules, build_rule("new", created_at=now)]))
    content = draw(contents().flatmap(lively))
    changed = draw(perhaps_on_trial(replace(replaced, run=None, content=content, status=RuleStatus.ACTIVE)))
    people = draw(st.lists(profiles(now), min_size=1, max_size=4))
    with_devices = [replace(p, history=replace(p.history, devices=draw(DEVICES))) for p in people]
    return Case(rules, changed, [draw(assigned(person, rules)) for person in with_devices], now)


def lively(content: RuleContent) -> st.SearchStrategy[RuleContent]:
    """The content as it is, or for everybody in a few circumstances."""
    wide: st.SearchStrategy[Condition] = st.sampled_from(
        (
            Always(),
            Not(AtPlace(frozenset({"login"}))),
            AtPlace(frozenset({"reports"})),
            OnDevice(frozenset({Device.MOBILE, Device.DESKTOP})),
        )
    )
    always = replace(content, schedule=ALWAYS_SCHEDULED, coverage=1.0, exclusion_group=None)
    return st.just(content) | wide.map(lambda condition: replace(always, condition=condition))


def brute_force(case: Case, profile: Profile, contexts: list[Context]) -> Effect:
    """A preview says what rules change; what models suggest to each user beside them is left out of account."""
    if profile.insights is not None:
        profile = replace(profile, insights=replace(profile.insights, recommendations=()))
    applies = False
    slots: frozenset[Slot] = frozenset()
    for context in contexts:
        before, after = (decide(rules, profile, context, case.now) for rules in (case.before, case.after))
        slots = slots.union(changed_slots(before, after))
        applies |= rule_applies(case.change.after, Situation(profile, context, case.now))
    return Effect(applies and profile.choice.enabled, slots)


@settings(max_examples=300, deadline=None)
@given(case=cases() | crowded(), context=contexts())
def test_in_a_given_context_a_preview_says_what_deciding_says(case: Case, context: Context) -> None:
    comparison = Comparison(case.before, case.change, case.now, context)

    for profile in case.people:
        assert comparison.effect(profile) == brute_force(case, profile, [context])


@settings(max_examples=300, deadline=None)
@given(case=cases() | crowded())
def test_otherwise_it_says_what_deciding_says_in_some_likely_context(case: Case) -> None:
    comparison = Comparison(case.before, case.change, case.now)
    meant_for = [rule.places for rule in case.change.rules]
    places = frozenset[str]().union(*meant_for) if all(meant_for) else {*PLACES, "reports", "elsewhere"}

    assert set(comparison.places) <= {*places, NOWHERE}
    for profile in case.people:
        likely = [Context(place, likely_device(profile)) for place in places]
        assert comparison.effect(profile) == brute_force(case, profile, likely)


@settings(max_examples=300, deadline=None)
@given(case=cases(), keys=st.lists(st.sampled_from(SEGMENT_KEYS), min_size=1, max_size=2, unique=True))
def test_who_is_in_no_needed_segment_need_show_no_history(case: Case, keys: list[str]) -> None:
    content = case.changed.content
    condition = AllOf((content.condition, InSegment(tuple(map(SegmentKey, keys)))))
    narrow = case._replace(changed=replace(case.changed, content=replace(content, condition=condition)))
    comparison = Comparison(narrow.before, narrow.change, narrow.now)
    of = comparison.asks_members_of

    for profile in narrow.people:
        shown = profile
        if of is not None and not any(profile.confidence_in(segment) >= of.confidence for segment in of.segments):
            shown = replace(profile, history=History())
        assert comparison.effect(shown) == comparison.effect(profile)
