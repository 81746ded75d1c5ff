"""Which signals are there, in which family, in which unit, and what are they known to say?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from operator import mul
from typing import TYPE_CHECKING, Literal

from domain.model.interactions import Device
from domain.rules.instants import DAY_US
from domain.rules.profiles import HOURS_IN_DAY
from domain.rules.usage import is_adopted, sessions_started_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from domain.model.profiles import FeatureHistory
    from prediction.signals.pasts import Past

SIGNALS_VERSION = 1
"""Grows whenever a signal is added, removed, moved or computed differently: models of another version are refused."""

LATEST_SESSIONS = 20
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

    `read` gives a finite number for any past.
    """

    name: str
    family: Family
    unit: Unit
    sign: Literal[-1, 1] | None
    read: Callable[[Past], float]


def _of(
    family: Family, *signals: tuple[str, Unit, Literal[-1, 1] | None, Callable[[Past], float]]
) -> tuple[Signal, ...]:
    return tuple(Signal(name, family, unit, sign, read) for name, unit, sign, read in signals)


def _gap_variation(past: Past) -> float:
    """Standard deviation of the latest gaps over their mean; 0 with fewer than two."""
    many = len(past.gaps)
    if many <= 1:
        return 0.0
    total = sum(past.gaps)
    squares = sum(map(mul, past.gaps, past.gaps))
    return _root_of_ratio(many * squares - total * total, many * many) / (total / many)


