"""What is derived from a history: golden numbers worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.model.interactions import Device, InteractionKind
from domain.model.profiles import History, TagHistory
from domain.model.usage import Activity, DeviceShare, SectionShare, Trend
from domain.rules.profiles import fold_from_scratch
from domain.rules.usage import (
    activity,
    affinity,
    content_preferences,
    device_shares,
    feature_usage,
    section_shares,
    usage_pattern,
    weekly_sessions,
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
)

MICROSECOND = timedelta(microseconds=1)


NOW = MONDAY + 200 * DAY


def weeks_of(*counts: int, first_seen: timedelta) -> History:
    """Of a user who had so many sessions in each of the latest weeks before `NOW`, oldest first."""
    starts = [NOW - (len(counts) - week) * 7 * DAY for week in range(len(counts))]
    instants = [start + (n + 1) * HOUR for start, count in zip(starts, counts, strict=True) for n in range(count)]
    return fold_from_scratch(page_views([NOW - first_seen, *instants]))


def test_nothing_known_is_no_activity() -> None:
    assert activity(History(), MONDAY) == Activity(0, 0, 0, 0, 0, 0, 0.0)


def test_activity_counts_everything_ever_and_sessions_lately() -> None:
    history = fold_from_scratch([*page_views(daily(100)), conversion(MONDAY + 99 * DAY, value=12.5)])
    assert activity(history, MONDAY + 99 * DAY + HOUR) == Activity(
        sessions=100,
        interactions=101,
        conversions=1,
        active_days=100,
        sessions_last_7_days=7,
        sessions_last_30_days=30,
        value=12.5,
    )


def test_a_session_that_started_exactly_seven_days_ago_is_not_of_the_last_seven_days() -> None:
    history = fold_from_scratch([interaction()])
    assert activity(history, MONDAY + 7 * DAY - MICROSECOND).sessions_last_7_days == 1
    assert activity(history, MONDAY + 7 * DAY).sessions_last_7_days == 0


def test_features_come_most_used_first_and_equals_by_name() -> None:
    history = fold_from_scratch([feature_use(name) for name in ("b", "c", "a", "c")])
    assert [(usage.feature, usage.uses) for usage in feature_usage(history)] == [("c", 2), ("a", 1), ("b", 1)]


@pytest.mark.parametrize(
    ("instants", "adopted"),
    [
        ([MONDAY, MONDAY + HOUR, MONDAY + DAY], True),
        ([MONDAY, MONDAY + HOUR, MONDAY + DAY - MICROSECOND], False),
        ([MONDAY, MONDAY + DAY], False),
    ],
)
def test_adopted_is_three_uses_over_at_least_a_day(instants: list[datetime], *, adopted: bool) -> None:
    (usage,) = feature_usage(fold_from_scratch([feature_use("export", instant) for instant in instants]))
    assert usage.adopted is adopted
    assert (usage.first_used_at, usage.last_used_at) == (instants[0], instants[-1])


def test_shares_of_devices_ignore_interactions_without_one() -> None:
    devices = [Device.MOBILE, Device.MOBILE, Device.DESKTOP, Device.MOBILE, None]
    shares = device_shares(fold_from_scratch([interaction(device=device) for device in devices]))
    assert shares == (DeviceShare(Device.MOBILE, 0.75), DeviceShare(Device.DESKTOP, 0.25))


def test_sections_come_most_visited_first() -> None:
    sections = ["reports", "home", "home", None, "admin"]
    shares = section_shares(fold_from_scratch([interaction(section=section) for section in sections]))
    assert shares == (SectionShare("home", 2, 0.5), SectionShare("admin", 1, 0.25), SectionShare("reports", 1, 0.25))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (TagHistory(0, 0), 0.5),
        (TagHistory(10, 0), 0.75),
        (TagHistory(90, 0), 0.95),
        (TagHistory(0, 5), 0.2),
        (TagHistory(10, 10), 0.3),
    ],
)
def test_affinity_is_the_shrunk_share_of_views_against_dismissals(tag: TagHistory, expected: float) -> None:
    assert affinity(tag) == pytest.approx(expected)


def test_preferences_come_most_liked_first() -> None:
    history = fold_from_scratch(
        [
            interaction(tags=("sql", "charts")),
            interaction(kind=InteractionKind.DISMISS, tags=("ads",)),
            interaction(tags=("charts",)),
        ]
    )
    assert [preference.tag for preference in content_preferences(history)] == ["charts", "sql", "ads"]


def test_nothing_known_has_a_pattern_of_zeros_and_absences() -> None:
    pattern = usage_pattern(History(), MONDAY)
    assert pattern.hours == (0.0,) * 24
    assert pattern.weekdays == (0.0,) * 7
    assert pattern.session_seconds_median is None
    assert pattern.days_between_sessions_median is None
    assert pattern.consistency is None
    assert pattern.trend is Trend.UNKNOWN


def test_hours_and_weekdays_are_shares_shrunk_by_imaginary_sessions() -> None:
    # Four sessions, three of them at nine: 1 + 3 of 24 + 4; two on a Monday: 4 + 2 of 28 + 4.
    pattern = usage_pattern(fold_from_scratch(page_views([*daily(3), MONDAY + 14 * HOUR])), MONDAY)
    assert pattern.hours[9] == pytest.approx(4 / 28)
    assert pattern.hours[23] == pytest.approx(2 / 28)
    assert pattern.hours[0] == pytest.approx(1 / 28)
    assert pattern.weekdays == pytest.approx((6 / 32, 5 / 32, 5 / 32, 4 / 32, 4 / 32, 4 / 32, 4 / 32))
    assert (len(pattern.week), sum(pattern.week)) == (168, 4)


def test_a_hundred_clicks_in_one_session_are_one_piece_of_evidence() -> None:
    once = usage_pattern(fold_from_scratch([interaction()]), MONDAY)
    busy = usage_pattern(fold_from_scratch(page_views([MONDAY] * 100)), MONDAY)
    assert once.hours == busy.hours
    assert once.hours[9] == pytest.approx(2 / 25)


def test_sessions_that_are_only_counted_are_evidence_too() -> None:
    years = usage_pattern(fold_from_scratch(page_views(daily(1_000))), MONDAY)
    assert years.hours[9] == pytest.approx(1_001 / 1_024)


def test_medians_of_session_length_and_days_between_sessions() -> None:
    instants = [MONDAY, MONDAY + 10 * MINUTE, MONDAY + 2 * DAY, MONDAY + 2 * DAY + 20 * MINUTE, MONDAY + 3 * DAY]
    pattern = usage_pattern(fold_from_scratch(page_views(instants)), MONDAY + 4 * DAY)
    assert pattern.session_seconds_median == 600.0
    assert pattern.days_between_sessions_median == 1.5


def test_equal_gaps_are_perfectly_consistent() -> None:
    assert usage_pattern(fold_from_scratch(page_views(daily(8))), MONDAY).consistency == 1.0


def test_consistency_is_unknown_below_seven_gaps() -> None:
    assert usage_pattern(fold_from_scratch(page_views(daily(7))), MONDAY).consistency is None


def test_the_consistency_of_workdays_is_that_of_eight_short_gaps_and_a_long_one() -> None:
    # H = -(8/9 ln 8/9 + 1/9 ln 1/9) + 1/18 = 0.404388; 1 - 0.404388 / ln 13.
    history = fold_from_scratch(page_views([instant for instant in daily(12) if instant.weekday() < 5]))
    assert len(history.sessions) == 10
    assert usage_pattern(history, MONDAY).consistency == pytest.approx(0.842341, abs=1e-6)


def test_weeks_are_counted_back_from_now_and_empty_ones_count_as_none() -> None:
    assert weekly_sessions(weeks_of(1, 0, 0, 4, 2, 0, first_seen=42 * DAY), NOW) == (1, 0, 0, 4, 2, 0)


def test_a_session_that_started_exactly_a_week_ago_belongs_to_the_week_before() -> None:
    history = fold_from_scratch(page_views([NOW - 22 * DAY, NOW - 7 * DAY, NOW - 7 * DAY + HOUR]))
    assert weekly_sessions(history, NOW) == (0, 1, 1)


def test_at_most_twelve_weeks_are_counted() -> None:
    assert weekly_sessions(weeks_of(*range(20), first_seen=190 * DAY), NOW) == tuple(range(8, 20))


def test_a_week_in_which_the_user_became_known_does_not_count() -> None:
    assert len(weekly_sessions(weeks_of(1, 1, first_seen=56 * DAY), NOW)) == 8
    assert len(weekly_sessions(weeks_of(1, 1, first_seen=56 * DAY - MICROSECOND), NOW)) == 7


def test_weeks_that_a_clock_running_ahead_made_forget_do_not_count() -> None:
    history = fold_from_scratch(page_views([NOW - 200 * DAY, NOW - DAY, NOW + 60 * DAY]))
    assert weekly_sessions(history, NOW) == (0, 0, 0, 1)


def test_nobody_has_weeks_before_they_are_known() -> None:
    assert weekly_sessions(History(), NOW) == ()
    assert weekly_sessions(fold_from_scratch(page_views([NOW + DAY])), NOW) == ()


def test_who_comes_more_and_more_often_is_rising() -> None:
    assert usage_pattern(weeks_of(1, 1, 2, 3, 3, 5, 4, 6, first_seen=150 * DAY), NOW).trend is Trend.RISING


def test_trend_is_unknown_for_users_known_for_less_than_eight_weeks() -> None:
    assert usage_pattern(weeks_of(0, 1, 2, 3, 4, 5, 6, first_seen=49 * DAY), NOW).trend is Trend.UNKNOWN


def test_the_trend_of_who_left_for_good_is_unknown() -> None:
    assert usage_pattern(weeks_of(5, 5, *[0] * 12, first_seen=190 * DAY), NOW).trend is Trend.UNKNOWN
