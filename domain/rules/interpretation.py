"""What does a condition mean, said as plainly as possible?

The compiled form in `domain.rules.conditions` is what runs; this reading of the same definitions has no shortcuts and
shares none of its arithmetic, so that each can be checked against the other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

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
from domain.model.schedules import Weekday
from domain.rules.instants import instant_at
from domain.rules.queries import compile_query

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.conditions import Condition
    from domain.model.profiles import Profile
    from domain.model.ranges import Range
    from domain.model.schedules import WeeklyWindow
    from domain.rules.situations import Situation

_WEEKDAYS = tuple(Weekday)


def interpret(condition: Condition, situation: Situation) -> bool:  # noqa: PLR0911 - one line a kind
    """Does the condition hold in the situation?"""
    match condition:
        case Always(value):
            return value
        case AllOf(conditions):
            return all(interpret(inner, situation) for inner in conditions)
        case AnyOf(conditions):
            return any(interpret(inner, situation) for inner in conditions)
        case Not(inner):
            return not interpret(inner, situation)
        case ChurnRiskWithin() | LifetimeValueWithin():
            return _expected(condition, situation.profile)
        case InSegment() | HasSkill() | TraitsMatch():
            return _who(condition, situation)
        case OnDevice() | AtPlace() | AttributesMatch() | AtLocalTime():
            return _where(condition, situation)
        case ActivityWithin() | FeatureUsed() | Did() | LastSeenWithin():
            return _behaved(condition, situation)
        case _:
            assert_never(condition)


def _who(condition: InSegment | HasSkill | TraitsMatch, situation: Situation) -> bool:
    profile = situation.profile
    match condition:
        case InSegment(segments, confidence):
            return any(m.segment in segments and m.confidence >= confidence for m in profile.memberships)
        case HasSkill(levels):
            return profile.skill in levels
        case TraitsMatch(query):
            return compile_query(query)(profile.traits)


def _expected(condition: ChurnRiskWithin | LifetimeValueWithin, profile: Profile) -> bool:
    choice, insights = profile.choice, profile.insights
    if not (choice.enabled and choice.use_of_models) or insights is None:
        return False
    match condition:
        case ChurnRiskWithin(wanted):
            return insights.churn is not None and wanted.contains(insights.churn.risk)
        case LifetimeValueWithin(wanted):
            return insights.lifetime_value is not None and wanted.contains(insights.lifetime_value.expected)


def _where(condition: OnDevice | AtPlace | AttributesMatch | AtLocalTime, situation: Situation) -> bool:
    context = situation.context
    match condition:
        case OnDevice(devices):
            return context.device is not None and context.device in devices
        case AtPlace(places):
            return context.place in places
        case AttributesMatch(query):
            return compile_query(query)(context.attributes)
        case AtLocalTime(window):
            return _window_holds(window, situation.now.astimezone(situation.zone))


def _window_holds(window: WeeklyWindow, local: datetime) -> bool:
    clock = local.time().replace(tzinfo=None, fold=0)
    today = _WEEKDAYS[local.weekday()] in window.weekdays
    if window.start < window.until:
        return today and window.start <= clock < window.until
    yesterday = _WEEKDAYS[local.weekday() - 1] in window.weekdays
    return (today and clock >= window.start) or (yesterday and clock < window.until)


def _behaved(condition: ActivityWithin | FeatureUsed | Did | LastSeenWithin, situation: Situation) -> bool:
    history = situation.history
    match condition:
        case ActivityWithin(ActivityMeasure.DAYS_SINCE_FIRST_SEEN, wanted):
            return _age_within(history.first_seen_us, wanted, situation)
        case ActivityWithin(measure, wanted):
            return wanted.contains(_activity(measure, situation))
        case FeatureUsed(feature, uses, last_used_days):
            used = history.features.get(feature)
            if not uses.contains(used.uses if used else 0):
                return False
            return last_used_days is None or _age_within(used.last_us if used else None, last_used_days, situation)
        case Did(kind, times, days, target):
            since = situation.now - timedelta(days=days)
            runs = [run for name, run in history.recent.get(kind, {}).items() if target in {None, name}]
            return times.contains(sum(instant_at(second * 1_000_000) > since for run in runs for second in run))
        case LastSeenWithin(days):
            return _age_within(history.last_seen_us, days, situation)


def _age_within(event_us: int | None, wanted: Range, situation: Situation) -> bool:
    return event_us is not None and wanted.contains(max((situation.now - instant_at(event_us)).days, 0))


def _activity(measure: ActivityMeasure, situation: Situation) -> float:
    history = situation.history
    starts = [instant_at(session.start_us) for session in history.sessions]
    return {
        ActivityMeasure.SESSIONS: history.older_sessions + len(history.sessions),
        ActivityMeasure.SESSIONS_7D: sum(start > situation.now - timedelta(days=7) for start in starts),
        ActivityMeasure.SESSIONS_30D: sum(start > situation.now - timedelta(days=30) for start in starts),
        ActivityMeasure.INTERACTIONS: history.interactions,
        ActivityMeasure.CONVERSIONS: history.conversions,
        ActivityMeasure.ACTIVE_DAYS: history.older_days + len(history.days),
        ActivityMeasure.VALUE: history.value_micros / 1_000_000,
    }[measure]
