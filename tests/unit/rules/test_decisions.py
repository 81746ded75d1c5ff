"""Who decides what a user sees, who loses, and how long does it hold?"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from domain.model.adaptations import (
    AddShortcut,
    FilterContent,
    LayoutDensity,
    OrderNavigation,
    RecommendFeature,
    SetDifficulty,
    SetFeature,
    SetLayout,
    SetParameter,
    ThemeMode,
)
from domain.model.conditions import AllOf, Always, HasSkill, LastSeenWithin, OnDevice
from domain.model.configs import ConfigSource, FeatureState, LostAdaptation, Recommendation
from domain.model.interactions import Device
from domain.model.profiles import History, Preferences, Profile
from domain.model.ranges import Range
from domain.model.rules import RuleId, RuleStatus
from domain.model.schedules import Schedule, WeeklyWindow
from domain.model.skills import SkillLevel
from domain.model.users import PersonalizationChoice
from domain.rules.buckets import bucket
from domain.rules.contests import MAX_RECOMMENDATIONS, MAX_SHORTCUTS
from domain.rules.decisions import changed_slots, decide, default_config
from domain.rules.rule_sets import RuleSet
from tests.builders.profiles import NOW, build_context, build_profile, us_ago
from tests.builders.rules import CATALOGUE, DARK, LIGHT, build_rule

if TYPE_CHECKING:
    from domain.model.configs import Config, Decision
    from domain.model.rules import Rule

ANYONE = build_profile()
BEGINNER = HasSkill(frozenset({SkillLevel.BEGINNER}))
MOBILE = OnDevice(frozenset({Device.MOBILE}))


def decided(
    *rules: Rule, profile: Profile = ANYONE, place: str = "dashboard", now: datetime = NOW, **context: Any
) -> Config:
    return decide(RuleSet.compile(1, rules, CATALOGUE), profile, build_context(place, **context), now)


def decision(config: Config, slot: str) -> Decision:
    (found,) = (decision for decision in config.decisions if decision.slot == slot)
    return found


def test_without_rules_the_catalogue_decides() -> None:
    config = decided()

    assert config.theme_mode is ThemeMode.SYSTEM
    assert config.density is LayoutDensity.COMFORTABLE
    assert config.difficulty is SkillLevel.BEGINNER
    assert config.features == (FeatureState("export"), FeatureState("import"), FeatureState("search"))
    assert config.navigation == ("home", "boards", "reports", "people")
    assert config.parameters == {"banner": "", "columns": 3}
    assert config.decisions == ()
    assert config.holds_until is None
    assert config.source is ConfigSource.DECIDED


def test_a_place_has_its_own_defaults() -> None:
    config = decided(place="login")

    assert (config.theme_mode, config.density) == (ThemeMode.LIGHT, LayoutDensity.SPACIOUS)
    assert config.features[0] == FeatureState("export", visible=False)
    assert config.navigation == (
        "home",
        "people",
        *(item.key for item in CATALOGUE.navigation[1:] if item.key != "people"),
    )


def test_the_default_config_says_that_it_is_one() -> None:
    config = default_config(CATALOGUE, "login", NOW)

    assert config.source is ConfigSource.DEFAULT
    assert config.revision == decided(place="login").revision


def test_every_kind_of_adaptation_shows_in_the_config() -> None:
    config = decided(
        build_rule(
            "everything",
            DARK,
            SetLayout(LayoutDensity.COMPACT),
            SetFeature("export", highlighted=True),
            SetFeature("beta"),
            SetFeature("alpha", visible=False),
            OrderNavigation(("reports", "admin")),
            AddShortcut("boards/1"),
            FilterContent(("news",), ("tips",)),
            SetDifficulty(SkillLevel.ADVANCED),
            RecommendFeature("import"),
            SetParameter("columns", 5),
            SetParameter("zoom", {"level": 2}),
        )
    )

    assert config.theme_mode is ThemeMode.DARK
    assert config.density is LayoutDensity.COMPACT
    assert config.features == (
        FeatureState("export", highlighted=True),
        FeatureState("import"),
        FeatureState("search"),
        FeatureState("alpha", visible=False),
        FeatureState("beta"),
    )
    assert config.navigation == ("reports", "admin", "home", "boards", "people")
    assert config.shortcuts == ("boards/1",)
    assert (config.include, config.exclude) == (("news",), ("tips",))
    assert config.difficulty is SkillLevel.ADVANCED
    assert config.recommendations == (Recommendation("import", 1.0, "recommended by “EVERYTHING”"),)
    assert config.parameters == {"banner": "", "columns": 5, "zoom": {"level": 2}}
    assert {decision.rule_id for decision in config.decisions} == {"everything"}
    assert [decision.slot for decision in config.decisions] == sorted(decision.slot for decision in config.decisions)


@pytest.mark.parametrize(
    ("winner", "loser", "reason"),
    [
        ({"priority": 20}, {"priority": 10}, "“WINNER” has the higher priority (20 over 10)"),
        ({"condition": BEGINNER}, {}, "“WINNER” asks for more conditions (1 over 0)"),
        ({"places": frozenset({"dashboard"})}, {}, "“WINNER” asks for more conditions (1 over 0)"),
        ({"created_at": NOW - timedelta(days=40)}, {}, "“WINNER” is older"),
    ],
)
def test_a_slot_goes_to_priority_then_specificity_then_age(
    winner: dict[str, Any], loser: dict[str, Any], reason: str
) -> None:
    config = decided(build_rule("a-loser", LIGHT, **loser), build_rule("winner", DARK, **winner))

    assert config.theme_mode is ThemeMode.DARK
    assert decision(config, "theme.mode").rule_id == "winner"
    assert decision(config, "theme.mode").lost == (LostAdaptation(RuleId("a-loser"), reason),)


def test_between_rules_alike_in_everything_the_smaller_id_wins() -> None:
    config = decided(build_rule("b", LIGHT), build_rule("a", DARK))

    assert decision(config, "theme.mode").lost == (LostAdaptation(RuleId("b"), "“A” comes first by its id"),)


def test_who_wanted_the_same_is_reported_too() -> None:
    config = decided(build_rule("a", DARK), build_rule("b", DARK))

    assert decision(config, "theme.mode").lost == (LostAdaptation(RuleId("b"), "decided alike by “A”"),)


def test_a_user_who_chose_for_themselves_has_the_last_word() -> None:
    chosen = build_profile(preferences=Preferences(theme_mode=ThemeMode.LIGHT, difficulty=SkillLevel.ADVANCED))
    config = decided(build_rule("a", DARK), profile=chosen)

    assert config.theme_mode is ThemeMode.LIGHT
    assert config.difficulty is SkillLevel.ADVANCED
    assert decision(config, "theme.mode").rule_id is None
    assert decision(config, "theme.mode").lost == (LostAdaptation(RuleId("a"), "the user chose LIGHT"),)
    assert decision(config, "content.difficulty").lost == ()


def test_who_opted_out_gets_the_defaults_for_good() -> None:
    out = build_profile(
        choice=PersonalizationChoice(enabled=False), preferences=Preferences(theme_mode=ThemeMode.LIGHT)
    )
    config = decided(build_rule("a", DARK, schedule=Schedule(ends_at=NOW + timedelta(days=1))), profile=out)

    assert config == decided()


@pytest.mark.parametrize(
    "parts",
    [
        {"status": RuleStatus.DRAFT},
        {"status": RuleStatus.PAUSED},
        {"status": RuleStatus.ARCHIVED},
        {"places": frozenset({"login"})},
        {"condition": Always(value=False)},
        {"condition": MOBILE},
        {"coverage": 0.0},
        {"schedule": Schedule(starts_at=NOW + timedelta(seconds=1))},
        {"schedule": Schedule(ends_at=NOW)},
        {"schedule": Schedule(windows=(WeeklyWindow(time(13), time(14)),))},
    ],
)
def test_a_rule_that_does_not_apply_leaves_no_trace(parts: dict[str, Any]) -> None:
    config = decided(build_rule("a", DARK, **parts))

    assert config.theme_mode is ThemeMode.SYSTEM
    assert config.decisions == ()


def test_coverage_takes_the_users_whose_bucket_does_not_lie_above_it() -> None:
    share = bucket("salt", "u1")

    assert decided(build_rule("a", DARK, salt="salt", coverage=share - 0.0001)).decisions == ()
    assert decided(build_rule("a", DARK, salt="salt", coverage=share)).theme_mode is ThemeMode.DARK


def test_true_is_not_one() -> None:
    rules = (
        build_rule("a", SetParameter("columns", 1), priority=1),
        build_rule("b", SetParameter("columns", value=True)),
    )
    config, other = decided(*rules), decided(rules[1])

    (decision,) = config.decisions
    assert decision.lost[0].reason == "“A” has the higher priority (1 over 0)"
    assert changed_slots(config, other) == ("parameter:columns",)
    assert changed_slots(config, decided(build_rule("c", SetParameter("columns", 1.0)))) == ()


def test_lists_merge_in_the_order_of_the_rules() -> None:
    config = decided(
        build_rule("later", AddShortcut("x"), AddShortcut("y"), FilterContent(("news",), ()), priority=1),
        build_rule("first", AddShortcut("z"), AddShortcut("y"), FilterContent((), ("news",)), priority=2),
    )

    assert config.shortcuts == ("z", "y", "x")
    assert (config.include, config.exclude) == ((), ("news",))
    assert decision(config, "shortcut:y").lost == (LostAdaptation(RuleId("later"), "decided alike by “FIRST”"),)


def test_over_the_limit_of_a_list_an_adaptation_is_lost_and_nobody_decides() -> None:
    many = tuple(AddShortcut(f"t{number:02}") for number in range(MAX_SHORTCUTS + 1))
    config = decided(build_rule("a", *many))

    assert len(config.shortcuts) == MAX_SHORTCUTS
    assert decision(config, "shortcut:t12").rule_id is None
    assert decision(config, "shortcut:t12").lost[0].reason == "there are 12 already, from rules that come first"


def test_recommendations_are_limited_too() -> None:
    many = tuple(RecommendFeature(f"f{number:02}") for number in range(MAX_RECOMMENDATIONS + 1))

    assert len(decided(build_rule("a", *many)).recommendations) == MAX_RECOMMENDATIONS


def test_a_feature_that_a_later_rule_hides_is_not_recommended() -> None:
    config = decided(
        build_rule("recommends", RecommendFeature("export"), priority=9),
        build_rule("hides", SetFeature("export", visible=False)),
    )

    assert config.recommendations == ()
    assert decision(config, "recommendation:export").lost[0].reason == "export is hidden"


def test_a_feature_hidden_at_the_place_is_recommended_once_a_rule_shows_it() -> None:
    recommends = build_rule("recommends", RecommendFeature("export"))

    assert decided(recommends, place="login").recommendations == ()
    assert len(decided(recommends, build_rule("shows", SetFeature("export")), place="login").recommendations) == 1


def test_navigation_by_usage_puts_the_most_visited_first_and_keeps_the_order_of_equals() -> None:
    profile = build_profile(history=History(sections={"people": 9, "reports": 9, "boards": 1}))
    by_usage = build_rule("a", OrderNavigation(("boards",), by_usage=True))

    assert decided(by_usage, profile=profile).navigation == ("boards", "reports", "people", "home")


def test_a_config_holds_until_the_first_change_of_any_rule_that_could_apply() -> None:
    seen = build_profile(history=History(last_seen_us=us_ago(days=2)))
    closes = build_rule("closes", DARK, schedule=Schedule(ends_at=NOW + timedelta(days=3)))
    returns = build_rule("returns", LIGHT, condition=LastSeenWithin(Range(gte=3)))
    elsewhere = build_rule("x", schedule=Schedule(ends_at=NOW + timedelta(hours=1)), places=frozenset({"login"}))
    not_covered = build_rule("y", schedule=Schedule(ends_at=NOW + timedelta(hours=1)), coverage=0.0)
    over = build_rule("z", schedule=Schedule(ends_at=NOW - timedelta(hours=1)))

    assert decided(closes).holds_until == NOW + timedelta(days=3)
    assert decided(closes, returns, elsewhere, not_covered, over, profile=seen).holds_until == NOW + timedelta(days=1)


def test_the_revision_tells_contents_and_decisions_apart_and_ignores_time() -> None:
    dark = decided(build_rule("a", DARK))

    assert dark.revision == decided(build_rule("a", DARK), now=NOW + timedelta(days=1)).revision
    assert dark.revision != decided(build_rule("b", DARK)).revision
    assert dark.revision != decided(build_rule("a", LIGHT)).revision
    assert len(dark.revision) >= 16


def test_the_revision_is_the_same_in_every_process() -> None:
    config = decided(build_rule("a", DARK, AddShortcut("ü")), build_rule("b", LIGHT))

    assert config.revision == "dac7c38e20e19dccd42c"


def test_a_changed_slot_is_one_in_which_something_else_is_shown() -> None:
    before = decided(build_rule("a", AddShortcut("x"), AddShortcut("y"), FilterContent(("news",), ()), DARK))
    after = decided(build_rule("b", AddShortcut("y"), FilterContent((), ("news",)), SetFeature("new"), DARK))

    assert changed_slots(before, after) == ("content:news", "feature:new", "shortcut:x")


def test_items_that_change_their_order_have_changed() -> None:
    before = decided(build_rule("a", AddShortcut("x"), AddShortcut("y")))
    after = decided(build_rule("a", AddShortcut("y"), AddShortcut("x")))

    assert changed_slots(before, after) == ("shortcut:x", "shortcut:y")


def test_a_parameter_that_appears_as_null_has_changed() -> None:
    assert changed_slots(decided(), decided(build_rule("a", SetParameter("new", 0)))) == ("parameter:new",)


def test_conditions_joined_ask_for_more() -> None:
    config = decided(
        build_rule("one", LIGHT, condition=MOBILE),
        build_rule("two", DARK, condition=AllOf((MOBILE, BEGINNER))),
        device=Device.MOBILE,
    )

    assert config.theme_mode is ThemeMode.DARK
