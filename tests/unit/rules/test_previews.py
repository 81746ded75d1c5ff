"""Is it found out who would get a changed rule and see something else for it, where and with what in hand?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from domain.model.adaptations import (
    AddShortcut,
    OrderNavigation,
    RecommendFeature,
    SetFeature,
    SetTheme,
    ThemeMode,
)
from domain.model.conditions import AtPlace, FeatureUsed, InSegment, Not, OnDevice, TraitsMatch
from domain.model.interactions import Device
from domain.model.profiles import History, Preferences
from domain.model.ranges import Range
from domain.model.segments import SegmentKey
from domain.model.users import PersonalizationChoice
from domain.rules.contests import MAX_SHORTCUTS
from domain.rules.previews.contested_slots import Change, contested_slots
from domain.rules.previews.contexts import NOWHERE, likely_device
from domain.rules.previews.previews import NO_EFFECT, Comparison, Effect
from domain.rules.previews.reads import Reads
from domain.rules.rule_sets import RuleSet, compile_rule
from tests.builders.profiles import NOW, build_context, build_membership, build_profile
from tests.builders.rules import CATALOGUE, DARK, LIGHT, build_rule

if TYPE_CHECKING:
    from domain.model.contexts import Context
    from domain.model.profiles import Profile
    from domain.model.rules import Rule

ANYONE = build_profile()
LOGIN = frozenset({"login"})


def compared(changed: Rule, *rules: Rule, context: Context | None = None) -> Comparison:
    rule_set = RuleSet.compile(1, rules, CATALOGUE)
    return Comparison(rule_set, Change(rule_set.rule(changed.id), compile_rule(changed)), NOW, context)


def effect(changed: Rule, *rules: Rule, profile: Profile = ANYONE, context: Context | None = None) -> Effect:
    return compared(changed, *rules, context=context).effect(profile)


def sees(*slots: str, applies: bool = True) -> Effect:
    return Effect(applies, frozenset(slots))  # type: ignore[arg-type]  # slots are texts


def everywhere(rule_id: str, *adaptations: Any, priority: int = 0, **parts: Any) -> Rule:
    return build_rule(rule_id, *adaptations, priority=priority, **parts)


def test_who_gets_a_new_rule_sees_what_it_changes() -> None:
    assert effect(everywhere("new", DARK)) == sees("theme.mode")


def test_who_does_not_get_it_sees_nothing_else() -> None:
    assert effect(everywhere("new", DARK, condition=TraitsMatch({"plan": "pro"}))) == NO_EFFECT


def test_what_shows_already_is_no_change() -> None:
    assert effect(everywhere("new", SetTheme(ThemeMode.SYSTEM), places=frozenset({"dashboard"}))) == sees()
    assert effect(everywhere("new", DARK), everywhere("other", DARK, priority=-1)) == sees()


def test_a_rule_that_comes_first_leaves_nothing_to_change() -> None:
    assert effect(everywhere("new", DARK), everywhere("first", LIGHT, priority=9)) == sees()


def test_a_rule_that_is_replaced_gives_back_what_it_changed() -> None:
    old = everywhere("rule", DARK)
    assert effect(everywhere("rule", RecommendFeature("export")), old) == sees("theme.mode", "recommendation:export")
    gone = everywhere("rule", DARK, condition=TraitsMatch({"plan": "pro"}))
    assert effect(gone, old) == sees("theme.mode", applies=False)


def test_a_rule_is_looked_at_where_defaults_or_rules_make_a_difference() -> None:
    back = SetTheme(ThemeMode.SYSTEM)  # differs from what is shown only at login
    assert compared(everywhere("new", back)).places == (NOWHERE, "login")
    assert effect(everywhere("new", back)) == sees("theme.mode")
    at_reports = everywhere("other", DARK, places=frozenset({"reports"}))
    assert compared(everywhere("new", back), at_reports).places == (NOWHERE, "login", "reports")


def test_a_rule_with_places_is_looked_at_there_only() -> None:
    new = everywhere("new", DARK, places=frozenset({"dashboard", "reports", "login"}))
    assert compared(new).places == ("dashboard", "login")
    assert compared(new, everywhere("new", DARK, places=frozenset({"settings"}))).places == (
        "dashboard",
        "login",
        "settings",
    )


def test_a_user_who_gets_it_at_one_place_and_loses_it_at_another_is_counted_for_both() -> None:
    before = everywhere("rule", DARK, condition=Not(AtPlace(LOGIN)))
    after = everywhere("rule", DARK, condition=AtPlace(LOGIN))
    assert effect(after, before) == sees("theme.mode")


def test_what_users_chose_themselves_no_rule_changes() -> None:
    chosen = build_profile(preferences=Preferences(theme_mode=ThemeMode.LIGHT))
    assert effect(everywhere("new", DARK), profile=chosen) == sees()


def test_who_opted_out_gets_nothing() -> None:
    out = build_profile(choice=PersonalizationChoice(enabled=False))
    assert effect(everywhere("new", DARK), profile=out) == NO_EFFECT


def test_users_come_with_the_device_they_use_most() -> None:
    mostly_mobile = build_profile(history=History(devices={Device.DESKTOP: 1, Device.MOBILE: 2, Device.TABLET: 2}))
    on_mobile = everywhere("new", DARK, condition=OnDevice(frozenset({Device.MOBILE})))
    assert likely_device(mostly_mobile) is Device.MOBILE
    assert effect(on_mobile, profile=mostly_mobile) == sees("theme.mode")
    assert effect(on_mobile) == NO_EFFECT
    assert likely_device(ANYONE) is None


def test_in_a_given_context_everybody_comes_in_that() -> None:
    on_mobile = everywhere("new", DARK, condition=OnDevice(frozenset({Device.MOBILE})))
    assert effect(on_mobile, context=build_context(device=Device.MOBILE)) == sees("theme.mode")
    elsewhere = everywhere("new", DARK, places=LOGIN)
    assert effect(elsewhere, context=build_context("dashboard")) == NO_EFFECT


def test_over_the_limit_of_a_list_others_lose_their_items() -> None:
    full = everywhere("full", *(AddShortcut(f"t{number}") for number in range(MAX_SHORTCUTS)))
    last = f"shortcut:t{MAX_SHORTCUTS - 1}"
    assert effect(everywhere("new", AddShortcut("x"), priority=1), full) == sees("shortcut:x", last)
    assert effect(everywhere("new", AddShortcut("x"), priority=-1), full) == sees()


def test_items_that_change_their_order_count_even_if_the_rule_names_others() -> None:
    others = everywhere("others", AddShortcut("a"), AddShortcut("b"))
    assert effect(everywhere("new", AddShortcut("b"), priority=1), others) == sees("shortcut:a", "shortcut:b")
    moved = everywhere("new", AddShortcut("x"), priority=1)
    assert effect(moved, others, everywhere("new", AddShortcut("x"), priority=-1)) == sees(
        "shortcut:a", "shortcut:b", "shortcut:x"
    )


def test_a_hidden_feature_is_recommended_no_more() -> None:
    recommending = everywhere("other", RecommendFeature("export"))
    hiding = everywhere("new", SetFeature("export", visible=False), places=frozenset({"dashboard"}))
    assert effect(hiding, recommending) == sees("feature:export", "recommendation:export")


def test_an_order_by_usage_is_each_users_own() -> None:
    usual = build_profile(history=History(sections={"people": 3}))
    new = everywhere("new", OrderNavigation((), by_usage=True), places=frozenset({"dashboard"}))
    assert effect(new, profile=usual) == sees("navigation.order")
    assert effect(new) == sees()


@pytest.mark.parametrize(
    ("adaptation", "expected"),
    [
        (DARK, {"theme.mode"}),
        (AddShortcut("new"), {"shortcut:new"}),
        (AddShortcut("known"), {"shortcut:known", "shortcut:more"}),
        (RecommendFeature("beta"), {"recommendation:beta", "feature:beta"}),
        (SetFeature("beta"), {"feature:beta"}),
        (SetFeature("alpha"), {"feature:alpha", "recommendation:alpha"}),
    ],
)
def test_only_what_can_change_is_contested(adaptation: Any, expected: set[str]) -> None:
    others = [
        everywhere("r1", DARK, AddShortcut("known"), RecommendFeature("alpha")),
        everywhere("r2", AddShortcut("more"), SetFeature("beta"), LIGHT),
    ]
    rules = [compile_rule(rule) for rule in others]
    assert contested_slots(rules, Change(None, compile_rule(everywhere("new", adaptation)))) == expected


def test_read_is_only_what_contenders_ask_for() -> None:
    power = SegmentKey("power_user")
    new = everywhere("new", DARK, condition=InSegment((power,)))
    rival = everywhere("rival", LIGHT, condition=FeatureUsed("export", Range(gte=1)))
    other = everywhere("other", AddShortcut("x"), condition=TraitsMatch({"plan": "pro"}))
    on_device = everywhere("third", LIGHT, condition=OnDevice(frozenset({Device.MOBILE})))

    assert compared(new, rival, other).reads == Reads(segments=frozenset({power}), uses=frozenset({"export"}))
    assert compared(new, on_device).reads.devices
    assert not compared(new, on_device, context=build_context()).reads.devices
    assert effect(new, profile=build_profile(memberships=(build_membership("power_user"),))) == sees("theme.mode")