def _root_of_ratio(numerator: int, denominator: int) -> float:
    """The float nearest to the square root of a ratio of positive numbers, or 0: no rounding on the way.

    A root of 55 bits or more whose last bit says whether anything follows is rounded like the root itself.
    """
    shift = max(0, (_ROOT_BITS + denominator.bit_length() - numerator.bit_length()) // 2)
    scaled = numerator << 2 * shift
    root = math.isqrt(scaled // denominator)
    return (root | (root * root * denominator != scaled)) / (1 << shift)


def _gaps_outlasting_silence(past: Past) -> float:
    """The share of the user's gaps that were longer than the silence now; one of each is added."""
    return (past.gaps_over(past.silence_days) + 1) / (len(past.gaps) + 2)


def _silence_against_span(past: Past) -> float:
    """How much longer ago the first than the last day is, to the power of the number of days: chance of the silence.

    The likelihood ratio at the heart of "buy till you die" models, as a logarithm; 0 for one active day.
    """
    return (past.active_days - 1) * math.log((past.tenure_days + 1) / (past.span_days + 1))


def _log_ratio(now: float, before: float) -> float:
    return math.log((now + 1) / (before + 1))


def _gap_trend(past: Past) -> float:
    """Are the latest gaps longer than usual? 0 with too few."""
    latest = past.gaps[-LATEST_GAPS_OF_TREND:]
    return _log_ratio(_mean(latest), _mean(past.gaps)) if latest else 0.0


def _mean(numbers: Sequence[int]) -> float:
    return sum(numbers) / len(numbers)


def _features_used_within(past: Past, days: int) -> int:
    since_us = past.at_us - days * DAY_US
    return sum(use.last_us > since_us for use in past.history.features.values())


def _features_begun_within(past: Past, days: int) -> int:
    since_us = past.at_us - days * DAY_US
    return sum(use.first_us > since_us for use in past.history.features.values())


def _share_of_favourite(features: Mapping[str, FeatureHistory]) -> float:
    uses = [use.uses for use in features.values()]
    return max(uses) / sum(uses) if uses else 0.0


def _session_minutes(past: Past) -> float:
    """The mean length of the latest sessions; 0 without any of the last 90 days."""
    sessions = past.history.sessions[-LATEST_SESSIONS:]
    return _mean([s.end_us - s.start_us for s in sessions]) / 60e6 if sessions else 0.0


def _share(part: int, all_: int) -> float:
    return part / all_ if all_ else 0.0


def _evenness(counts: Iterable[int]) -> float:
    """Entropy in nats: 0 when all falls together."""
    met = [count for count in counts if count > 0]
    total = sum(met)
    return math.log(total) - sum(map(mul, met, map(math.log, met))) / total if met else 0.0


def _mobile_share(past: Past) -> float:
    devices = past.history.devices
    return _share(devices.get(Device.MOBILE, 0), sum(devices.values()))


SIGNALS: tuple[Signal, ...] = (
    *_of(
        Family.RECENCY,
        ("days_since_last", Unit.DAYS, -1, lambda past: past.silence_days),
    ),
    *_of(
        Family.FREQUENCY,
        ("interactions", Unit.COUNT, 1, lambda past: past.history.interactions),
        ("active_days", Unit.COUNT, 1, lambda past: past.active_days),
        ("active_months", Unit.COUNT, 1, lambda past: past.active_months()),
        ("active_months_365d", Unit.COUNT, 1, lambda past: past.active_months(365)),
        ("sessions", Unit.COUNT, 1, lambda past: past.sessions),
        ("interactions_last_day", Unit.COUNT, None, lambda past: past.interactions_on_last_day),
        (
            "interactions_per_active_day",
            Unit.RATIO,
            None,
            lambda past: past.history.interactions / max(past.active_days, 1),
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
        ("sessions_30d", Unit.COUNT, 1, lambda past: sessions_started_within(past.history, 30, past.at)),
        ("interactions_fading_30d", Unit.COUNT, 1, lambda past: past.fading_interactions(30)),
        ("active_days_fading_7d", Unit.COUNT, 1, lambda past: past.fading_days(7)),
        ("active_days_fading_30d", Unit.COUNT, 1, lambda past: past.fading_days(30)),
        ("active_days_fading_120d", Unit.COUNT, 1, lambda past: past.fading_days(120)),
    ),
    *_of(
        Family.BREADTH,
        ("features", Unit.COUNT, 1, lambda past: len(past.history.features)),
        ("features_30d", Unit.COUNT, 1, lambda past: _features_used_within(past, 30)),
        ("features_begun_90d", Unit.COUNT, None, lambda past: _features_begun_within(past, 90)),
        ("features_adopted", Unit.COUNT, 1, lambda past: sum(map(is_adopted, past.history.features.values()))),
        ("favourite_feature_share", Unit.SHARE, None, lambda past: _share_of_favourite(past.history.features)),
        ("targets_30d", Unit.COUNT, 1, lambda past: past.targets_within(30)),
        ("targets_90d", Unit.COUNT, 1, lambda past: past.targets_within(90)),
        ("sections", Unit.COUNT, 1, lambda past: len(past.history.sections)),
    ),
    *_of(
        Family.RHYTHM,
        ("usual_gap", Unit.DAYS, None, lambda past: past.usual_gap_days),
        ("last_gap", Unit.DAYS, None, lambda past: past.gaps[-1] if past.gaps else 0),
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
        ("span_share", Unit.SHARE, None, lambda past: past.span_days / max(past.tenure_days, 1)),
    ),
    *_of(
        Family.VALUE,
        ("conversions", Unit.COUNT, 1, lambda past: past.history.conversions),
        ("conversions_90d", Unit.COUNT, 1, lambda past: past.conversions_within(90)),
        ("days_without_conversion", Unit.DAYS, None, lambda past: past.days_without_conversion()),
        ("value", Unit.VALUE, None, lambda past: past.value),
        ("value_90d", Unit.VALUE, None, lambda past: past.value_within(90)),
        ("value_per_active_day", Unit.VALUE, None, lambda past: past.value / max(past.active_days, 1)),
        ("value_per_interaction", Unit.VALUE, None, lambda past: past.value / max(past.history.interactions, 1)),
        ("value_last_day", Unit.VALUE, None, lambda past: past.value_on_last_day),
    ),
    *_of(
        Family.MANNER,
        ("session_minutes", Unit.MINUTES, None, _session_minutes),
        ("interactions_per_session", Unit.RATIO, None, lambda past: _share(past.history.interactions, past.sessions)),
        ("half_hours_per_active_day", Unit.COUNT, 1, lambda past: past.half_hours_a_day()),
        ("evenness_of_hours", Unit.RATIO, None, lambda past: _evenness(past.hours)),
        (
            "weekend_share",
            Unit.SHARE,
            None,
            lambda past: _share(sum(past.history.week[WEEKEND_FROM_HOUR:]), sum(past.hours)),
        ),
        (
            "office_hours_share",
            Unit.SHARE,
            None,
            lambda past: _share(sum(past.hours[WORKDAY_HOURS.start : WORKDAY_HOURS.stop]), sum(past.hours)),
        ),
        ("devices", Unit.COUNT, None, lambda past: len(past.history.devices)),
        ("mobile_share", Unit.SHARE, None, _mobile_share),
    ),
)

PLACES: Mapping[str, int] = {signal.name: place for place, signal in enumerate(SIGNALS)}
"""Where each signal stands in a row."""
