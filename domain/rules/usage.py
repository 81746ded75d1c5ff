"""What does a history say about how, when and how much a user uses the host application?

Medians, consistency and trend look at the sessions of the history's horizon, everything else at all time.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING

from domain.model.usage import (
    Activity,
    ContentPreference,
    DeviceShare,
    FeatureUsage,
    SectionShare,
    Trend,
    UsagePattern,
)
from domain.rules.folding.sessions import session_start
from domain.rules.instants import DAY_US, SECOND_US, instant_at, microseconds
from domain.rules.profiles import HOURS_IN_DAY, MICROS_PER_VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.model.profiles import FeatureHistory, History, TagHistory

ADOPTED_FROM_USES = 3
ADOPTED_AFTER_US = DAY_US

NEUTRAL_AFFINITY = 0.5
AFFINITY_PRIOR = 10
"""How many imaginary indifferent reactions a tag starts with."""
DISMISSAL_WEIGHT = 3
"""Dismissing is deliberate, seeing is not: one dismissal weighs as much as three views."""

TREND_DAYS = 28
TREND_FROM_SESSIONS = 5
TREND_Z = 1.96
"""Two-sided 5 %: how many of 20 users whose habits did not change are called rising or falling: one."""

CONSISTENCY_FROM_GAPS = 4


def activity(history: History, now: datetime) -> Activity:
    """A session is of the last N days when it started after `now` - N x 24 hours."""
    return Activity(
        sessions=history.older_sessions + len(history.sessions),
        interactions=history.interactions,
        conversions=history.conversions,
        active_days=history.older_days + len(history.days),
        sessions_last_7_days=sessions_started_within(history, 7, now),
        sessions_last_30_days=sessions_started_within(history, 30, now),
        value=history.value_micros / MICROS_PER_VALUE,
    )


def sessions_started_within(history: History, days: int, now: datetime) -> int:
    """Sessions that started after `now` - `days` x 24 hours; exact for days within the horizon."""
    since_us = microseconds(now) - days * DAY_US
    return len(history.sessions) - bisect_right(history.sessions, since_us, key=session_start)


def feature_usage(history: History) -> tuple[FeatureUsage, ...]:
    """All features used, most used first, equals by name."""
    ordered = sorted(history.features.items(), key=lambda item: (-item[1].uses, item[0]))
    return tuple(
        FeatureUsage(name, use.uses, instant_at(use.first_us), instant_at(use.last_us), is_adopted(use))
        for name, use in ordered
    )


def is_adopted(use: FeatureHistory) -> bool:
    """At least three uses, the last at least 24 hours after the first."""
    return use.uses >= ADOPTED_FROM_USES and use.last_us - use.first_us >= ADOPTED_AFTER_US


def adopted_features(history: History) -> int:
    return sum(map(is_adopted, history.features.values()))


def device_shares(history: History) -> tuple[DeviceShare, ...]:
    """Most used first, equals by name."""
    total = sum(history.devices.values())
    ordered = sorted(history.devices.items(), key=lambda item: (-item[1], item[0]))
    return tuple(DeviceShare(device, count / total) for device, count in ordered)


def section_shares(history: History) -> tuple[SectionShare, ...]:
    """Most visited first, equals by name."""
    total = sum(history.sections.values())
    ordered = sorted(history.sections.items(), key=lambda item: (-item[1], item[0]))
    return tuple(SectionShare(section, visits, visits / total) for section, visits in ordered)


def content_preferences(history: History) -> tuple[ContentPreference, ...]:
    """Most liked first, equals by name."""
    preferences = (ContentPreference(tag, affinity(known)) for tag, known in history.tags.items())
    return tuple(sorted(preferences, key=lambda preference: (-preference.affinity, preference.tag)))


def affinity(tag: TagHistory) -> float:
    """How much a user likes content with a tag, in (0, 1).

    (seen + 0.5 p) / (seen + 3 dismissed + p) with p = 10: the mean of the Beta posterior for "sees it rather than
    dismisses it" under a prior worth ten indifferent reactions, each dismissal counted three times. Little evidence
    stays near 0.5, every view raises it, every dismissal lowers it.
    """
    against = DISMISSAL_WEIGHT * tag.dismissed
    return (tag.seen + NEUTRAL_AFFINITY * AFFINITY_PRIOR) / (tag.seen + against + AFFINITY_PRIOR)


def usage_pattern(history: History, now: datetime) -> UsagePattern:
    lengths = [(session.end_us - session.start_us) / SECOND_US for session in history.sessions]
    gaps = _days_between_sessions(history)
    by_hour = (sum(history.week[hour::HOURS_IN_DAY]) for hour in range(HOURS_IN_DAY))
    by_day = (sum(history.week[at : at + HOURS_IN_DAY]) for at in range(0, len(history.week), HOURS_IN_DAY))
    return UsagePattern(
        hours=_shares(by_hour),
        weekdays=_shares(by_day),
        session_seconds_median=median(lengths) if lengths else None,
        days_between_sessions_median=median(gaps) if gaps else None,
        consistency=_consistency(gaps),
        trend=_trend(history, now),
    )


def _shares(counts: Iterable[int]) -> tuple[float, ...]:
    known = tuple(counts)
    total = sum(known)
    return tuple(count / total if total else 0.0 for count in known)


def _days_between_sessions(history: History) -> list[float]:
    """From the start of each session to the start of the next, in days."""
    return [(later.start_us - earlier.start_us) / DAY_US for earlier, later in pairwise(history.sessions)]


def _consistency(gaps: list[float]) -> float | None:
    """How regular the gaps are: 1 when equal, 1/2 as for a Poisson process, towards 0 in bursts.

    mean / (mean + standard deviation); that is (1 - B) / 2 for the burstiness B of Goh and Barabasi, "Burstiness and
    memory in complex systems", EPL 81 (2008) 48002. Gaps are never 0, so neither is their mean. Undefined (`None`)
    below four gaps.
    """
    if len(gaps) < CONSISTENCY_FROM_GAPS:
        return None
    mean = fmean(gaps)
    deviation = math.sqrt(fmean((gap - mean) ** 2 for gap in gaps))
    return mean / (mean + deviation)


def _trend(history: History, now: datetime) -> Trend:
    """Sessions of the last 28 days against those of the 28 days before.

    Given their sum n, the later of two Poisson counts with equal rates is binomial(n, 1/2) (Przyborowski and Wilenski,
    Biometrika 31 (1940) 313-323), so z = (later - earlier) / sqrt(n) is about normal. Unknown for fewer than 5
    sessions and for users first seen less than 56 days ago, who had less time in the earlier half.
    """
    later = sessions_started_within(history, TREND_DAYS, now)
    both = sessions_started_within(history, 2 * TREND_DAYS, now)
    first_us = history.first_seen_us
    if first_us is None or first_us > microseconds(now) - 2 * TREND_DAYS * DAY_US:
        return Trend.UNKNOWN
    if both < TREND_FROM_SESSIONS:
        return Trend.UNKNOWN
    z = (2 * later - both) / math.sqrt(both)
    if abs(z) < TREND_Z:
        return Trend.STEADY
    return Trend.RISING if z > 0 else Trend.FALLING
