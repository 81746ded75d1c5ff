"""Does analysis find what an author would want to know, in words that help, and nothing else?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import pytest

from app import demo
from domain.model.adaptations import (
    AddShortcut,
    FilterContent,
    LayoutDensity,
    OrderNavigation,
    RecommendFeature,
    SetFeature,
    SetLayout,
    SetParameter,
)
from domain.model.catalogues import Catalogue, CatalogueItem
from domain.model.experiments import Goal
from domain.model.findings import Finding, FindingKind
from domain.model.interactions import InteractionKind
from domain.model.rules import BucketSpan, RuleStatus
from domain.model.schedules import Schedule, WeeklyWindow
from domain.model.segments import Segment, SegmentKey, SegmentKind
from domain.rules.documents import parse_condition
from domain.rules.findings import MAX_FINDINGS, Surroundings, findings_of
from domain.rules.findings.contradictions import contradiction
from domain.rules.rule_sets import RuleSet
from tests.builders.experiments import build_experiment, build_trial, build_variation
from tests.builders.profiles import NOW
from tests.builders.rules import CATALOGUE, DARK, LIGHT, build_rule

if TYPE_CHECKING:
    from domain.model.conditions import Condition
    from domain.model.rules import Rule

MOBILE = {"device": ["MOBILE"]}
COMPACT = SetLayout(LayoutDensity.COMPACT)


def when(*documents: dict[str, Any]) -> Condition:
    return parse_condition({"all": list(documents)} if len(documents) > 1 else documents[0])


def segment(key: str, confidence: float = 0.5) -> dict[str, Any]:
    return {"segment": {"in": [key], "confidence": confidence}}


def activity(measure: str, **bounds: float) -> dict[str, Any]:
    return {"activity": {"measure": measure, "range": bounds}}


def did(kind: str, days: int, target: str | None = None, **bounds: float) -> dict[str, Any]:
    named = {} if target is None else {"target": target}
    return {"did": {"kind": kind, "times": bounds, "days": days, **named}}


def window(start: str, until: str, *weekdays: str) -> dict[str, Any]:
    days = {"weekdays": list(weekdays)} if weekdays else {}
    return {"localTime": {"from": start, "until": until, **days}}


def found(
    rule: Rule, *others: Rule, catalogue: Catalogue | None = None, segments: tuple[Segment, ...] = ()
) -> tuple[Finding, ...]:
    rule_set = RuleSet.compile(1, [rule, *others], catalogue or Catalogue())
    return findings_of(rule, Surroundings.of(rule_set, segments))


def is_never_true(*documents: dict[str, Any]) -> bool:
    return contradiction(build_rule(condition=when(*documents)).content) is not None


NEVER = {
    "a device and another": (MOBILE, {"device": ["DESKTOP", "TABLET"]}),
    "a device and none of all": (MOBILE, {"not": {"any": [MOBILE, {"device": ["TABLET"]}]}}),
    "two exclusive alternatives": ({"any": [MOBILE, {"device": ["TABLET"]}]}, {"device": ["DESKTOP"]}),
    "no skill at all": ({"not": {"skill": ["BEGINNER", "INTERMEDIATE", "ADVANCED"]}},),
    "fewer than none": (activity("SESSIONS", lt=0),),
    "no whole number between": (activity("SESSIONS", gt=2, lt=3),),
    "more and fewer": (activity("VALUE", gt=5), activity("VALUE", lte=5)),
    "more lately than ever": (activity("SESSIONS_7D", gte=5), activity("SESSIONS", lt=5)),
    "more this week than this month": (did("CLICK", 7, "buy", gte=3), did("CLICK", 30, gte=0, lt=3)),
    "done lately and long unseen": (did("CLICK", 7, gte=1), {"lastSeenDays": {"gte": 7}}),
    "first seen after last seen": (activity("DAYS_SINCE_FIRST_SEEN", lt=3), {"lastSeenDays": {"gte": 3}}),
    "used, but never": ({"featureUse": {"feature": "export", "uses": {"lt": 1}, "lastUsedDays": {"lte": 30}}},),
    "seen and unseen": ({"lastSeenDays": {"gte": 0}}, activity("INTERACTIONS", lt=1)),
    "surely and not even probably": (segment("power_user", 0.9), {"not": segment("power_user", 0.3)}),
    "casual and power": (segment("casual_user"), segment("power_user")),
    "mobile first and desktop focused": (segment("mobile_first"), segment("desktop_focused")),
    "new, and active on many days": (segment("new_user"), activity("ACTIVE_DAYS", gte=9)),
    "new and advanced": (segment("new_user"), {"skill": ["ADVANCED"]}),
    "surely new and surely casual": (segment("new_user", 0.6), segment("casual_user", 0.6)),
    "a morning and an evening": (window("06:00", "12:00"), window("18:00", "06:00")),
    "a workday and a weekend": (window("09:00", "17:00", "MONDAY"), window("09:00", "17:00", "SUNDAY")),
    "one plan and another": ({"traits": {"plan": "pro"}}, {"traits": {"plan": "free"}}),
    "a plan and no plan": ({"traits": {"plan": "pro"}}, {"traits": {"plan": {"$exists": False}}}),
    "older and younger": ({"traits": {"age": {"$gt": 30}}}, {"traits": {"age": {"$lte": 30}}}),
    "a text that is another number": ({"traits": {"age": "5"}}, {"traits": {"age": {"$gt": 5}}}),
    "one of few and none of more": (
        {"traits": {"plan": {"$in": ["a"]}}},
        {"traits": {"plan": {"$nin": ["a", "b"]}}},
    ),
    "neither both nor one nor none": (
        {"any": [MOBILE, {"place": ["a"]}]},
        {"any": [MOBILE, {"not": {"place": ["a"]}}]},
        {"any": [{"not": MOBILE}, {"place": ["a"]}]},
        {"any": [{"not": MOBILE}, {"not": {"place": ["a"]}}]},
    ),
    "never": ({"always": False},),
    "a risk above 1": ({"churnRisk": {"gt": 1}},),
    "a risk below 0": ({"churnRisk": {"lt": 0}},),
    "a high risk and a low one": ({"churnRisk": {"gte": 0.7}}, {"churnRisk": {"lt": 0.7}}),
    "a value below 0": ({"lifetimeValue": {"lt": 0}},),
    "two values": ({"lifetimeValue": {"gt": 10}}, {"lifetimeValue": {"lte": 10}}),
}
SOMETIMES = {
    "not on a device that is unknown": ({"not": {"device": ["MOBILE", "TABLET", "DESKTOP", "OTHER"]}},),
    "new and casual, on the fourteenth day": (segment("new_user"), segment("casual_user")),
    "new and power": (segment("new_user"), segment("power_user")),
    "neither above nor below, because unknown": (
        {"not": {"lastSeenDays": {"lt": 3}}},
        {"not": {"lastSeenDays": {"gte": 3}}},
    ),
    "an insight": ({"churnRisk": {"gte": 0.7}},),
    "neither a high nor a low risk, because unknown": (
        {"not": {"churnRisk": {"gte": 0.5}}},
        {"not": {"churnRisk": {"lte": 0.5}}},
    ),
    "a number that is a text": ({"traits": {"age": "5"}}, {"traits": {"age": 5}}),
    "a truth that is a number": ({"traits": {"beta": True}}, {"traits": {"beta": 1}}),
    "nothing, which is less than one": ({"traits": {"age": {"$lt": 1}}}, {"traits": {"age": {"$exists": False}}}),
    "the text of nothing": ({"traits": {"plan": "null"}}, {"traits": {"plan": {"$exists": False}}}),
    "the text of a truth that counts as one": ({"traits": {"beta": "true"}}, {"traits": {"beta": 1}}),
    "a list with both": ({"traits": {"tags": {"$in": ["a"]}}}, {"traits": {"tags": {"$in": ["b"]}}}),
    "neither more nor less, because no number": (
        {"not": {"traits": {"age": {"$gt": 5}}}},
        {"not": {"traits": {"age": {"$lte": 5}}}},
    ),
    "a pattern and another": ({"traits": {"plan": {"$regex": "^p"}}}, {"traits": {"plan": {"$regex": "o$"}}}),
    "past midnight on the next day": (window("22:00", "06:00", "SUNDAY"), window("05:00", "07:00", "MONDAY")),
    "seldom lately but often before": (activity("SESSIONS_7D", lt=1), activity("SESSIONS", gte=100)),
    "always": ({"always": True},),
}


@pytest.mark.parametrize("documents", NEVER.values(), ids=NEVER)
def test_what_cannot_be_true_is_said(documents: tuple[dict[str, Any], ...]) -> None:
    assert is_never_true(*documents)


@pytest.mark.parametrize("documents", SOMETIMES.values(), ids=SOMETIMES)
def test_what_may_be_true_is_not_complained_about(documents: tuple[dict[str, Any], ...]) -> None:
    assert not is_never_true(*documents)


def test_only_the_culprits_are_named() -> None:
    rule = build_rule(condition=when({"skill": ["BEGINNER"]}, MOBILE, segment("new_user"), {"device": ["DESKTOP"]}))

    (finding,) = found(rule)

    assert finding == Finding(
        FindingKind.NEVER_TRUE,
        "“on mobile” and “on desktop” are never true together, so the rule never applies: change or remove one of "
        "them.",
    )


def test_places_and_schedules_can_be_what_a_condition_excludes() -> None:
    elsewhere = build_rule(places=frozenset({"login"}), condition=when({"place": ["dashboard", "settings"]}))
    nights = Schedule(windows=(WeeklyWindow(time(22), time(6)),))
    by_day = build_rule(schedule=nights, condition=when(window("09:00", "17:00")))

    said = [finding.text.partition(" are never true together")[0] for finding in (*found(elsewhere), *found(by_day))]
    assert said == [
        "“only at login” and “at dashboard or settings”",
        "“scheduled from 22:00 until 06:00 local time” and “from 09:00 until 17:00 local time”",
    ]


def test_a_rule_that_is_over_or_for_nobody_yet_is_no_mistake() -> None:
    over = build_rule(schedule=Schedule(ends_at=datetime(2020, 1, 1, tzinfo=UTC)))

    assert found(over) == found(build_rule(coverage=0.0)) == ()


def test_a_rule_that_never_comes_first_is_shadowed() -> None:
    general = build_rule("general", LIGHT, COMPACT, priority=5, condition=when(MOBILE))
    special = build_rule("special", DARK, priority=1, condition=when(MOBILE, segment("new_user")))

    assert found(general, special) == ()
    assert found(special, general) == (
        Finding(
            FindingKind.SHADOWED,
            "The rule never decides anything: whenever it applies, “GENERAL” applies, too, and comes first because it "
            "has the higher priority (5 over 1). Raise this rule's priority, narrow “GENERAL”, or archive one of them.",
            general,
            next(iter(RuleSet.compile(1, [special], Catalogue()).rules[0].slots)),
        ),
    )


def test_different_rules_may_shadow_different_slots() -> None:
    dark = build_rule("dark", LIGHT, priority=5)
    dense = build_rule("dense", SetLayout(LayoutDensity.SPACIOUS), priority=4)
    both = build_rule("both", DARK, COMPACT)

    assert [(f.kind, f.other, f.slot) for f in found(both, dark, dense)] == [
        (FindingKind.SHADOWED, dense, "layout.density"),
        (FindingKind.SHADOWED, dark, "theme.mode"),
    ]
    assert found(both, dark) == ()


FREE = {
    "for a share of the users": {"coverage": 0.9},
    "for a while": {"schedule": Schedule(ends_at=NOW)},
    "at another place": {"places": frozenset({"login"})},
    "of lower priority": {"priority": -1},
    "paused": {"status": RuleStatus.PAUSED},
    "for others": {"condition": when({"not": segment("new_user")})},
    "in an exclusion group": {"exclusion_group": "g", "held": (BucketSpan(0, 9_999),)},
}


@pytest.mark.parametrize("parts", FREE.values(), ids=FREE)
def test_what_a_rule_leaves_free_it_does_not_shadow(parts: dict[str, Any]) -> None:
    held = parts.get("held", ())
    first = replace(
        build_rule("first", DARK, **{"priority": 5, **{k: v for k, v in parts.items() if k != "held"}}), held=held
    )

    assert found(build_rule("second", DARK, condition=when(segment("new_user"))), first) == ()


def test_the_same_users_of_a_larger_share_are_shadowed() -> None:
    wide = build_rule("wide", DARK, priority=5, coverage=0.5, salt="same")
    narrow = build_rule("narrow", LIGHT, coverage=0.25, salt="same")

    assert [f.kind for f in found(narrow, wide)] == [FindingKind.SHADOWED]
    assert FindingKind.SHADOWED not in {f.kind for f in found(narrow, replace(wide, salt="other"))}


def test_a_conflict_comes_with_an_example_of_who_is_concerned() -> None:
    loyal = build_rule("loyal", DARK, condition=when(activity("SESSIONS_7D", gte=3)))
    mobile = build_rule("mobile", LIGHT, condition=when(MOBILE, {"traits": {"plan": "pro"}}))

    (finding,) = found(loyal, mobile)

    assert finding == Finding(
        FindingKind.SAME_PRIORITY_CONFLICT,
        "“MOBILE” has the same priority and wants theme.mode to be something else, for example for a user on mobile, "
        "with 3 sessions in the last 7 days, with trait plan “pro”. Now “MOBILE” wins because it asks for more "
        "conditions (2 over 1): give the two different priorities.",
        mobile,
        finding.slot,
    )
    assert finding.slot == "theme.mode"


def test_a_conflict_at_a_high_risk_is_shown_by_somebody_at_that_risk() -> None:
    saving = build_rule("saving", DARK, condition=when({"churnRisk": {"gte": 0.5}}))

    (finding,) = found(saving, build_rule("other", LIGHT))

    assert finding.kind is FindingKind.SAME_PRIORITY_CONFLICT
    assert "for example for a user with a churn risk of 0.5" in finding.text


TOGETHER = {
    "at risk and worth much": ({"churnRisk": {"gt": 0.5}}, {"lifetimeValue": {"gte": 100}}),
    "at risk and mobile": ({"churnRisk": {"lt": 0.5}}, MOBILE),
    "of unknown risk": ({"not": {"churnRisk": {"gte": 0}}}, {"lifetimeValue": {"lt": 3}}),
    "new user, in the mobile segment": (segment("new_user"), segment("mobile_first")),
    "power user, advanced": (segment("power_user"), {"skill": ["ADVANCED"]}),
    "casual and goal-oriented": (segment("casual_user"), segment("goal_oriented")),
    "explorer": (segment("feature_explorer"), segment("new_user")),
    "a count and a day": (did("CLICK", 7, "buy", gte=2), {"lastSeenDays": {"gte": 3}}),
    "unseen for long": ({"lastSeenDays": {"gte": 60}}, activity("CONVERSIONS", gte=4)),
    "at night at the weekend": (window("20:00", "06:00"), window("00:00", "23:59", "SUNDAY")),
    "a number and a version": ({"traits": {"age": {"$gt": 30}}}, {"attributes": {"app": {"$vgte": "2.0.0"}}}),
    "what others are not": ({"not": {"traits": {"plan": "pro"}}}, {"not": MOBILE}),
    "a segment of one's own": (segment("fans"), MOBILE),
}
FANS = Segment(SegmentKey("fans"), "Fans", "", SegmentKind.CONDITION, when(activity("INTERACTIONS", gte=20)))


@pytest.mark.parametrize(("one", "other"), TOGETHER.values(), ids=TOGETHER)
def test_examples_are_found_for_conditions_of_many_kinds(one: dict[str, Any], other: dict[str, Any]) -> None:
    rules = build_rule("one", DARK, condition=when(one)), build_rule("other", LIGHT, condition=when(other))

    assert [finding.kind for finding in found(*rules, segments=(FANS,))] == [FindingKind.SAME_PRIORITY_CONFLICT]


APART = {
    "new and casual": (segment("new_user"), segment("casual_user")),
    "casual and power": (segment("casual_user"), segment("power_user")),
    "two plans": ({"traits": {"plan": "a"}}, {"traits": {"plan": "b"}}),
    "two places": ({"place": ["a"]}, {"place": ["b"]}),
    "two times": (window("06:00", "12:00"), window("12:00", "18:00")),
    "new and known for long": (segment("new_user"), activity("DAYS_SINCE_FIRST_SEEN", gte=100)),
    "in a segment by what keeps others out": ({"traits": {"plan": "pro"}}, {"not": segment("payers")}),
    "two risks": ({"churnRisk": {"gte": 0.5}}, {"churnRisk": {"lt": 0.5}}),
    "a risk and none": ({"churnRisk": {"gte": 0}}, {"not": {"churnRisk": {"gte": 0}}}),
}


PAYERS = Segment(SegmentKey("payers"), "Payers", "", SegmentKind.CONDITION, when({"traits": {"plan": "pro"}}))


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART)
def test_rules_that_no_user_meets_together_are_no_conflict(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = build_rule("one", DARK, condition=when(one)), build_rule("other", LIGHT, condition=when(other))

    assert found(first, second, segments=(PAYERS,)) == found(second, first, segments=(PAYERS,)) == ()


def test_equal_wishes_are_no_conflict_and_neither_are_different_priorities() -> None:
    rule = build_rule("rule", DARK, condition=when(MOBILE))
    alike = build_rule("alike", DARK, condition=when(segment("new_user")))
    lower = build_rule("lower", LIGHT, priority=-1)

    assert found(rule, alike, lower) == ()


def test_experiments_over_the_same_users_blur_each_other() -> None:
    half = build_rule("half", RecommendFeature("export"), coverage=0.5, condition=when(MOBILE))
    third = build_rule("third", RecommendFeature("export"), coverage=0.3, priority=1)

    (finding,) = found(half, third)

    assert finding == Finding(
        FindingKind.OVERLAPPING_EXPERIMENTS,
        "“THIRD” is tried on a share of the users, too, and both change recommendation:export, for example for a user "
        "on mobile: neither's effect can be told from the other's. Put both into one exclusion group, or let one of "
        "them wait.",
        third,
        finding.slot,
    )


def test_an_experiment_is_looked_at_as_if_it_ran() -> None:
    """Of the others, only what runs counts: a plan spoils nothing yet."""
    planned, other = build_trial("planned", run=None), build_trial("other", priority=1)

    assert [(one.kind, one.other, one.slot) for one in found(planned, other)] == [
        (FindingKind.OVERLAPPING_EXPERIMENTS, other, "theme.mode")
    ]
    assert found(planned, build_trial("other", run=None)) == ()
    assert found(planned, build_trial("other", priority=1, exclusion_group="g")) != ()


@pytest.mark.parametrize(("share", "kinds"), [(0.5, [FindingKind.SAME_PRIORITY_CONFLICT]), (0.0, [])])
def test_any_variation_that_users_get_can_be_in_conflict(share: float, kinds: list[FindingKind]) -> None:
    light = build_variation("light", LIGHT, allocation=1 - share, control=True)
    tried = build_experiment(light, build_variation("dark", DARK, allocation=share))

    assert [finding.kind for finding in found(build_rule("plain", LIGHT), build_trial("tried", tried))] == kinds


def test_a_rule_on_trial_shadows_nothing() -> None:
    hidden = build_rule("hidden", DARK)

    assert [one.kind for one in found(hidden, build_rule("first", LIGHT, priority=1))] == [FindingKind.SHADOWED]
    assert found(hidden, build_trial("first", priority=1)) == ()


def test_unknown_targets_of_variations_and_goals_are_named() -> None:
    using = Goal(InteractionKind.FEATURE_USE, 7, target="exprot")
    varied = build_variation("b", RecommendFeature("reprot"))
    tried = build_experiment(build_variation("a", control=True), varied, goal=using)
    catalogue = Catalogue(features=(CatalogueItem("export", "Export"), CatalogueItem("report", "Report")))

    assert [one.text for one in found(build_trial("r", tried), catalogue=catalogue)] == [
        "The catalogue has no feature “reprot”: did you mean “report”?",
        "The catalogue has no feature “exprot”: did you mean “export”?",
    ]


def test_experiments_of_one_exclusion_group_share_no_users() -> None:
    parts: dict[str, Any] = {"coverage": 0.5, "exclusion_group": "g"}
    one = replace(build_rule("one", DARK, **parts), held=(BucketSpan(0, 5_000),))
    other = replace(build_rule("other", LIGHT, **parts), held=(BucketSpan(5_000, 10_000),))

    assert found(one, other) == ()


def test_every_unknown_target_is_named_once_with_the_nearest_known_one() -> None:
    rule = build_rule(
        "rule",
        SetFeature("exprot"),
        RecommendFeature("exprot"),
        OrderNavigation(first=("home", "nowhere")),
        FilterContent(include=("tip",)),
        SetParameter("colums", 2),
        AddShortcut("anything"),
        places=frozenset({"dashbord"}),
        condition=when({"not": segment("pwer_user")}, did("FEATURE_USE", 7, "serch", gte=1)),
    )

    findings = found(rule, catalogue=CATALOGUE)

    assert {finding.kind for finding in findings} == {FindingKind.UNKNOWN_TARGET}
    assert [(finding.slot, finding.text) for finding in findings] == [
        ("feature:exprot", "The catalogue has no feature “exprot”: did you mean “export”?"),
        ("navigation.order", "The catalogue has no navigation item “nowhere”: correct the key, or add it there."),
        ("content:tip", "The catalogue has no tag “tip”: did you mean “tips”?"),
        ("parameter:colums", "The catalogue has no parameter “colums”: did you mean “columns”?"),
        (None, "The catalogue has no place “dashbord”: did you mean “dashboard”?"),
        (None, "There is no segment “pwer_user”: did you mean “power_user”?"),
        (None, "The catalogue has no feature “serch”: did you mean “search”?"),
    ]


def test_of_what_the_host_application_keeps_no_list_nothing_is_unknown() -> None:
    rule = build_rule("rule", SetFeature("any"), SetParameter("thing", 1), places=frozenset({"goes"}))

    assert found(rule) == ()


def test_of_an_archived_rule_nothing_is_said() -> None:
    assert found(build_rule(status=RuleStatus.ARCHIVED, condition=when({"always": False}))) == ()


def test_drafts_are_looked_at_as_if_they_were_active() -> None:
    draft = build_rule("draft", DARK, status=RuleStatus.DRAFT)

    assert [finding.kind for finding in found(draft, build_rule("first", LIGHT, priority=1))] == [FindingKind.SHADOWED]


def test_however_many_rules_are_alike_the_answer_stays_short() -> None:
    crowd = [build_rule(f"r{number}", LIGHT, condition=when(MOBILE)) for number in range(100)]

    assert 0 < len(found(build_rule("x", DARK, condition=when(segment("new_user"))), *crowd)) <= MAX_FINDINGS


def test_the_demonstration_gives_no_reason_to_complain() -> None:
    rules = [replace(build_rule(content.key), content=content) for content in demo.RULES]

    assert [found(rule, *rules, catalogue=demo.CATALOGUE) for rule in rules] == [()] * len(rules)
