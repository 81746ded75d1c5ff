"""Which signals are there, in which family, in which unit, and what are they known to say?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from domain.rules.profiles import HOURS_IN_DAY
from prediction.signals.pasts import logarithms, logarithms_of_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prediction.matrices import Counts, Vector
    from prediction.signals.pasts import Pasts

    Read: TypeAlias = Callable[[Pasts], Vector | Counts]

SIGNALS_VERSION = 1
"""Grows whenever a signal is added, removed, moved or computed differently: models of another version are refused."""

LATEST_GAPS_OF_TREND = 5
WEEKEND_FROM_HOUR = 5 * HOURS_IN_DAY
WORKDAY_HOURS = range(9, 18)
_ROOT_BITS = 111
"""Of a square whose root has 55 bits or more."""


class Family(StrEnum):
    """Signals that say much the same: what they contribute to a prediction is summed up and told as one factor."""

    RECENCY = "recency"
    FREQUENCY = "frequency"
    RECENT_ACTIVITY = "recent_activity"
    BREADTH = "breadth"
    RHYTHM = "rhythm"
    TREND = "trend"
    TENURE = "tenure"
    VALUE = "value"
    MANNER = "manner"
    """How sessions look: their length, hours and devices."""


class Unit(StrEnum):
    DAYS = "days"
    COUNT = "count"
    SHARE = "share"
    RATIO = "ratio"
    MINUTES = "minutes"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Signal:
    """`sign`: 1 when more of it is known to mean that the user will do more, -1 when less, `None` when unknown.

    `read` gives a finite number for any past, one a user.
    """

    name: str
    family: Family
    unit: Unit
    sign: Literal[-1, 1] | None
    read: Read


def _of(family: Family, *signals: tuple[str, Unit, Literal[-1, 1] | None, Read]) -> tuple[Signal, ...]:
    return tuple(Signal(name, family, unit, sign, read) for name, unit, sign, read in signals)


def _gap_variation(past: Pasts) -> Vector:
    """Standard deviation of the latest gaps over their mean; 0 with fewer than two."""
    gaps = past.gaps
    columns = zip(past.gap_counts.tolist(), gaps.sum(axis=1).tolist(), (gaps * gaps).sum(axis=1).tolist(), strict=True)
    return np.array([_variation(many, total, squares) for many, total, squares in columns])


def _variation(many: int, total: int, squares: int) -> float:
    """Of so many numbers with this sum and this sum of squares."""
    if many <= 1:
        return 0.0
    return _root_of_ratio(many * squares - total * total, many * many) / (total / many)


def _root_of_ratio(numerator: int, denominator: int) -> float:
    """The float nearest to the square root of a ratio of positive numbers, or 0: no rounding on the way.

    A root of 55 bits or more whose last bit says whether anything follows is rounded like the root itself.
    """
    shift = max(0, (_ROOT_BITS + denominator.bit_length() - numerator.bit_length()) // 2)
    scaled = numerator << 2 * shift
    root = math.isqrt(scaled // denominator)
    return (root | (root * root * denominator != scaled)) / (1 << shift)


def _gaps_outlasting_silence(past: Pasts) -> Vector:
    """The share of the user's gaps that were longer than the silence now; one of each is added."""
    return (past.gaps_over(past.silence_days) + 1) / (past.gap_counts + 2)


def _silence_against_span(past: Pasts) -> Vector:
    """How much longer ago the first than the last day is, to the power of the number of days: chance of the silence.

    The likelihood ratio at the heart of "buy till you die" models, as a logarithm; 0 for one active day.
    """
    return (past.active_days - 1) * logarithms((past.tenure_days + 1) / (past.span_days + 1))


def _log_ratio(now: Vector | Counts, before: Vector | Counts) -> Vector:
    return logarithms((now + 1) / (before + 1))


def _gap_trend(past: Pasts) -> Vector:
    """Are the latest gaps longer than usual? 0 with too few."""
    latest = past.gaps[:, -LATEST_GAPS_OF_TREND:].sum(axis=1) / np.clip(past.gap_counts, 1, LATEST_GAPS_OF_TREND)
    return _log_ratio(latest, past.gaps.sum(axis=1) / np.maximum(past.gap_counts, 1))


def _features_used_within(past: Pasts, days: int) -> Counts:
    _, _, last_us = past.features
    return last_us.counted(last_us.flat > past.since_us(days)[last_us.rows])


