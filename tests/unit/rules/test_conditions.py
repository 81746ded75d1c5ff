"""What does each condition mean, and when does its answer change by time alone?"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from domain.model.conditions import (
    ActivityMeasure,
    ActivityWithin,
    AllOf,
    Always,
    AnyOf,
    AtLocalTime,
    AtPlace,
    AttributesMatch,
    ChurnRiskWithin,
    Did,
    FeatureUsed,
    HasSkill,
    InSegment,
    LastSeenWithin,
    LifetimeValueWithin,
    Not,
    OnDevice,
    TraitsMatch,
)
from domain.model.insights import Insights
from domain.model.interactions import Device, InteractionKind
from domain.model.profiles import FeatureHistory, History, SessionSpan
from domain.model.ranges import Range
from domain.model.schedules import WeeklyWindow
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.model.users import PersonalizationChoice
from domain.rules.conditions import Situation, compile_condition
from tests.builders.insights import build_churn, build_insights, build_value
from tests.builders.profiles import NOW, build_context, build_membership, build_profile, seconds_ago, us_ago

if TYPE_CHECKING:
    from domain.model.conditions import Condition
    from domain.model.contexts import Context

CLICK = InteractionKind.CLICK


def situation(context: Context | None = None, now: datetime = NOW, **profile: Any) -> Situation:
    return Situation(build_profile(**profile), context or build_context(), now)


def holds(condition: Condition, where: Situation) -> bool:
    return compile_condition(condition).holds(where)


def changes(condition: Condition, where: Situation) -> datetime | None:
    return compile_condition(condition).changes_at(where)


def in_segment(*names: str, confidence: float = 0.5) -> InSegment:
    return InSegment(tuple(map(SegmentKey, names)), confidence)


def spans(*days_ago: float) -> tuple[SessionSpan, ...]:
    return tuple(SessionSpan(us_ago(days=days), us_ago(days=days) + 1) for days in days_ago)


def test_a_membership_counts_from_the_confidence_asked_for() -> None:
    member = situation(memberships=(build_membership("vip", 0.6),))

    assert holds(in_segment("vip", confidence=0.6), member)
    assert not holds(in_segment("vip", confidence=0.61), member)
    assert holds(in_segment("other", "vip"), member)
    assert not holds(in_segment("other"), member)


def test_device_place_and_skill_are_compared_with_what_is_listed() -> None:
    mobile = situation(build_context("login", device=Device.MOBILE), skill=SkillLevel.ADVANCED)

    assert holds(OnDevice(frozenset({Device.MOBILE})), mobile)
    assert holds(AtPlace(frozenset({"login"})), mobile)
    assert holds(HasSkill(frozenset({SkillLevel.ADVANCED})), mobile)
    assert not holds(OnDevice(frozenset({Device.DESKTOP})), mobile)


def test_an_unknown_device_matches_no_device_condition_and_so_not_of_it_holds() -> None:
    anywhere = OnDevice(frozenset(Device))

    assert not holds(anywhere, situation())
    assert holds(Not(anywhere), situation())


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (ActivityMeasure.SESSIONS, 6),
        (ActivityMeasure.SESSIONS_7D, 1),
        (ActivityMeasure.SESSIONS_30D, 2),
        (ActivityMeasure.INTERACTIONS, 40),
        (ActivityMeasure.CONVERSIONS, 3),
        (ActivityMeasure.ACTIVE_DAYS, 7),
        (ActivityMeasure.VALUE, 12.5),
        (ActivityMeasure.DAYS_SINCE_FIRST_SEEN, 90),
    ],
)
def test_each_measure_reads_its_number(measure: ActivityMeasure, value: float) -> None:
    history = History(
        interactions=40,
        conversions=3,
        value_micros=12_500_000,
        first_seen_us=us_ago(days=90, hours=23),
        older_sessions=3,
        sessions=spans(40, 20, 1),
        older_days=5,
        days=(20_000, 20_001),
    )

    assert holds(ActivityWithin(measure, Range(eq=value)), situation(history=history))


def test_a_session_leaves_the_window_exactly_seven_days_after_it_started() -> None:
    condition = ActivityWithin(ActivityMeasure.SESSIONS_7D, Range(gte=2))
    history = History(sessions=spans(6, 1))
    leaves = NOW + timedelta(days=1)

    assert holds(condition, situation(history=history))
    assert changes(condition, situation(history=history)) == leaves
    assert not holds(condition, situation(history=history, now=leaves))
    assert changes(condition, situation(history=history, now=leaves)) is None


def test_only_the_session_that_turns_the_answer_is_announced() -> None:
    condition = ActivityWithin(ActivityMeasure.SESSIONS_7D, Range(gte=1))

    assert changes(condition, situation(history=History(sessions=spans(6, 5, 1)))) == NOW + timedelta(days=6)


def test_days_are_whole_and_the_answer_turns_when_a_day_is_full() -> None:
    condition = LastSeenWithin(Range(gte=7))
    history = History(last_seen_us=us_ago(days=6, hours=23))

    assert not holds(condition, situation(history=history))
    assert changes(condition, situation(history=history)) == NOW + timedelta(hours=1)
    assert holds(condition, situation(history=history, now=NOW + timedelta(hours=1)))


def test_an_answer_that_can_turn_no_more_announces_no_change() -> None:
    assert changes(LastSeenWithin(Range(gte=7)), situation(history=History(last_seen_us=us_ago(days=8)))) is None
    assert changes(LastSeenWithin(Range(gte=1e300)), situation(history=History(last_seen_us=us_ago(days=8)))) is None


def test_a_last_use_in_the_future_counts_as_today() -> None:
    ahead = History(last_seen_us=us_ago(minutes=-5))

    assert holds(LastSeenWithin(Range(eq=0)), situation(history=ahead))


def test_a_user_never_seen_was_last_seen_on_no_day() -> None:
    assert not holds(LastSeenWithin(Range(gte=0)), situation())
    assert holds(Not(LastSeenWithin(Range(gte=0))), situation())
    assert changes(LastSeenWithin(Range(gte=0)), situation()) is None


def test_a_feature_never_used_has_no_uses_and_no_last_day() -> None:
    assert holds(FeatureUsed("export", Range(eq=0)), situation())
    assert not holds(FeatureUsed("export", Range(eq=0), Range(gte=0)), situation())


def test_a_feature_is_asked_for_its_uses_and_its_last_day_together() -> None:
    history = History(features={"export": FeatureHistory(5, us_ago(days=9), us_ago(days=2, hours=1))})

    assert holds(FeatureUsed("export", Range(gte=5), Range(lte=2)), situation(history=history))
    assert not holds(FeatureUsed("export", Range(gte=5), Range(lte=1)), situation(history=history))
    assert changes(FeatureUsed("export", Range(gte=5), Range(lte=2)), situation(history=history)) == NOW + timedelta(
        hours=23
    )
    assert changes(FeatureUsed("export", Range(gte=6), Range(lte=2)), situation(history=history)) is None


def test_did_counts_one_target_or_all_of_its_kind() -> None:
    recent = {CLICK: {"a": (seconds_ago(days=9), seconds_ago(days=2)), "": (seconds_ago(days=1),)}}
    user = situation(history=History(recent=recent))

    assert holds(Did(CLICK, Range(eq=1), 7, "a"), user)
    assert holds(Did(CLICK, Range(eq=2), 7), user)
    assert holds(Did(CLICK, Range(eq=2), 30, "a"), user)
    assert holds(Did(CLICK, Range(eq=0), 30, "b"), user)
    assert holds(Did(InteractionKind.SEARCH, Range(eq=0), 30), user)


def test_an_interaction_leaves_its_window_to_the_second() -> None:
    condition = Did(CLICK, Range(gte=1), 7, "a")
    user = History(recent={CLICK: {"a": (seconds_ago(days=7, seconds=-1),)}})

    assert holds(condition, situation(history=user))
    assert changes(condition, situation(history=user)) == NOW + timedelta(seconds=1)
    assert not holds(condition, situation(history=user, now=NOW + timedelta(seconds=1)))


NO_INSIGHTS = (None, Insights(NOW), build_insights(churn=None, lifetime_value=None))


@pytest.mark.parametrize("insights", NO_INSIGHTS)
def test_predictions_that_do_not_exist_match_nothing(insights: Insights | None) -> None:
    user = situation(insights=insights)

    assert not holds(ChurnRiskWithin(Range(gte=0)), user)
    assert not holds(LifetimeValueWithin(Range(gte=0)), user)
    assert holds(Not(ChurnRiskWithin(Range(gte=0))), user)


def test_predictions_are_compared_with_ranges() -> None:
    user = situation(insights=build_insights(churn=build_churn(0.7), lifetime_value=build_value(120)))

    assert holds(ChurnRiskWithin(Range(gte=0.7)), user)
    assert not holds(ChurnRiskWithin(Range(gt=0.7)), user)
    assert holds(LifetimeValueWithin(Range(gte=100, lt=121)), user)
    assert not holds(LifetimeValueWithin(Range(lt=120)), user)
    assert changes(ChurnRiskWithin(Range(gte=0.7)), user) is None


@pytest.mark.parametrize("choice", [PersonalizationChoice(use_of_models=False), PersonalizationChoice(enabled=False)])
def test_predictions_about_who_allows_none_match_nothing(choice: PersonalizationChoice) -> None:
    user = situation(insights=build_insights(), choice=choice)

    assert not holds(ChurnRiskWithin(Range(gte=0)), user)
    assert not holds(LifetimeValueWithin(Range(gte=0)), user)


def test_traits_and_attributes_are_queried() -> None:
    user = situation(build_context(attributes={"beta": True}), traits={"plan": "pro"})

    assert holds(TraitsMatch({"plan": {"$in": ["pro"]}}), user)
    assert holds(AttributesMatch({"beta": True}), user)
    assert not holds(AttributesMatch({"plan": "pro"}), user)


def test_local_time_is_the_time_of_the_context() -> None:
    noon_in_utc = AtLocalTime(WeeklyWindow(time(12), time(13)))

    assert holds(noon_in_utc, situation())
    assert not holds(noon_in_utc, situation(build_context(time_zone="Asia/Kathmandu")))
    assert changes(noon_in_utc, situation()) == NOW + timedelta(hours=1)


def test_nothing_to_hold_holds_and_nothing_to_choose_from_does_not() -> None:
    assert holds(AllOf(()), situation())
    assert not holds(AnyOf(()), situation())
    assert holds(Not(Always(value=False)), situation())


def test_a_conjunction_that_fails_for_good_announces_no_change() -> None:
    soon = LastSeenWithin(Range(gte=1))
    never = TraitsMatch({"plan": "pro"})
    user = situation(history=History(last_seen_us=us_ago(hours=1)))

    assert changes(soon, user) == NOW + timedelta(hours=23)
    assert changes(AllOf((soon, never)), user) is None
    assert changes(AnyOf((soon, never)), user) == NOW + timedelta(hours=23)


def test_a_conjunction_waits_for_the_last_of_its_failing_parts() -> None:
    user = situation(history=History(first_seen_us=us_ago(days=3), last_seen_us=us_ago(hours=1)))
    old = ActivityWithin(ActivityMeasure.DAYS_SINCE_FIRST_SEEN, Range(gte=30))
    away = LastSeenWithin(Range(gte=1))

    assert changes(AllOf((old, away)), user) == NOW + timedelta(days=27)
    assert changes(AnyOf((old, away)), user) == NOW + timedelta(hours=23)
