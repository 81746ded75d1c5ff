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


def trend_of(earlier: int, later: int, first_seen: timedelta = 56 * DAY) -> Trend:
    """Of a user with so many sessions 56 to 28 days ago and in the last 28 days, who was first seen long before."""
    now = MONDAY + 200 * DAY
    instants = [now - 55 * DAY + n * HOUR for n in range(earlier)]
    instants += [now - 27 * DAY + n * HOUR for n in range(later)]
    return usage_pattern(fold_from_scratch(page_views([now - first_seen, *instants])), now).trend


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


def test_hours_and_weekdays_are_shares_of_interactions() -> None:
    pattern = usage_pattern(fold_from_scratch(page_views([*daily(3), MONDAY + 14 * HOUR])), MONDAY)
    assert (pattern.hours[9], pattern.hours[23]) == (0.75, 0.25)
    assert pattern.weekdays == (0.5, 0.25, 0.25, 0.0, 0.0, 0.0, 0.0)


def test_medians_of_session_length_and_days_between_sessions() -> None:
    instants = [MONDAY, MONDAY + 10 * MINUTE, MONDAY + 2 * DAY, MONDAY + 2 * DAY + 20 * MINUTE, MONDAY + 3 * DAY]
    pattern = usage_pattern(fold_from_scratch(page_views(instants)), MONDAY + 4 * DAY)
    assert pattern.session_seconds_median == 600.0
    assert pattern.days_between_sessions_median == 1.5


def test_equal_gaps_are_perfectly_consistent() -> None:
    assert usage_pattern(fold_from_scratch(page_views(daily(5))), MONDAY).consistency == 1.0


def test_consistency_is_unknown_below_four_gaps() -> None:
    assert usage_pattern(fold_from_scratch(page_views(daily(4))), MONDAY).consistency is None


def test_uneven_gaps_have_the_consistency_of_goh_and_barabasi() -> None:
    # Gaps 1, 1, 1, 1, 3 and 1, 1, 1, 1 days: mean 11/9, standard deviation 0.62854; 1.22222 / 1.85076.
    history = fold_from_scratch(page_views([instant for instant in daily(12) if instant.weekday() < 5]))
    assert len(history.sessions) == 10
    assert usage_pattern(history, MONDAY).consistency == pytest.approx(0.660389, abs=1e-6)


@pytest.mark.parametrize(
    ("earlier", "later", "trend"),
    [
        (15, 30, Trend.RISING),  # z = 15 / sqrt(45) = 2.236
        (30, 15, Trend.FALLING),
        (10, 19, Trend.STEADY),  # z = 9 / sqrt(29) = 1.671
        (10, 20, Trend.STEADY),  # z = 10 / sqrt(30) = 1.826
        (10, 21, Trend.RISING),  # z = 11 / sqrt(31) = 1.976
        (0, 5, Trend.RISING),
        (5, 0, Trend.FALLING),
        (0, 4, Trend.UNKNOWN),
    ],
)
def test_trend_compares_two_counts(earlier: int, later: int, trend: Trend) -> None:
    assert trend_of(earlier, later) is trend


def test_trend_is_unknown_for_users_known_for_less_than_56_days() -> None:
    assert trend_of(5, 30, first_seen=56 * DAY) is Trend.RISING
    assert trend_of(5, 30, first_seen=56 * DAY - MICROSECOND) is Trend.UNKNOWN
