"""Which number does a condition compare?"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from domain.model.conditions import ActivityMeasure
from domain.rules.instants import DAY_SECONDS, DAY_US, SECOND_US
from domain.rules.measures import COUNTS, SESSION_WINDOWS_DAYS
from domain.rules.usage import sessions_started_within

if TYPE_CHECKING:
    from domain.model.conditions import Did
    from domain.rules.situations import Situation


def activity_amount(measure: ActivityMeasure, situation: Situation) -> float | None:
    """`None` only for the days since a user was first seen who never was."""
    if measure is ActivityMeasure.DAYS_SINCE_FIRST_SEEN:
        return days_since(situation.history.first_seen_us, situation)
    if measure in SESSION_WINDOWS_DAYS:
        return sessions_started_within(situation.history, SESSION_WINDOWS_DAYS[measure], situation.now)
    return COUNTS[measure](situation.history)


def uses_of(feature: str, situation: Situation) -> int:
    used = situation.history.features.get(feature)
    return 0 if used is None else used.uses


def last_used_days(feature: str, situation: Situation) -> int | None:
    """`None` for a feature never used."""
    used = situation.history.features.get(feature)
    return None if used is None else days_since(used.last_us, situation)


def times_done(did: Did, situation: Situation) -> int:
    targets = situation.history.recent.get(did.kind, {})
    runs = targets.values() if did.target is None else (targets.get(did.target, ()),)
    after = situation.now_us // SECOND_US - did.days * DAY_SECONDS
    return sum(len(run) - bisect_right(run, after) for run in runs)


def days_since(event_us: int | None, situation: Situation) -> int | None:
    """Whole days, at least 0; `None` without the event."""
    return None if event_us is None else max((situation.now_us - event_us) // DAY_US, 0)
