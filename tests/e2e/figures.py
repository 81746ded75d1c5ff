"""What should a profile say, computed from a log in the plainest way, sharing no code with the engine?

Follows the descriptions in the SDL and in the built-in segments, over whole lists, without limits or increments.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

SESSION_GAP = timedelta(minutes=30)
DAY = timedelta(days=1)
LATELY = timedelta(days=30)
MEMBER_FROM = 0.5
PROFILE = """
  firstSeenAt lastSeenAt
  activity { sessions interactions conversions activeDays sessionsLast7Days sessionsLast30Days value }
  features { feature uses firstUsedAt lastUsedAt adopted }
  devices { device share }
  sections { section visits share }
  usagePattern { hours weekdays }
  segments { segment { key kind } confidence }
"""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a log; `at` has the offset of the user's local time."""

    user: str
    at: datetime
    kind: str = "FEATURE_USE"
    target: str | None = None
    section: str | None = None
    device: str | None = None
    value: float | None = None


def sessions_of(events: Iterable[Event]) -> list[list[Event]]:
    """Runs with no gap over 30 minutes, oldest first."""
    ordered = sorted(events, key=lambda event: event.at)
    sessions = [ordered[:1]]
    for before, after in pairwise(ordered):
        if after.at - before.at > SESSION_GAP:
            sessions.append([])
        sessions[-1].append(after)
    return sessions


def figures_of(events: Sequence[Event], now: datetime) -> dict[str, Any]:
    """The answer to `PROFILE` for one user; `segments` are the keys of those that the user is in."""
    return {
        "firstSeenAt": min(event.at for event in events),
        "lastSeenAt": max(event.at for event in events),
        "activity": _activity(events, now),
        "features": _features(events),
        "devices": _shares("device", (event.device for event in events)),
        "sections": _shares("section", (event.section for event in events), counted_as="visits"),
        "usagePattern": {
            "hours": _shrunken(events, [event.at.hour for event in events], 24, per_part=1),
            "weekdays": _shrunken(events, [event.at.weekday() for event in events], 7, per_part=4),
        },
        "segments": sorted(_segments(events, now)),
    }


def told_by(profile: Mapping[str, Any]) -> dict[str, Any]:
    """What the engine answered to `PROFILE`, in the same shape."""
    told = dict(profile)
    # Other tests define segments of their own in the same engine.
    built_in = [m for m in told["segments"] if m["segment"]["kind"] == "BUILT_IN"]
    told["segments"] = sorted(m["segment"]["key"] for m in built_in if m["confidence"] >= MEMBER_FROM)
    for name in ("firstSeenAt", "lastSeenAt"):
        told[name] = datetime.fromisoformat(told[name])
    told["features"] = [
        {**use, **{name: datetime.fromisoformat(use[name]) for name in ("firstUsedAt", "lastUsedAt")}}
        for use in told["features"]
    ]
    return told


def differences(expected: object, told: object, where: str = "") -> list[str]:
    """Every place in which two answers differ by more than the rounding of a float."""
    if isinstance(expected, Mapping) and isinstance(told, Mapping) and expected.keys() == told.keys():
        return [text for key in expected for text in differences(expected[key], told[key], f"{where}.{key}")]
    if isinstance(expected, list) and isinstance(told, list) and len(expected) == len(told):
        pairs = enumerate(zip(expected, told, strict=True))
        return [text for index, (one, other) in pairs for text in differences(one, other, f"{where}[{index}]")]
    if isinstance(expected, float) and isinstance(told, int | float):
        same = math.isclose(expected, told, rel_tol=1e-9, abs_tol=1e-6)
    else:
        same = expected == told
    return [] if same else [f"{where}: expected {expected!r}, told {told!r}"]


def _activity(events: Sequence[Event], now: datetime) -> dict[str, Any]:
    starts = [session[0].at for session in sessions_of(events)]
    return {
        "sessions": len(starts),
        "interactions": len(events),
        "conversions": sum(event.kind == "CONVERSION" for event in events),
        "activeDays": len(_days(events)),
        "sessionsLast7Days": sum(start > now - 7 * DAY for start in starts),
        "sessionsLast30Days": sum(start > now - LATELY for start in starts),
        "value": math.fsum(event.value or 0 for event in events),
    }


def _days(events: Iterable[Event]) -> set[date]:
    return {event.at.astimezone(UTC).date() for event in events}


def _features(events: Sequence[Event]) -> list[dict[str, Any]]:
    instants: dict[str, list[datetime]] = {}
    for event in events:
        if event.kind == "FEATURE_USE" and event.target:
            instants.setdefault(event.target, []).append(event.at)
    return [
        {
            "feature": feature,
            "uses": len(uses),
            "firstUsedAt": min(uses),
            "lastUsedAt": max(uses),
            "adopted": len(uses) >= 3 and max(uses) - min(uses) >= DAY,
        }
        for feature, uses in sorted(instants.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _shares(name: str, values: Iterable[str | None], counted_as: str | None = None) -> list[dict[str, Any]]:
    counts = Counter(value for value in values if value)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    total = counts.total()
    return [
        {name: value, **({counted_as: count} if counted_as else {}), "share": count / total} for value, count in ordered
    ]


def _shrunken(events: Sequence[Event], places: Sequence[int], size: int, per_part: int) -> list[float]:
    """As if somebody had come so many times in each part before the sessions that they really had."""
    sessions, counts = len(sessions_of(events)), Counter(places)
    return [(sessions * counts[index] / len(events) + per_part) / (sessions + size * per_part) for index in range(size)]


def _segments(events: Sequence[Event], now: datetime) -> Iterable[str]:
    """As the segments describe themselves."""
    known = now - min(event.at for event in events)
    sessions = sessions_of(events)
    lately = sum(session[0].at > now - LATELY for session in sessions)
    features = _features(events)
    first_day = now.date() - LATELY + DAY
    if known <= 14 * DAY and len(_days(events)) <= 8:
        yield "new_user"
    if known >= 14 * DAY and lately <= 8:
        yield "casual_user"
    few = sum(use["uses"] <= 3 for use in features)
    if sum(use["firstUsedAt"] > now - LATELY for use in features) >= 6 and few >= len(features) / 2:
        yield "feature_explorer"
    days_lately = sum(day >= first_day for day in _days(events))
    if lately >= 12 and days_lately >= 8 and sum(use["adopted"] for use in features) >= 6:
        yield "power_user"
    latest = sessions[-20:]
    successful = sum(any(event.kind == "CONVERSION" for event in session) for session in latest)
    if successful >= 3 and successful / (len(latest) + 3) >= 0.45:
        yield "goal_oriented"
    devices = Counter(event.device for event in events if event.device)
    for device, segment in (("MOBILE", "mobile_first"), ("DESKTOP", "desktop_focused")):
        if devices[device] / (devices.total() + 4) >= 0.6:
            yield segment
