"""What a history holds after interactions were folded into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.model.interactions import Device, InteractionKind
from domain.model.profiles import FeatureHistory, History, SessionSpan, TagHistory
from domain.rules.instants import DAY_US, SECOND_US, microseconds
from domain.rules.profiles import FoldLimits, fold, fold_from_scratch, horizon_start_us
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
MONDAY_US = 1_772_442_000_000_000
MONDAY_DAY = 20_514


def span(first: datetime, last: datetime) -> SessionSpan:
    return SessionSpan(microseconds(first), microseconds(last))


def test_no_interactions_leave_the_empty_history() -> None:
    assert fold_from_scratch([]) == History()
    assert fold(History(), []) == History()


def test_one_interaction_is_a_session_of_length_zero_on_one_day() -> None:
    history = fold_from_scratch([interaction()])

    assert history.interactions == 1
    assert history.first_seen_us == history.last_seen_us == MONDAY_US
    assert history.sessions == (SessionSpan(MONDAY_US, MONDAY_US),)
    assert history.days == (MONDAY_DAY,)
    assert history.recent == {InteractionKind.PAGE_VIEW: {"": (MONDAY_US // SECOND_US,)}}


def test_a_gap_of_exactly_thirty_minutes_stays_in_the_session() -> None:
    history = fold_from_scratch(page_views([MONDAY, MONDAY + 30 * MINUTE]))
    assert history.sessions == (span(MONDAY, MONDAY + 30 * MINUTE),)


def test_a_gap_one_microsecond_over_thirty_minutes_begins_a_session() -> None:
    later = MONDAY + 30 * MINUTE + MICROSECOND
    history = fold_from_scratch(page_views([MONDAY, later]))
    assert history.sessions == (span(MONDAY, MONDAY), span(later, later))


def test_a_late_arrival_bridges_two_sessions() -> None:
    apart = fold_from_scratch(page_views([MONDAY, MONDAY + 50 * MINUTE]))
    assert len(apart.sessions) == 2

    bridged = fold(apart, [interaction(MONDAY + 25 * MINUTE)])

    assert bridged is not None
    assert bridged.sessions == (span(MONDAY, MONDAY + 50 * MINUTE),)


def test_a_late_arrival_extends_a_session_to_the_front() -> None:
    history = fold_from_scratch(page_views([MONDAY, MONDAY + DAY]))
    extended = fold(history, [interaction(MONDAY + DAY - 20 * MINUTE)])
    assert extended is not None
    assert extended.sessions == (span(MONDAY, MONDAY), span(MONDAY + DAY - 20 * MINUTE, MONDAY + DAY))


def test_sessions_and_days_before_the_horizon_are_only_counted() -> None:
    history = fold_from_scratch(page_views(daily(100)))

    assert (history.older_sessions, len(history.sessions)) == (9, 91)
    assert (history.older_days, len(history.days)) == (9, 91)
    assert history.days[0] == MONDAY_DAY + 9
    assert history.last_seen_us is not None
    assert horizon_start_us(history.last_seen_us) == (MONDAY_DAY + 9) * DAY_US


def test_what_might_belong_to_a_counted_session_cannot_be_placed() -> None:
    history = fold_from_scratch(page_views(daily(100)))
    horizon = datetime(2026, 3, 11, tzinfo=UTC)

    assert fold(history, [interaction(MONDAY)]) is None
    assert fold(history, [interaction(horizon + 30 * MINUTE - MICROSECOND)]) is None
    assert fold(history, [interaction(horizon + 30 * MINUTE)]) is not None


def test_as_long_as_nothing_is_only_counted_the_distant_past_can_be_placed() -> None:
    folded = fold(fold_from_scratch([interaction(MONDAY + 1000 * DAY)]), [interaction(MONDAY)])
    assert folded is not None
    assert (folded.older_sessions, folded.older_days, folded.interactions) == (1, 1, 2)
    assert folded.first_seen_us == MONDAY_US


def test_a_session_that_reaches_into_the_horizon_is_kept_whole() -> None:
    last = MONDAY + 100 * DAY
    horizon = datetime(2026, 3, 12, tzinfo=UTC)
    history = fold_from_scratch(page_views([horizon - 10 * MINUTE, horizon + 10 * MINUTE, last]))
    assert history.sessions[0] == span(horizon - 10 * MINUTE, horizon + 10 * MINUTE)
    assert (history.older_sessions, history.older_days, len(history.days)) == (0, 1, 2)


def test_what_might_belong_to_a_counted_day_cannot_be_placed_even_if_no_session_is_only_counted() -> None:
    horizon = datetime(2026, 3, 12, tzinfo=UTC)
    history = fold_from_scratch(page_views([horizon - 10 * MINUTE, horizon + 10 * MINUTE, MONDAY + 100 * DAY]))
    assert fold(history, [interaction(horizon - 5 * MINUTE)]) is None


@pytest.mark.parametrize("late", [15 * MINUTE, -30 * MINUTE, 50 * MINUTE])
def test_a_later_batch_joins_a_session_it_falls_into_or_just_reaches(late: timedelta) -> None:
    history = fold_from_scratch(page_views([MONDAY, MONDAY + 20 * MINUTE]))
    joined = fold(history, [interaction(MONDAY + late)])
    assert joined is not None
    assert joined.sessions == (span(min(MONDAY, MONDAY + late), max(MONDAY + 20 * MINUTE, MONDAY + late)),)


def test_a_feature_remembers_uses_and_the_first_and_last_however_they_arrive() -> None:
    history = fold_from_scratch(feature_use("export", MONDAY + hours * HOUR) for hours in (5, 1, 9))
    assert history.features == {
        "export": FeatureHistory(3, MONDAY_US + 3600 * SECOND_US, MONDAY_US + 9 * 3600 * SECOND_US)
    }


def test_only_uses_of_features_are_feature_uses() -> None:
    other = [interaction(kind=kind, target="x") for kind in InteractionKind if kind is not InteractionKind.FEATURE_USE]
    assert fold_from_scratch(other).features == {}
    assert fold_from_scratch([interaction(kind=InteractionKind.FEATURE_USE)]).features == {}


def test_a_full_feature_table_forgets_the_least_recently_used() -> None:
    limits = FoldLimits(features=2)
    uses = [feature_use("a", MONDAY), feature_use("b", MONDAY + HOUR), feature_use("a", MONDAY + 2 * HOUR)]
    history = fold_from_scratch([*uses, feature_use("c", MONDAY + 3 * HOUR)], limits)
    assert set(history.features) == {"a", "c"}


def test_equally_recent_features_are_forgotten_by_name() -> None:
    history = fold_from_scratch([feature_use(name) for name in "bca"], FoldLimits(features=2))
    assert set(history.features) == {"b", "c"}


def test_a_late_use_does_not_push_out_more_recent_features() -> None:
    uses = [feature_use("a", MONDAY + HOUR), feature_use("b", MONDAY + HOUR), feature_use("late", MONDAY)]
    assert set(fold_from_scratch(uses, FoldLimits(features=2)).features) == {"a", "b"}


def test_a_full_section_table_forgets_the_least_visited_for_a_newcomer() -> None:
    sections = ["home", "home", "reports", "admin", "admin", "new"]
    history = fold_from_scratch([interaction(section=name) for name in sections], FoldLimits(sections=2))
    assert history.sections == {"home": 2, "new": 1}


def test_tags_count_what_was_seen_and_what_was_dismissed() -> None:
    history = fold_from_scratch(
        [
            interaction(kind=InteractionKind.CONTENT_VIEW, tags=("sql", "charts")),
            interaction(kind=InteractionKind.DISMISS, tags=("charts",)),
            interaction(kind=InteractionKind.CLICK, tags=("sql", "sql")),
        ]
    )
    assert history.tags == {"sql": TagHistory(2, 0), "charts": TagHistory(1, 1)}


def test_hours_of_the_week_are_those_of_the_clients_clock() -> None:
    # Monday 01:30 in Auckland is still Sunday in UTC.
    history = fold_from_scratch([interaction(datetime(2026, 3, 2, 1, 30, tzinfo=timezone(13 * HOUR)))])
    assert history.week[1] == 1
    assert sum(history.week) == 1
    assert history.days == (MONDAY_DAY - 1,)


def test_the_last_hour_of_the_week_is_sunday_2300() -> None:
    assert fold_from_scratch([interaction(datetime(2026, 3, 8, 23, 59, tzinfo=UTC))]).week[167] == 1


def test_devices_are_counted_where_known() -> None:
    devices = [Device.MOBILE, None, Device.DESKTOP, Device.MOBILE]
    history = fold_from_scratch([interaction(device=device) for device in devices])
    assert history.devices == {Device.MOBILE: 2, Device.DESKTOP: 1}


def test_values_add_up_exactly() -> None:
    history = fold_from_scratch([conversion(value=0.1) for _ in range(10)])
    assert (history.value_micros, history.conversions) == (1_000_000, 10)


@pytest.mark.parametrize(
    ("value", "micros"),
    [(19.99, 19_990_000), (-5.0, -5_000_000), (999_999_999.999999, 999_999_999_999_999), (1e-7, 0)],
)
def test_a_value_counts_in_millionths(value: float, micros: int) -> None:
    assert fold_from_scratch([interaction(value=value)]).value_micros == micros


def test_recent_keeps_the_latest_hundred_seconds_of_a_target_duplicates_included() -> None:
    uses = [feature_use("export", MONDAY + n // 2 * timedelta(seconds=1)) for n in range(250)]
    seconds = fold_from_scratch(uses).recent[InteractionKind.FEATURE_USE]["export"]
    start = MONDAY_US // SECOND_US
    assert seconds == tuple(start + n // 2 for n in range(150, 250))


def test_recent_forgets_what_lies_before_the_horizon() -> None:
    history = fold_from_scratch([conversion(MONDAY), feature_use("export", MONDAY)])
    later = fold(history, [interaction(MONDAY + 91 * DAY)])
    assert later is not None
    assert set(later.recent) == {InteractionKind.PAGE_VIEW}
    assert later.features == history.features


def test_recent_keeps_the_second_with_which_the_horizon_begins() -> None:
    horizon = datetime(2026, 3, 2, tzinfo=UTC)
    received = [conversion(horizon), interaction(MONDAY + 90 * DAY)]
    assert fold_from_scratch(received).recent[InteractionKind.CONVERSION] == {"": (int(horizon.timestamp()),)}


def test_a_full_table_of_targets_forgets_the_least_recent_of_that_kind_only() -> None:
    clicks = [interaction(MONDAY + n * MINUTE, kind=InteractionKind.CLICK, target=f"t{n}") for n in range(3)]
    history = fold_from_scratch([interaction(MONDAY - HOUR, target="page"), *clicks], FoldLimits(recent_targets=2))
    assert set(history.recent[InteractionKind.CLICK]) == {"t1", "t2"}
    assert set(history.recent[InteractionKind.PAGE_VIEW]) == {"page"}


def test_the_real_limits_hold_for_a_user_who_does_ever_new_things() -> None:
    history = fold_from_scratch(
        feature_use(f"f{n}", MONDAY + n * MINUTE, section=f"s{n}", tags=(f"t{n}",)) for n in range(1_500)
    )
    assert (len(history.features), len(history.sections), len(history.tags)) == (1_000, 200, 500)
    assert len(history.recent[InteractionKind.FEATURE_USE]) == 500
    assert "f500" in history.features
    assert "f499" not in history.features


def test_folding_does_not_change_the_history_it_starts_from() -> None:
    before = fold_from_scratch([feature_use("a", tags=("x",), section="s", device=Device.MOBILE)])
    copy = fold_from_scratch([feature_use("a", tags=("x",), section="s", device=Device.MOBILE)])
    fold(before, [feature_use("a", MONDAY + MINUTE, tags=("x",), section="s", device=Device.MOBILE)])
    assert before == copy