def _features_begun_within(past: Pasts, days: int) -> Counts:
    _, first_us, _ = past.features
    return first_us.counted(first_us.flat > past.since_us(days)[first_us.rows])


def _share_of_favourite(past: Pasts) -> Vector:
    uses, _, _ = past.features
    most = np.zeros(len(past), np.int64)
    np.maximum.at(most, uses.rows, uses.flat)
    return most / np.maximum(uses.sums(uses.flat), 1)


def _share(part: Counts, all_: Counts) -> Vector:
    return part / np.maximum(all_, 1)


def _evenness(past: Pasts) -> Vector:
    """Entropy in nats of the hours of the day: 0 when all falls together."""
    total = np.maximum(past.hours.sum(axis=1), 1)
    surprise = past.hours * logarithms_of_counts(past.hours)
    # Hour after hour: summed along rows, the order would depend on the processor.
    return np.asarray(logarithms(total) - reduce(np.add, surprise.T) / total, np.float64)


SIGNALS: tuple[Signal, ...] = (
    *_of(
        Family.RECENCY,
        ("days_since_last", Unit.DAYS, -1, lambda past: past.silence_days),
    ),
    *_of(
        Family.FREQUENCY,
        ("interactions", Unit.COUNT, 1, lambda past: past.interactions),
        ("active_days", Unit.COUNT, 1, lambda past: past.active_days),
        ("active_months", Unit.COUNT, 1, lambda past: past.active_months()),
        ("active_months_365d", Unit.COUNT, 1, lambda past: past.active_months(365)),
        ("sessions", Unit.COUNT, 1, lambda past: past.sessions),
        ("interactions_last_day", Unit.COUNT, None, lambda past: past.interactions_on_last_day),
        (
            "interactions_per_active_day",
            Unit.RATIO,
            None,
            lambda past: past.interactions / np.maximum(past.active_days, 1),
        ),
    ),
    *_of(
        Family.RECENT_ACTIVITY,
        ("interactions_7d", Unit.COUNT, 1, lambda past: past.interactions_within(7)),
        ("interactions_14d", Unit.COUNT, 1, lambda past: past.interactions_within(14)),
        ("interactions_30d", Unit.COUNT, 1, lambda past: past.interactions_within(30)),
        ("interactions_90d", Unit.COUNT, 1, lambda past: past.interactions_within(90)),
        ("interactions_180d", Unit.COUNT, 1, lambda past: past.interactions_within(180)),
        ("interactions_365d", Unit.COUNT, 1, lambda past: past.interactions_within(365)),
        ("active_days_7d", Unit.COUNT, 1, lambda past: past.days_within(7)),
        ("active_days_14d", Unit.COUNT, 1, lambda past: past.days_within(14)),
        ("active_days_30d", Unit.COUNT, 1, lambda past: past.days_within(30)),
        ("active_days_90d", Unit.COUNT, 1, lambda past: past.days_within(90)),
        ("active_days_180d", Unit.COUNT, 1, lambda past: past.days_within(180)),
        ("active_days_365d", Unit.COUNT, 1, lambda past: past.days_within(365)),
        ("sessions_30d", Unit.COUNT, 1, lambda past: past.sessions_started_within(30)),
        ("interactions_fading_30d", Unit.COUNT, 1, lambda past: past.fading_interactions(30)),
        ("active_days_fading_7d", Unit.COUNT, 1, lambda past: past.fading_days(7)),
        ("active_days_fading_30d", Unit.COUNT, 1, lambda past: past.fading_days(30)),
        ("active_days_fading_120d", Unit.COUNT, 1, lambda past: past.fading_days(120)),
    ),
    *_of(
        Family.BREADTH,
        ("features", Unit.COUNT, 1, lambda past: past.features[0].lengths),
        ("features_30d", Unit.COUNT, 1, lambda past: _features_used_within(past, 30)),
        ("features_begun_90d", Unit.COUNT, None, lambda past: _features_begun_within(past, 90)),
        ("features_adopted", Unit.COUNT, 1, lambda past: past.features_adopted),
        ("favourite_feature_share", Unit.SHARE, None, _share_of_favourite),
        ("targets_30d", Unit.COUNT, 1, lambda past: past.targets_within(30)),
        ("targets_90d", Unit.COUNT, 1, lambda past: past.targets_within(90)),
        ("sections", Unit.COUNT, 1, lambda past: past.sections),
    ),
    *_of(
        Family.RHYTHM,
        ("usual_gap", Unit.DAYS, None, lambda past: past.usual_gap_days),
        ("last_gap", Unit.DAYS, None, lambda past: past.gaps[:, -1]),
        ("longest_gap", Unit.DAYS, None, lambda past: past.longest_gap_days),
        ("gaps_over_30d", Unit.COUNT, None, lambda past: past.gaps_over(30)),
        ("gaps_over_90d", Unit.COUNT, None, lambda past: past.gaps_over(90)),
        ("gap_variation", Unit.RATIO, None, _gap_variation),
        ("pace", Unit.DAYS, None, lambda past: past.pace_days),
        ("silence_in_paces", Unit.RATIO, None, lambda past: past.silence_days / (past.pace_days + 1)),
        ("silence_in_gaps", Unit.RATIO, None, lambda past: past.silence_days / (past.usual_gap_days + 1)),
        ("gaps_outlasting_silence", Unit.SHARE, None, _gaps_outlasting_silence),
        ("silence_against_span", Unit.RATIO, None, _silence_against_span),
    ),
    *_of(
        Family.TREND,
        (
            "active_days_trend_30d",
            Unit.RATIO,
            1,
            lambda past: _log_ratio(past.days_within(30), past.days_within(30, before=30)),
        ),
        (
            "active_days_trend_90d",
            Unit.RATIO,
            1,
            lambda past: _log_ratio(past.days_within(90), past.days_within(90, before=90)),
        ),
        (
            "interactions_trend_30d",
            Unit.RATIO,
            1,
            lambda past: _log_ratio(past.interactions_within(30), past.interactions_within(30, before=30)),
        ),
        ("gap_trend", Unit.RATIO, None, _gap_trend),
    ),
    *_of(
        Family.TENURE,
        ("days_since_first", Unit.DAYS, None, lambda past: past.tenure_days),
        ("span", Unit.DAYS, None, lambda past: past.span_days),
        ("span_share", Unit.SHARE, None, lambda past: past.span_days / np.maximum(past.tenure_days, 1)),
    ),
    *_of(
        Family.VALUE,
        ("conversions", Unit.COUNT, 1, lambda past: past.conversions),
        ("conversions_90d", Unit.COUNT, 1, lambda past: past.conversions_within(90)),
        ("days_without_conversion", Unit.DAYS, None, lambda past: past.days_without_conversion()),
        ("value", Unit.VALUE, None, lambda past: past.value),
        ("value_90d", Unit.VALUE, None, lambda past: past.value_within(90)),
        ("value_per_active_day", Unit.VALUE, None, lambda past: past.value / np.maximum(past.active_days, 1)),
        ("value_per_interaction", Unit.VALUE, None, lambda past: past.value / np.maximum(past.interactions, 1)),
        ("value_last_day", Unit.VALUE, None, lambda past: past.value_on_last_day),
    ),
    *_of(
        Family.MANNER,
        ("session_minutes", Unit.MINUTES, None, lambda past: past.session_minutes),
        ("interactions_per_session", Unit.RATIO, None, lambda past: _share(past.interactions, past.sessions)),
        ("half_hours_per_active_day", Unit.COUNT, 1, lambda past: past.half_hours_a_day()),
        ("evenness_of_hours", Unit.RATIO, None, _evenness),
        (
            "weekend_share",
            Unit.SHARE,
            None,
            lambda past: _share(past.week[:, WEEKEND_FROM_HOUR:].sum(axis=1), past.week.sum(axis=1)),
        ),
        (
            "office_hours_share",
            Unit.SHARE,
            None,
            lambda past: _share(
                past.hours[:, WORKDAY_HOURS.start : WORKDAY_HOURS.stop].sum(axis=1), past.week.sum(axis=1)
            ),
        ),
        ("devices", Unit.COUNT, None, lambda past: past.devices),
        ("mobile_share", Unit.SHARE, None, lambda past: _share(past.on_mobile, past.on_any_device)),
    ),
)

PLACES: Mapping[str, int] = {signal.name: place for place, signal in enumerate(SIGNALS)}
"""Where each signal stands in a row."""
