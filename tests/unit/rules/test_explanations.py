"""What became of a rule, in words: for those who may read rules, and for the user?"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, get_args

import pytest

from domain.model.adaptations import AddShortcut, LayoutDensity, SetLayout, ThemeMode
from domain.model.conditions import (
    ActivityMeasure,
    ActivityWithin,
    AllOf,
    Always,
    AnyOf,
    AtLocalTime,
    AtPlace,
    ChurnRiskWithin,
    Condition,
    HasSkill,
    InSegment,
    LastSeenWithin,
    LifetimeValueWithin,
    Not,
    OnDevice,
    TraitsMatch,
)
from domain.model.configs import Slot
from domain.model.explanations import RuleOutcome, RuleVerdict
from domain.model.interactions import Device, InteractionKind
from domain.model.profiles import FeatureHistory, History, Preferences, Profile, SessionSpan
from domain.model.ranges import Range
from domain.model.rules import BucketSpan, Rule, RuleStatus
from domain.model.schedules import Schedule, WeeklyWindow
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.model.users import PersonalizationChoice
from domain.rules.buckets import bucket
from domain.rules.documents import parse_condition
from domain.rules.exclusion_groups import BUCKETS, group_salt
from domain.rules.explanations.failures import ABOUT_THE_USER, CONCEALED
from domain.rules.explanations.inquiries import Inquiry
from domain.rules.explanations.orders import MAX_WEIGHED, worth_weighing
from domain.rules.explanations.verdicts import verdict
from domain.rules.rule_sets import RuleSet, compile_rule
from domain.use_cases.explanations import WEIGHED_AT_ONCE, ExplainRules
from tests.builders.insights import build_churn, build_insights, build_value
from tests.builders.profiles import NOW, build_context, build_membership, build_profile, seconds_ago, us_ago
from tests.builders.rules import CATALOGUE, DARK, LIGHT, build_rule
from tests.unit.rules.specifications import cases

HISTORY = History(
    interactions=12,
    conversions=1,
    value_micros=12_500_000,
    first_seen_us=us_ago(days=40),
    last_seen_us=us_ago(days=3),
    older_sessions=2,
    sessions=tuple(SessionSpan(us_ago(days=days), us_ago(days=days)) for days in (40, 20, 3)),
    older_days=5,
    features={"export": FeatureHistory(4, us_ago(days=40), us_ago(days=9))},
    recent={InteractionKind.CLICK: {"banner": (seconds_ago(days=2),)}},
)
"""Five sessions, one of them in the last week."""

USER = build_profile(
    history=HISTORY,
    traits={"plan": "free", "age": 12, "address": {"city": "Linz"}, "app": "1.9.0"},
    memberships=(build_membership("casual_user", 0.8), build_membership("power_user", 0.3)),
)
DESKTOP = build_context(device=Device.DESKTOP, time_zone="Europe/Berlin", attributes={"country": "AT"})
MOBILE = OnDevice(frozenset({Device.MOBILE}))
ADVANCED = HasSkill(frozenset({SkillLevel.ADVANCED}))
LOGIN = frozenset({"login"})


def inquiry(*rules: Rule, profile: Profile = USER, discreet: bool = False, slot: str | None = None) -> Inquiry:
    asked = None if slot is None else Slot(slot)
    return Inquiry(RuleSet.compile(1, rules, CATALOGUE), profile, DESKTOP, NOW, slot=asked, discreet=discreet)


def judged(*rules: Rule, **asked: Any) -> RuleVerdict:
    """The verdict on the first of the rules."""
    return verdict(inquiry(*rules, **asked), compile_rule(rules[0]))


@pytest.mark.parametrize("case", cases("explanations"), ids=lambda case: str(case["condition"])[:60])
def test_a_failing_condition_is_explained_as_specified(case: dict[str, Any]) -> None:
    rule = build_rule("r", condition=parse_condition(case["condition"]))
    said, told = judged(rule), judged(rule, discreet=True)
    to_user = {"failed": case["failed"], "wouldApplyIf": case["wouldApplyIf"], **case.get("toUser", {})}

    assert (said.outcome, said.failed, said.would_apply_if) == (
        RuleOutcome.CONDITION_FAILED,
        case["failed"],
        case["wouldApplyIf"],
    )
    assert (told.failed, told.would_apply_if) == (to_user["failed"], to_user["wouldApplyIf"])


def test_a_rule_that_decides_something_applied_and_there_is_nothing_more_to_say() -> None:
    assert judged(build_rule("r")) == RuleVerdict(build_rule("r"), RuleOutcome.APPLIED)


def test_a_rule_that_lost_all_its_slots_is_told_to_whom() -> None:
    said = judged(build_rule("r", LIGHT, SetLayout(LayoutDensity.COMPACT)), *_winners())

    assert said.outcome is RuleOutcome.OUTRANKED
    assert not said.applied
    assert said.failed == (
        "layout.density: decided alike by “ALIKE”; theme.mode: “FIRST” has the higher priority (2 over 0)"
    )
    assert said.would_apply_if is None


def _winners() -> tuple[Rule, Rule]:
    return build_rule("first", DARK, priority=2), build_rule("alike", SetLayout(LayoutDensity.COMPACT), priority=1)


def test_a_rule_that_won_one_of_its_slots_applied_unless_another_slot_is_asked_about() -> None:
    rules = (build_rule("r", LIGHT, AddShortcut("x")), *_winners())

    assert judged(*rules).outcome is RuleOutcome.APPLIED
    assert judged(*rules, slot="shortcut:x").outcome is RuleOutcome.APPLIED
    assert judged(*rules, slot="theme.mode").outcome is RuleOutcome.OUTRANKED


@pytest.mark.parametrize(
    ("condition", "failed"),
    [
        (ChurnRiskWithin(Range(gte=0.9)), "churn risk at least 0.9: it is 0.7"),
        (ChurnRiskWithin(Range(gte=0.69997)), "churn risk at least 0.69997: it is 0.69996"),
        (Not(ChurnRiskWithin(Range(lt=0.7))), "not churn risk less than 0.7: it is 0.69996"),
        (LifetimeValueWithin(Range(lt=1000)), "lifetime value less than 1000: it is 1230"),
        (LifetimeValueWithin(Range(gt=1234.5)), "lifetime value more than 1234.5: it is 1230"),
    ],
)
def test_a_prediction_is_told_as_exactly_as_it_takes_and_no_change_of_it_is_promised(
    condition: Condition, failed: str
) -> None:
    predicted = build_insights(churn=build_churn(0.699_96), lifetime_value=build_value(1_234))
    rule = build_rule("r", condition=condition)
    said = judged(rule, profile=replace(USER, insights=predicted))

    assert (said.failed, said.would_apply_if) == (failed, None)
    assert (
        judged(rule, profile=replace(USER, insights=predicted), discreet=True).failed == "a prediction does not match"
    )


def test_without_a_prediction_it_is_not_known() -> None:
    assert judged(build_rule("r", condition=ChurnRiskWithin(Range(gte=0.9)))).failed == (
        "churn risk at least 0.9: it is not known"
    )


def test_a_rule_loses_to_what_the_user_chose() -> None:
    chosen = build_profile(preferences=Preferences(theme_mode=ThemeMode.LIGHT))

    assert judged(build_rule("r", DARK), profile=chosen).failed == "theme.mode: the user chose LIGHT"


def test_many_losses_are_told_in_part() -> None:
    shortcuts = [AddShortcut(f"t{number}") for number in range(5)]
    said = judged(build_rule("r", *shortcuts), build_rule("first", *shortcuts, priority=1))

    assert said.failed == "; ".join(
        [*(f"shortcut:t{number}: decided alike by “FIRST”" for number in range(3)), "and 2 more"]
    )


@pytest.mark.parametrize("status", [RuleStatus.DRAFT, RuleStatus.PAUSED, RuleStatus.ARCHIVED])
def test_a_rule_that_is_not_active_is_told_what_else_is_missing(status: RuleStatus) -> None:
    said = judged(build_rule("r", status=status, condition=MOBILE))

    assert said.outcome is RuleOutcome.NOT_ACTIVE
    assert said.failed == f"its status is {status.lower()}; besides, on mobile: the device is desktop"
    assert said.would_apply_if is None
    assert judged(build_rule("r", status=status)).failed == f"its status is {status.lower()}"


def test_who_opted_out_is_told_so_whatever_else_fails() -> None:
    away = build_profile(choice=PersonalizationChoice(enabled=False))
    said = judged(build_rule("r", condition=MOBILE), profile=away)

    assert said.outcome is RuleOutcome.OPTED_OUT
    assert said.failed == "the user does not want to be personalized"
    assert said.would_apply_if is None


def test_a_rule_for_another_place_says_where_and_what_else_would_be_needed() -> None:
    said = judged(build_rule("r", places=LOGIN, condition=MOBILE))

    assert said.outcome is RuleOutcome.WRONG_PLACE
    assert said.failed == "at login: the place is dashboard"
    assert said.would_apply_if == "place login and device mobile"


@pytest.mark.parametrize(
    ("schedule", "failed", "would_apply_if"),
    [
        (
            Schedule(starts_at=NOW + timedelta(days=40)),
            "from 2026-04-13T12:00Z: it is 2026-03-04T12:00Z",
            "from 2026-04-13T12:00Z",
        ),
        (Schedule(ends_at=NOW), "before 2026-03-04T12:00Z: it is 2026-03-04T12:00Z", None),
        (
            Schedule(windows=(WeeklyWindow(time(9), time(10)),)),
            "from 09:00 until 10:00 local time: it is 2026-03-04T12:00Z, Wednesday 13:00 local time",
            "from Thursday 09:00 local time",
        ),
        (
            Schedule(starts_at=NOW + timedelta(days=40), windows=(WeeklyWindow(time(9), time(10)),)),
            (
                "from 2026-04-13T12:00Z, from 09:00 until 10:00 local time: "
                "it is 2026-03-04T12:00Z, Wednesday 13:00 local time"
            ),
            "from 2026-04-14 09:00 local time",
        ),
    ],
)
def test_a_rule_out_of_schedule_says_when(schedule: Schedule, failed: str, would_apply_if: str | None) -> None:
    said = judged(build_rule("r", schedule=schedule))

    assert (said.outcome, said.failed, said.would_apply_if) == (RuleOutcome.OUT_OF_SCHEDULE, failed, would_apply_if)


def test_a_user_outside_the_coverage_is_shown_the_number_that_decided() -> None:
    number = bucket("r", USER.user_id)
    said = judged(build_rule("r", salt="r", coverage=number - 0.0001))

    assert (said.outcome, said.bucket) == (RuleOutcome.OUTSIDE_COVERAGE, number)
    assert said.failed == f"the rule is for a share of the users ({(number - 0.0001) * 100:g} %): not for this one"
    assert said.would_apply_if is None
    assert judged(build_rule("r", salt="r", coverage=number)).applied


def test_nothing_makes_a_rule_apply_that_is_for_other_users_and_that_is_told_besides() -> None:
    said = judged(build_rule("r", coverage=0.0, condition=MOBILE))

    assert said.outcome is RuleOutcome.CONDITION_FAILED
    assert said.failed == (
        "on mobile: the device is desktop; besides, the rule is for a share of the users (0 %): not for this one"
    )
    assert said.would_apply_if is None


def test_a_change_after_which_another_rule_still_wins_is_said_with_that() -> None:
    stronger = build_rule("stronger", LIGHT, priority=5)
    said = judged(build_rule("r", DARK, condition=MOBILE), stronger)

    assert said.would_apply_if == ("device mobile; but then, theme.mode: “STRONGER” has the higher priority (5 over 0)")


def test_of_several_changes_those_count_with_which_the_rule_decides_something() -> None:
    only_mobile = build_rule("stronger", LIGHT, priority=5, condition=MOBILE)
    said = judged(build_rule("r", DARK, condition=AnyOf((MOBILE, ADVANCED))), only_mobile)

    assert said.would_apply_if == "skill advanced"


def test_where_being_seen_is_enough_nothing_more_is_asked() -> None:
    more = ActivityWithin(ActivityMeasure.SESSIONS, Range(gte=6))
    said = judged(build_rule("r", condition=AnyOf((LastSeenWithin(Range(lte=0)), more))))

    assert said.would_apply_if == "seen once more"


def test_a_user_of_another_rule_of_the_exclusion_group_is_excluded_and_one_of_none_is_outside() -> None:
    number = round(bucket(group_salt("welcome"), USER.user_id) * BUCKETS)
    mine, rest = BucketSpan(number, number + 1), BucketSpan(number + 1, BUCKETS)
    rule = build_rule("r", exclusion_group="welcome", coverage=0.1, held=(rest,))
    holder = build_rule("holder", AddShortcut("x"), exclusion_group="welcome", coverage=0.1, held=(mine,))

    excluded = judged(rule, holder)
    assert (excluded.outcome, excluded.bucket) == (RuleOutcome.EXCLUDED, number / BUCKETS)
    assert excluded.failed == "of the exclusion group welcome, this user belongs to “HOLDER”"
    outside = judged(rule)
    assert outside.outcome is RuleOutcome.OUTSIDE_COVERAGE
    assert outside.failed == "the rule is for a share of the exclusion group welcome: not for this user"
    assert judged(holder, rule).applied


def test_a_user_is_not_told_how_large_a_share_is_nor_what_a_group_is_called() -> None:
    number = round(bucket(group_salt("welcome"), USER.user_id) * BUCKETS)
    mine, rest = BucketSpan(number, number + 1), BucketSpan(number + 1, BUCKETS)
    rule = build_rule("r", exclusion_group="welcome", coverage=0.1, held=(rest,))
    holder = build_rule("holder", exclusion_group="welcome", coverage=0.1, held=(mine,))

    told = [judged(build_rule("r", coverage=0.0), discreet=True), judged(rule, holder, discreet=True)]
    assert [said.failed for said in told] == [
        "the rule is for a share of the users: not for this one",
        "of its exclusion group, this user belongs to “HOLDER”",
    ]
    assert judged(rule, discreet=True).failed == "the rule is for a share of its exclusion group: not for this user"


@pytest.mark.parametrize(
    ("condition", "would_apply_if"),
    [
        (AnyOf((LastSeenWithin(Range(lte=2)), MOBILE)), "seen once more, or device mobile"),
        (AnyOf((MOBILE, LastSeenWithin(Range(gte=5)))), "in 2 days (from 2026-03-06T12:00Z), or device mobile"),
        (
            AllOf((ADVANCED, AnyOf((MOBILE, AtPlace(LOGIN))))),
            "skill advanced and device mobile, or skill advanced and place login",
        ),
        (
            AllOf((MOBILE, AtLocalTime(WeeklyWindow(time(9), time(10))))),
            "device mobile and from Thursday 09:00 local time",
        ),
        (AllOf((LastSeenWithin(Range(gte=5)), LastSeenWithin(Range(lte=2)))), None),
    ],
)
def test_fewer_changes_are_smaller_and_contradictions_are_dropped(
    condition: Condition, would_apply_if: str | None
) -> None:
    assert judged(build_rule("r", condition=condition)).would_apply_if == would_apply_if


def test_a_user_never_seen_would_have_to_be_seen() -> None:
    nobody = build_profile(revision=0)
    said = judged(build_rule("r", condition=LastSeenWithin(Range(lte=2))), profile=nobody)

    assert (said.failed, said.would_apply_if) == ("last seen 2 or fewer days ago: never seen", "seen once")


def test_the_nearest_of_several_values_is_said() -> None:
    advanced = build_profile(skill=SkillLevel.ADVANCED)
    lower = HasSkill(frozenset({SkillLevel.BEGINNER, SkillLevel.INTERMEDIATE}))

    assert judged(build_rule("r", condition=lower), profile=advanced).would_apply_if == "skill intermediate"


def test_a_wait_is_rounded_up_to_a_full_minute_only_if_the_rule_applies_then() -> None:
    seen = build_profile(history=History(last_seen_us=us_ago(days=2, seconds=-30)))
    away = LastSeenWithin(Range(gte=2))
    brief = Schedule(ends_at=NOW + timedelta(seconds=50))

    assert judged(build_rule("r", condition=away), profile=seen).would_apply_if == (
        "in 1 minute (from 2026-03-04T12:01Z)"
    )
    assert judged(build_rule("r", condition=away, schedule=brief), profile=seen).would_apply_if == (
        "in 1 minute (from 2026-03-04T12:00:30Z)"
    )


@pytest.mark.parametrize(
    "condition",
    [
        ActivityWithin(ActivityMeasure.VALUE, Range(gte=1e308)),
        ActivityWithin(ActivityMeasure.SESSIONS, Range(gte=1e308)),
        ActivityWithin(ActivityMeasure.SESSIONS_7D, Range(gte=1e308)),
        LastSeenWithin(Range(gte=1e308)),
        LastSeenWithin(Range(gte=2_912_041)),
        TraitsMatch({"age": {"$gt": 1e308}}),
    ],
)
def test_what_is_out_of_all_reach_is_explained_all_the_same(condition: Condition) -> None:
    rule = build_rule("r", condition=condition, schedule=Schedule(starts_at=datetime(9999, 12, 31, 23, 59, 30, 1, UTC)))

    assert judged(rule).outcome is RuleOutcome.OUT_OF_SCHEDULE
    assert judged(build_rule("r", condition=condition)).outcome is RuleOutcome.CONDITION_FAILED


def test_a_rule_may_begin_in_the_last_minute_of_the_calendar() -> None:
    last = Schedule(starts_at=datetime(9999, 12, 31, 23, 59, 30, 1, UTC))

    assert judged(build_rule("r", schedule=last)).would_apply_if == "from 9999-12-31T23:59:30.000001Z"


def test_a_long_condition_is_cut_short() -> None:
    many = TraitsMatch({"id": {"$in": [f"user-{number}" for number in range(1_000)]}})
    said = judged(build_rule("r", condition=many))

    assert said.failed is not None
    assert len(said.failed) < 350
    assert said.would_apply_if == "trait id “user-0”"


def test_of_every_kind_of_condition_it_is_decided_whether_users_may_read_it() -> None:
    assert ABOUT_THE_USER.isdisjoint(CONCEALED)
    assert {*ABOUT_THE_USER, *CONCEALED} == {*get_args(Condition), Schedule} - {AllOf, AnyOf, Not}


def test_a_user_may_know_the_segments_they_are_in() -> None:
    rule = build_rule("r", condition=InSegment((SegmentKey("whales"), SegmentKey("power_user")), 0.7))

    assert judged(rule, discreet=True).failed == "a segment does not match: power_user"
    assert judged(rule, discreet=True).would_apply_if == "more surely in power_user, or in another segment"


async def test_what_decides_something_comes_first_then_what_is_nearest() -> None:
    rules = (
        build_rule("never", condition=Always(value=False), priority=10),
        build_rule("two-away", condition=AllOf((MOBILE, ADVANCED)), priority=9),
        build_rule("one-away", condition=MOBILE, priority=8),
        build_rule("for-others", coverage=0.0, priority=7),
        build_rule("elsewhere-and-one", places=LOGIN, condition=MOBILE, priority=6),
        build_rule("outranked", LIGHT, priority=1),
        build_rule("applies", DARK, priority=2),
    )
    draft = build_rule("draft", status=RuleStatus.DRAFT)
    said = await ExplainRules().nearest(inquiry(*rules), [compile_rule(draft)], 100)

    assert [one.rule.id for one in said] == [
        "applies",
        "outranked",
        "one-away",
        "two-away",
        "elsewhere-and-one",
        "never",
        "for-others",
        "draft",
    ]
    assert [one.rule.id for one in await ExplainRules().nearest(inquiry(*rules), [compile_rule(draft)], 2)] == [
        "applies",
        "outranked",
    ]


async def test_only_rules_that_want_the_slot_asked_about_are_explained() -> None:
    asked = inquiry(build_rule("dark", DARK), build_rule("x", AddShortcut("x")), slot="shortcut:x")

    assert [one.rule.id for one in await ExplainRules().nearest(asked, [], 100)] == ["x"]


async def test_others_have_their_turn_between_any_two_rules_however_much_is_asked_at_once() -> None:
    asked = inquiry(*(build_rule(f"r{number}", condition=MOBILE) for number in range(WEIGHED_AT_ONCE + 10)))
    explain = ExplainRules()
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(count_turns())
    said = await asyncio.gather(*(explain.nearest(asked, [], 100) for _ in range(5)))
    other.cancel()

    assert [len(verdicts) for verdicts in said] == [WEIGHED_AT_ONCE + 10] * 5
    assert turns >= 5 * (WEIGHED_AT_ONCE + 10 + 2)


def test_of_very_many_rules_those_for_the_place_are_weighed_first() -> None:
    elsewhere = [build_rule(f"elsewhere-{number}", places=LOGIN, priority=9) for number in range(MAX_WEIGHED)]
    here = [build_rule(f"here-{number}", condition=MOBILE) for number in range(5)]
    applying = build_rule("applying", priority=-1)
    weighed = worth_weighing(inquiry(*elsewhere, *here, applying))

    assert len(weighed) == MAX_WEIGHED
    assert [rule.id for rule in weighed[:7]] == ["applying", *(rule.id for rule in here), "elsewhere-0"]


def test_a_search_that_is_too_large_ends_without_an_answer() -> None:
    many = AllOf(tuple(TraitsMatch({f"trait-{number}": number}) for number in range(150)))

    assert judged(build_rule("r", condition=many)).would_apply_if is None


def test_of_many_alternatives_with_many_parts_one_is_followed_to_its_end() -> None:
    several = tuple(
        AllOf(tuple(TraitsMatch({f"t{way}{number}": number}) for number in range(1, 6))) for way in range(30)
    )
    said = judged(build_rule("r", condition=AnyOf(several)))

    assert said.would_apply_if is not None
    assert said.would_apply_if.startswith("trait t01 1 and trait t02 2 and trait t03 3 and trait t04 4 and trait t05 5")


def test_what_nothing_changes_leads_the_search_astray_no_more_than_what_has_happened() -> None:
    hopeless = (Always(value=False), ActivityWithin(ActivityMeasure.SESSIONS, Range(lt=1)))
    several = AllOf((MOBILE, ADVANCED, AtPlace(LOGIN)))
    said = judged(build_rule("r", condition=AnyOf((*hopeless, several))))

    assert said.would_apply_if == "device mobile and skill advanced and place login"
