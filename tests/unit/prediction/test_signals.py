"""Are the signals of a life told by hand the numbers that a person would count?"""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from domain.model.habits import DailyTotals, Habits
from domain.model.interactions import Device, Interaction
from domain.model.profiles import History
from domain.rules.folding.habits import habits_from_scratch
from domain.rules.profiles import fold_from_scratch
from prediction.signals.catalogue import PLACES, SIGNALS
from prediction.signals.rows import matrix_of, signals_of
from prediction.signals.words import counted, number
from tests.builders.interactions import DAY, HOUR, MINUTE, MONDAY, conversion, feature_use, interaction

AT = MONDAY + 100 * DAY
"""A Wednesday, 9:00 UTC."""

LIFE = [
    feature_use("export", MONDAY, device=Device.MOBILE),
    feature_use("export", MONDAY + 20 * MINUTE, device=Device.MOBILE),
    feature_use("export", MONDAY + 2 * DAY),
    feature_use("import", MONDAY + 12 * DAY, section="home"),
    conversion(MONDAY + 72 * DAY, value=30.0, device=Device.DESKTOP),
    conversion(MONDAY + 72 * DAY + HOUR, value=-10.0),
    interaction(MONDAY + 96 * DAY, target="news"),
    interaction(MONDAY + 96 * DAY + 5 * MINUTE),
]
"""On days 0, 2, 12 (a Saturday), 72 and 96 (a Saturday)."""

GOLDEN = {
    "days_since_last": 4 - 5 / 1440,
    "interactions": 8,
    "active_days": 5,
    "active_months": 4,  # the spans of 30 days from 1970 begin on days 6, 36, 66 and 96 of this life
    "active_months_365d": 4,
    "sessions": 6,
    "interactions_last_day": 2,
    "interactions_per_active_day": 8 / 5,
    "interactions_7d": 2,
    "interactions_14d": 2,
    "interactions_30d": 4,
    "interactions_90d": 5,
    "interactions_180d": 8,
    "interactions_365d": 8,
    "active_days_7d": 1,
    "active_days_14d": 1,
    "active_days_30d": 2,
    "active_days_90d": 3,
    "active_days_180d": 5,
    "active_days_365d": 5,
    "sessions_30d": 3,
    "interactions_fading_30d": 2 * 0.5 ** (4 / 30)
    + 2 * 0.5 ** (28 / 30)
    + 0.5 ** (88 / 30)
    + 0.5 ** (98 / 30)
    + 2 * 0.5 ** (100 / 30),
    "active_days_fading_7d": 0.5 ** (4 / 7) + 0.5**4,
    "active_days_fading_30d": sum(0.5 ** (age / 30) for age in (4, 28, 88, 98, 100)),
    "active_days_fading_120d": sum(0.5 ** (age / 120) for age in (4, 28, 88, 98, 100)),
    "features": 2,
    "features_30d": 0,
    "features_begun_90d": 1,
    "features_adopted": 1,
    "favourite_feature_share": 3 / 4,
    "targets_30d": 3,
    "targets_90d": 4,
    "sections": 1,
    "usual_gap": 17,
    "last_gap": 24,
    "longest_gap": 60,
    "gaps_over_30d": 1,
    "gaps_over_90d": 0,
    "gap_variation": math.sqrt((22**2 + 14**2 + 36**2) / 4) / 24,
    "pace": 20,
    "silence_in_paces": (4 - 5 / 1440) / 21,
    "silence_in_gaps": (4 - 5 / 1440) / 18,
    "gaps_outlasting_silence": 4 / 6,
    "silence_against_span": 4 * math.log(101 / (97 + 5 / 1440)),
    "active_days_trend_30d": math.log(3 / 1),
    "active_days_trend_90d": math.log(4 / 3),
    "interactions_trend_30d": math.log(5 / 1),
    "gap_trend": 0,
    "days_since_first": 100,
    "span": 96 + 5 / 1440,
    "span_share": (96 + 5 / 1440) / 100,
    "conversions": 2,
    "conversions_90d": 2,
    "days_without_conversion": 28,
    "value": 20,
    "value_90d": 20,
    "value_per_active_day": 4,
    "value_per_interaction": 2.5,
    "value_last_day": 0,
    "session_minutes": 5 / 4,
    "interactions_per_session": 8 / 6,
    "half_hours_per_active_day": 6 / 5,
    "evenness_of_hours": math.log(8) - 7 / 8 * math.log(7),
    "weekend_share": 3 / 8,
    "office_hours_share": 1,
    "devices": 2,
    "mobile_share": 2 / 3,
}


def named(history: History, habits: Habits) -> dict[str, float]:
    return dict(zip(PLACES, signals_of(history, habits, AT).tolist(), strict=True))


def signals_by_name(received: list[Interaction]) -> dict[str, float]:
    return named(fold_from_scratch(received), habits_from_scratch(received))


@pytest.mark.parametrize("name", [signal.name for signal in SIGNALS])
def test_each_signal_of_a_life_is_the_one_counted_by_hand(name: str) -> None:
    assert signals_by_name(LIFE)[name] == pytest.approx(GOLDEN[name], rel=1e-6, abs=1e-6)


def test_one_day_has_no_gaps_yet_but_a_pace() -> None:
    signals = signals_by_name([interaction(AT - 10 * DAY)])

    assert signals["usual_gap"] == signals["pace"] == 10
    assert signals["last_gap"] == signals["longest_gap"] == signals["gap_variation"] == 0
    assert signals["gaps_outlasting_silence"] == 0.5
    assert signals["silence_against_span"] == 0
    assert signals["days_without_conversion"] == 10


def test_what_a_clock_that_runs_ahead_tells_counts_as_happening_now() -> None:
    signals = signals_by_name([interaction(AT + timedelta(minutes=4))])

    assert signals["days_since_last"] == signals["days_since_first"] == signals["span"] == 0
    assert signals["interactions_7d"] == signals["active_days_7d"] == 1


def test_conversions_of_days_that_are_only_summed_up_are_not_forgotten() -> None:
    received = [conversion(AT - 500 * DAY), *(interaction(AT - day * DAY) for day in range(400))]
    signals = signals_by_name(received)

    assert habits_from_scratch(received).days.older.days == 35
    assert signals["days_without_conversion"] == 500
    assert signals["active_days"] == 401
    assert signals["active_days_365d"] == 366


def test_the_gap_to_the_last_day_that_is_only_summed_up_counts() -> None:
    habits = habits_from_scratch([interaction(AT - day * DAY) for day in (2, 5)])
    older = habits.days.older
    shortened = DailyTotals((habits.days.days[1],), (1,), (0,), (0,), (0,), (1,), older)

    assert named(History(), Habits(shortened))["last_gap"] == 0
    assert named(History(), habits)["last_gap"] == 3


def test_names_are_unique_and_tell_their_window() -> None:
    assert len(PLACES) == len(SIGNALS) == len(GOLDEN)


def test_a_matrix_of_nothing_has_a_column_for_each_signal() -> None:
    assert matrix_of([]).shape == (0, len(SIGNALS))


@pytest.mark.parametrize(
    ("amount", "written"), [(0, "0"), (1, "1"), (3.46, "3.5"), (9.99, "10"), (23.4, "23"), (1340, "1,340")]
)
def test_numbers_are_written_as_people_read_them(amount: float, written: str) -> None:
    assert number(amount) == written


def test_units_are_singular_for_one() -> None:
    assert counted(1, "day") == "1 day"
    assert counted(1.02, "day", one="") == "day"
    assert counted(0, "day") == "0 days"
    assert counted(3.5, "day", one="") == "3.5 days"
