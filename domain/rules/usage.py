"""What does a history say about how, when and how much a user uses the host application?

Medians, consistency and trend look at the sessions of the history's horizon, everything else at all time. Hours and
weekdays are shrunk towards an even spread, not towards other users' habits: a profile is a fold of its own user's
interactions and of nothing else.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from domain.model.usage import (
    Activity,
    ContentPreference,
    DeviceShare,
    FeatureUsage,
    SectionShare,
    UsagePattern,
)
from domain.rules.folding.sessions import session_start
from domain.rules.instants import DAY_US, SECOND_US, WEEK_US, instant_at, microseconds
from domain.rules.profiles import HOURS_IN_DAY, MICROS_PER_VALUE, horizon_start_us
from domain.rules.rhythms import TREND_UP_TO_WEEKS, regularity, shrunken_shares, trend

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.profiles import FeatureHistory, History, TagHistory

ADOPTED_FROM_USES = 3
ADOPTED_AFTER_US = DAY_US

NEUTRAL_AFFINITY = 0.5
AFFINITY_PRIOR = 10
"""How many imaginary indifferent reactions a tag starts with."""
DISMISSAL_WEIGHT = 3
"""Dismissing is deliberate, seeing is not: one dismissal weighs as much as three views."""

HOURS_PRIOR_SESSIONS = 24
"""As if everybody had already come once at each hour of the day."""
WEEKDAYS_PRIOR_SESSIONS = 28
"""As if everybody had already come for four even weeks. Measured: days repeat less than hours (decision 0013)."""


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
    sessions = history.older_sessions + len(history.sessions)
    by_hour = [sum(history.week[hour::HOURS_IN_DAY]) for hour in range(HOURS_IN_DAY)]
    by_day = [sum(history.week[at : at + HOURS_IN_DAY]) for at in range(0, len(history.week), HOURS_IN_DAY)]
    return UsagePattern(
        hours=shrunken_shares(by_hour, sessions, HOURS_PRIOR_SESSIONS),
        weekdays=shrunken_shares(by_day, sessions, WEEKDAYS_PRIOR_SESSIONS),
        week=history.week,
        session_seconds_median=median(lengths) if lengths else None,
        days_between_sessions_median=median(gaps) if gaps else None,
        consistency=regularity(gaps),
        trend=trend(weekly_sessions(history, now)),
    )


def weekly_sessions(history: History, now: datetime) -> tuple[int, ...]:
    """Sessions that started in each of the latest weeks before `now`, oldest first: whole weeks of which all is known.

    At most twelve, which lie within the horizon of 90 days. A week in which the user was not known yet, or is only
    partly remembered because their clock ran ahead, does not count; one in which they stayed away counts as 0.
    """
    now_us = microseconds(now)
    weeks = min(TREND_UP_TO_WEEKS, (now_us - _remembered_since_us(history, now_us)) // WEEK_US)
    counts = [0] * weeks
    for session in history.sessions:
        ago = (now_us - session.start_us) // WEEK_US
        if 0 <= ago < weeks:
            counts[-1 - ago] += 1
    return tuple(counts)


def _remembered_since_us(history: History, now_us: int) -> int:
    """From when on every session is remembered one by one."""
    if history.first_seen_us is None or history.last_seen_us is None:
        return now_us
    since_us = max(history.first_seen_us, horizon_start_us(history.last_seen_us))
    return min(since_us, now_us)


def _days_between_sessions(history: History) -> list[float]:
    """From the start of each session to the start of the next, in days."""
    return [(later.start_us - earlier.start_us) / DAY_US for earlier, later in pairwise(history.sessions)]
