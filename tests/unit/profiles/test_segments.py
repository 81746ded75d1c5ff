"""Which users are in which segments: clear cases, thresholds, and memberships over time."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.model.conditions import Always
from domain.model.interactions import Device, Interaction
from domain.model.profiles import FeatureHistory, History, SessionSpan
from domain.model.segments import MembershipSource, Segment, SegmentKey, SegmentKind, SegmentMembership
from domain.rules.instants import DAY_US, microseconds
from domain.rules.profiles import fold_from_scratch
from domain.rules.segments import (
    BUILT_IN_SEGMENTS,
    MembershipChange,
    Ramp,
    assess_segments,
    built_in_confidences,
    next_assessment_at,
    segment_changes,
)
from tests.builders.interactions import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    conversion,
    daily,
    feature_use,
    interaction,
    page_views,
    workdays,
)

BETA = Segment(SegmentKey("beta"), "Beta", "Takes part in the beta.", SegmentKind.CONDITION, Always())


def segments_of(interactions: list[Interaction], now: datetime) -> set[str]:
    """The segments in which the user counts."""
    memberships = assess_segments(fold_from_scratch(interactions), now, (), bool, ())
    return {membership.segment for membership in memberships if membership.counts}


def confidence(key: str, history: History, now: datetime = MONDAY) -> float:
    return built_in_confidences(history, now)[SegmentKey(key)]


def member(key: str, certainty: float, since: datetime = MONDAY) -> SegmentMembership:
    return SegmentMembership(SegmentKey(key), certainty, since)


def test_the_built_in_segments_are_those_of_the_contract() -> None:
    assert [segment.key for segment in BUILT_IN_SEGMENTS] == [
        "new_user",
        "casual_user",
        "feature_explorer",
        "power_user",
        "goal_oriented",
        "mobile_first",
        "desktop_focused",
    ]
    assert all(s.kind is SegmentKind.BUILT_IN and s.condition is None and s.description for s in BUILT_IN_SEGMENTS)


def test_a_user_on_the_first_day_is_new_and_nothing_else() -> None:
    first_day = [feature_use("export", MONDAY + n * MINUTE, device=Device.DESKTOP) for n in range(3)]
    assert segments_of(first_day, MONDAY + HOUR) == {"new_user"}


def test_a_user_who_comes_weekly_is_casual() -> None:
    weekly = page_views([MONDAY + week * 7 * DAY for week in range(8)])
    assert segments_of(weekly, MONDAY + 50 * DAY) == {"casual_user"}


def test_a_user_who_works_with_ten_features_every_workday_is_a_power_user() -> None:
    work = [feature_use(f"f{n}", day + n * MINUTE) for day in workdays(6) for n in range(10)]
    assert segments_of(work, MONDAY + 40 * DAY) == {"power_user"}


def test_a_user_who_tries_many_features_a_few_times_explores() -> None:
    tries = [feature_use(f"f{n}", MONDAY + n * DAY + again * MINUTE) for n in range(14) for again in range(1 + n % 2)]
    assert "feature_explorer" in segments_of(tries, MONDAY + 14 * DAY)


def test_a_user_of_many_well_known_features_does_not_explore() -> None:
    work = [feature_use(f"f{n}", day + n * MINUTE) for day in workdays(6) for n in range(10)]
    memberships = assess_segments(fold_from_scratch(work), MONDAY + 40 * DAY, (), bool, ())
    assert "feature_explorer" not in {membership.segment for membership in memberships}


def test_a_user_who_converts_in_most_sessions_is_goal_oriented() -> None:
    shopping = [conversion(day + MINUTE) for day in daily(8)] + page_views(daily(10))
    assert "goal_oriented" in segments_of(shopping, MONDAY + 10 * DAY)


def test_many_conversions_in_one_session_are_not_goal_orientation() -> None:
    spree = [conversion(MONDAY + n * MINUTE) for n in range(20)] + page_views(daily(10))
    assert "goal_oriented" not in segments_of(spree, MONDAY + 10 * DAY)


def test_conversions_of_long_ago_do_not_make_goal_orientation_today() -> None:
    once = [conversion(day) for day in daily(20)]
    since = page_views(daily(20, MONDAY + 20 * DAY))
    assert "goal_oriented" not in segments_of([*once, *since], MONDAY + 40 * DAY)


def test_three_sessions_that_begin_with_a_conversion_are_just_enough() -> None:
    history = fold_from_scratch([conversion(day) for day in daily(3)])
    assert confidence("goal_oriented", history) == 0.5


def test_conversions_before_the_latest_twenty_sessions_do_not_count_at_all() -> None:
    history = fold_from_scratch([*(conversion(day) for day in daily(5)), *page_views(daily(20, MONDAY + 5 * DAY))])
    assert confidence("goal_oriented", history) == Ramp(3, width=0.75).above(0)


def test_a_feature_used_three_times_is_still_being_tried_and_one_used_four_times_is_not() -> None:
    tried = [feature_use(f"f{n}", MONDAY + again * MINUTE) for n in range(12) for again in range(3)]
    known = [feature_use(f"f{n}", MONDAY + HOUR) for n in range(12)]
    assert confidence("feature_explorer", fold_from_scratch(tried)) > 0.9
    assert confidence("feature_explorer", fold_from_scratch([*tried, *known])) < 0.05


def test_exploring_ends_thirty_days_after_the_first_uses() -> None:
    history = fold_from_scratch([feature_use(f"f{n}") for n in range(12)])
    assert confidence("feature_explorer", history, MONDAY + 30 * DAY - MINUTE) > 0.9
    assert confidence("feature_explorer", history, MONDAY + 30 * DAY) < 0.05


@pytest.mark.parametrize(("device", "segment"), [(Device.MOBILE, "mobile_first"), (Device.DESKTOP, "desktop_focused")])
def test_a_user_with_72_percent_of_interactions_from_a_device_prefers_it(device: Device, segment: str) -> None:
    devices = [device] * 18 + [Device.TABLET] * 7
    assert segment in segments_of([interaction(device=d) for d in devices], MONDAY)


def test_a_user_of_two_devices_alike_prefers_none() -> None:
    mixed = [interaction(device=device) for device in (Device.MOBILE, Device.DESKTOP) * 50]
    assert segments_of(mixed, MONDAY) == {"new_user"}


def test_a_ramp_is_logistic() -> None:
    assert Ramp(14, width=2.5).above(14) == 0.5
    assert Ramp(14, width=2.5).below(0) == pytest.approx(1 / (1 + math.exp(-5.6)))
    assert Ramp(14, width=2.5).below(0) == pytest.approx(0.9963157601)
    assert Ramp(0, width=1).above(1e9) == 1.0


def test_new_ends_with_the_fourteenth_day() -> None:
    history = fold_from_scratch([interaction()])
    assert confidence("new_user", history, MONDAY + 14 * DAY) == 0.5
    assert confidence("new_user", history, MONDAY + 14 * DAY - HOUR) > 0.5
    assert confidence("casual_user", history, MONDAY + 14 * DAY) == 0.5


def test_new_ends_with_the_eighth_active_day() -> None:
    assert confidence("new_user", fold_from_scratch(page_views(daily(8)))) == 0.5
    assert confidence("new_user", fold_from_scratch(page_views(daily(7)))) > 0.5


def busy(sessions: int, days: int, adopted: int, now: datetime = MONDAY) -> History:
    """A history of the last 30 days with so many sessions, active days and adopted features."""
    now_us = microseconds(now)
    today = now_us // DAY_US
    starts = sorted(now_us - n * DAY_US for n in range(sessions))
    return History(
        interactions=sessions,
        first_seen_us=now_us - 89 * DAY_US,
        last_seen_us=now_us,
        sessions=tuple(SessionSpan(start, start) for start in starts),
        days=tuple(range(today - days + 1, today + 1)),
        features={f"f{n}": FeatureHistory(3, now_us - 2 * DAY_US, now_us) for n in range(adopted)},
    )


@pytest.mark.parametrize(
    ("sessions", "days", "adopted", "counts"),
    [(12, 8, 6, True), (11, 8, 6, False), (12, 7, 6, False), (12, 8, 5, False)],
)
def test_a_power_user_reaches_all_three_thresholds(sessions: int, days: int, adopted: int, *, counts: bool) -> None:
    assert (confidence("power_user", busy(sessions, days, adopted)) >= 0.5) is counts


def test_today_and_the_29_days_before_are_the_last_thirty_days() -> None:
    today = microseconds(MONDAY) // DAY_US
    history = replace(busy(30, 8, 20), days=(today - 29, *range(today - 6, today + 1)))
    assert confidence("power_user", history) == 0.5
    assert confidence("power_user", replace(history, days=(today - 30, *history.days[1:]))) < 0.5


def test_only_days_of_the_last_thirty_make_a_power_user() -> None:
    history = busy(30, 30, 20)
    assert confidence("power_user", history) > 0.99
    assert confidence("power_user", history, MONDAY + 60 * DAY) < 0.01


def test_nothing_known_is_no_membership_not_even_as_new() -> None:
    assert built_in_confidences(History(), MONDAY) == {}
    assert assess_segments(History(), MONDAY, (), bool, ()) == ()


def test_a_condition_segment_holds_for_sure_or_not_at_all() -> None:
    (held,) = assess_segments(History(), MONDAY, (BETA,), lambda _: True, ())
    assert held == SegmentMembership(SegmentKey("beta"), 1.0, MONDAY, MembershipSource.CONDITION)
    assert assess_segments(History(), MONDAY, (BETA,), lambda _: False, ()) == ()


def test_memberships_come_surest_first_and_weak_ones_are_not_kept() -> None:
    history = fold_from_scratch([interaction(device=Device.MOBILE) for _ in range(7)])
    memberships = assess_segments(history, MONDAY, (BETA,), lambda _: True, ())
    assert [membership.segment for membership in memberships] == ["beta", "new_user", "mobile_first"]
    assert all(membership.confidence >= 0.05 for membership in memberships)


def test_since_stays_while_the_user_keeps_counting() -> None:
    history = fold_from_scratch([interaction()])
    now = MONDAY + DAY
    (membership,) = assess_segments(history, now, (), bool, (member("new_user", 0.7),))
    assert membership.since == MONDAY


def test_since_is_now_when_a_user_begins_or_ceases_to_count() -> None:
    history = fold_from_scratch([interaction()])
    begins = assess_segments(history, MONDAY + DAY, (), bool, (member("new_user", 0.3),))
    ceases = assess_segments(history, MONDAY + 16 * DAY, (), bool, (member("new_user", 0.7),))
    assert {m.since for m in begins if m.segment == "new_user"} == {MONDAY + DAY}
    assert {m.since for m in ceases if m.segment == "new_user"} == {MONDAY + 16 * DAY}
    assert not any(m.counts for m in ceases if m.segment == "new_user")


def test_changes_are_who_began_and_who_ceased_to_count() -> None:
    before = (member("casual_user", 0.9), member("new_user", 0.6), member("power_user", 0.2))
    after = (member("casual_user", 0.7), member("new_user", 0.3), member("power_user", 0.5))
    assert segment_changes(before, after) == (
        MembershipChange(SegmentKey("new_user"), joined=False, confidence=0.3),
        MembershipChange(SegmentKey("power_user"), joined=True, confidence=0.5),
    )
    assert segment_changes(before, before) == ()
    assert segment_changes(before, ()) == (
        MembershipChange(SegmentKey("casual_user"), joined=False, confidence=0.0),
        MembershipChange(SegmentKey("new_user"), joined=False, confidence=0.0),
    )


def test_memberships_are_looked_at_again_a_day_later() -> None:
    assert next_assessment_at(fold_from_scratch([interaction()]), MONDAY + HOUR) == MONDAY + HOUR + DAY


def test_memberships_of_who_has_been_away_for_over_120_days_are_final() -> None:
    history = fold_from_scratch([interaction()])
    assert next_assessment_at(history, MONDAY + 120 * DAY) is not None
    assert next_assessment_at(history, MONDAY + 120 * DAY + timedelta(microseconds=1)) is None


def test_nothing_known_is_never_looked_at_again() -> None:
    assert next_assessment_at(History(), MONDAY) is None
