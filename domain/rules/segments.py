"""Which segments is a user in, how surely, since when, and when has that to be looked at again?

A built-in segment is a conjunction of thresholds. Each is a logistic ramp that crosses one half exactly at its
threshold, and the confidence is the smallest of them: the segment counts exactly when all thresholds are reached, and
the confidence says how near the weakest one is. The ramps are so wide that one more interaction moves a confidence by
less than 0.35.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import TYPE_CHECKING

from domain.model.interactions import Device, InteractionKind
from domain.model.segments import KEPT_FROM_CONFIDENCE, Segment, SegmentKey, SegmentKind, SegmentMembership
from domain.rules.instants import DAY_US, SECOND_US, microseconds
from domain.rules.usage import adopted_features, sessions_started_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from domain.model.profiles import History

LATELY_DAYS = 30
LATEST_SESSIONS = 20
FEW_USES = 3
# Beyond this a ramp is as good as at its end.
_NEARLY_NONE = 1e-9

ASSESSMENT_INTERVAL = timedelta(days=1)
ASSESSED_UNTIL_UNSEEN = timedelta(days=120)
"""Beyond this the clock moves no built-in segment any more: their longest look back is 30 days."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """A logistic curve: one half at `threshold`, 0.73 one `width` above it, 0.27 one `width` below."""

    threshold: float
    width: float

    def above(self, amount: float) -> float:
        """How surely `amount` has reached the threshold, in [0, 1]."""
        return (1 + math.tanh((amount - self.threshold) / (2 * self.width))) / 2

    def below(self, amount: float) -> float:
        """How surely `amount` is below the threshold: the rest."""
        return 1 - self.above(amount)

    def amount_at(self, confidence: float) -> float:
        """The amount that has reached the threshold so surely; 0 and 1 are as good as reached far away."""
        share = min(max(confidence, _NEARLY_NONE), 1 - _NEARLY_NONE)
        return self.threshold + self.width * math.log(share / (1 - share))


NEW_KNOWN_DAYS = Ramp(14, width=2.5)
NEW_ACTIVE_DAYS = Ramp(8, width=1.5)
CASUAL_KNOWN_DAYS = Ramp(14, width=2.5)
CASUAL_SESSIONS = Ramp(8, width=1.5)
EXPLORER_NEW_FEATURES = Ramp(6, width=1.25)
EXPLORER_FEW_USES_SHARE = Ramp(0.5, width=0.15)
POWER_SESSIONS = Ramp(12, width=2)
POWER_ACTIVE_DAYS = Ramp(8, width=1.5)
POWER_FEATURES = Ramp(6, width=1.25)
GOAL_SESSIONS = Ramp(3, width=0.75)
GOAL_SHARE = Ramp(0.45, width=0.12)
GOAL_PRIOR_SESSIONS = 3
DEVICE_SHARE = Ramp(0.6, width=0.06)
DEVICE_PRIOR = 4


@dataclass(frozen=True, slots=True)
class BuiltInSegment:
    """`confidence` is defined for users of whom an interaction is known, in [0, 1]."""

    segment: Segment
    confidence: Callable[[History, datetime], float]


@dataclass(frozen=True, slots=True)
class MembershipChange:
    """A user began or ceased to count as in a segment; `confidence` is the one afterwards, 0 when it is not kept."""

    segment: SegmentKey
    joined: bool
    confidence: float


def new_user(history: History, now: datetime) -> float:
    return min(
        NEW_KNOWN_DAYS.below(_days_known(history, now)),
        NEW_ACTIVE_DAYS.below(history.older_days + len(history.days)),
    )


def casual_user(history: History, now: datetime) -> float:
    return min(
        CASUAL_KNOWN_DAYS.above(_days_known(history, now)),
        CASUAL_SESSIONS.below(sessions_started_within(history, LATELY_DAYS, now)),
    )


def feature_explorer(history: History, now: datetime) -> float:
    since_us = microseconds(now) - LATELY_DAYS * DAY_US
    features = history.features.values()
    first_used_lately = sum([feature.first_us > since_us for feature in features])
    few = sum([feature.uses <= FEW_USES for feature in features])
    return min(
        EXPLORER_NEW_FEATURES.above(first_used_lately),
        EXPLORER_FEW_USES_SHARE.above(few / max(len(features), 1)),
    )


def power_user(history: History, now: datetime) -> float:
    first_day = microseconds(now) // DAY_US - LATELY_DAYS + 1
    return min(
        POWER_SESSIONS.above(sessions_started_within(history, LATELY_DAYS, now)),
        POWER_ACTIVE_DAYS.above(len(history.days) - bisect_left(history.days, first_day)),
        POWER_FEATURES.above(adopted_features(history)),
    )


def goal_oriented(history: History, _now: datetime) -> float:
    sessions = history.sessions[-LATEST_SESSIONS:]
    starts = [session.start_us // SECOND_US for session in sessions]
    seconds = history.recent.get(InteractionKind.CONVERSION, {}).values()
    # Sessions are half an hour apart, so the last one that began by a conversion's second holds it.
    successful = set(map(bisect_right, repeat(starts), chain.from_iterable(seconds))) - {0}
    return min(
        GOAL_SESSIONS.above(len(successful)),
        GOAL_SHARE.above(len(successful) / (len(sessions) + GOAL_PRIOR_SESSIONS)),
    )


def mobile_first(history: History, _now: datetime) -> float:
    return DEVICE_SHARE.above(_shrunk_share(history, Device.MOBILE))


def desktop_focused(history: History, _now: datetime) -> float:
    return DEVICE_SHARE.above(_shrunk_share(history, Device.DESKTOP))


def _days_known(history: History, now: datetime) -> float:
    """Days since first seen; 0 when the client's clock runs ahead."""
    first_us = history.first_seen_us
    return 0.0 if first_us is None else max(0.0, (microseconds(now) - first_us) / DAY_US)


def _shrunk_share(history: History, device: Device) -> float:
    return history.devices.get(device, 0) / (sum(history.devices.values()) + DEVICE_PRIOR)


def _built_in(
    key: str, name: str, description: str, confidence: Callable[[History, datetime], float]
) -> BuiltInSegment:
    return BuiltInSegment(Segment(SegmentKey(key), name, description, SegmentKind.BUILT_IN), confidence)


BUILT_IN = (
    _built_in(
        "new_user",
        "New user",
        "First seen at most 14 days ago and active on at most 8 days.",
        new_user,
    ),
    _built_in(
        "casual_user",
        "Casual user",
        "First seen at least 14 days ago, with at most 8 sessions in the last 30 days.",
        casual_user,
    ),
    _built_in(
        "feature_explorer",
        "Feature explorer",
        "Used at least 6 features for the first time in the last 30 days, and at least half of all features used were "
        "used at most 3 times.",
        feature_explorer,
    ),
    _built_in(
        "power_user",
        "Power user",
        "At least 12 sessions and 8 active days in the last 30 days, and at least 6 features adopted (used 3 times "
        "or more, over at least 24 hours).",
        power_user,
    ),
    _built_in(
        "goal_oriented",
        "Goal-oriented user",
        "Conversions in at least 3 of the latest 20 sessions, and in at least 45 % of them when 3 sessions without "
        "one are added (so that a lucky start does not count).",
        goal_oriented,
    ),
    _built_in(
        "mobile_first",
        "Mobile first",
        "At least 60 % of the interactions with a known device came from a mobile, when 4 from elsewhere are added "
        "(so that the first few do not decide).",
        mobile_first,
    ),
    _built_in(
        "desktop_focused",
        "Desktop focused",
        "At least 60 % of the interactions with a known device came from a desktop, when 4 from elsewhere are added "
        "(so that the first few do not decide).",
        desktop_focused,
    ),
)
BUILT_IN_SEGMENTS: tuple[Segment, ...] = tuple(built_in.segment for built_in in BUILT_IN)


def assess_segments(
    history: History,
    now: datetime,
    segments: Iterable[Segment],
    holds: Callable[[Segment], bool],
    previous: Iterable[SegmentMembership],
) -> tuple[SegmentMembership, ...]:
    """The user's memberships now, surest first, equals by key.

    A user without interactions is in no built-in segment: nothing is known, not even that they are new. Of `segments`
    only those with a condition are asked about; they hold for sure or not at all. `since` is that of the
    previous membership as long as that counted as much as this one does, otherwise `now`.
    """
    confidences = built_in_confidences(history, now)
    confidences |= {s.key: 1.0 for s in segments if s.kind is SegmentKind.CONDITION and holds(s)}
    earlier = {membership.segment: membership for membership in previous}
    memberships = (
        _since_first_like_it(SegmentMembership(key, confidence, now), earlier.get(key))
        for key, confidence in confidences.items()
        if confidence >= KEPT_FROM_CONFIDENCE
    )
    return tuple(sorted(memberships, key=lambda membership: (-membership.confidence, membership.segment)))


def built_in_confidences(history: History, now: datetime) -> dict[SegmentKey, float]:
    """Of every built-in segment, however low; of none for a user without interactions."""
    if history.last_seen_us is None:
        return {}
    return {built_in.segment.key: built_in.confidence(history, now) for built_in in BUILT_IN}


def _since_first_like_it(membership: SegmentMembership, earlier: SegmentMembership | None) -> SegmentMembership:
    if earlier is None or earlier.counts is not membership.counts:
        return membership
    return SegmentMembership(membership.segment, membership.confidence, earlier.since, membership.source)


def segment_changes(
    before: Sequence[SegmentMembership], after: Sequence[SegmentMembership]
) -> tuple[MembershipChange, ...]:
    """Who counts as in afterwards and did not before, or the reverse, by key."""
    confidences = {membership.segment: membership.confidence for membership in after}
    counted = {membership.segment for membership in before if membership.counts}
    counts = {membership.segment for membership in after if membership.counts}
    return tuple(
        MembershipChange(key, joined=key in counts, confidence=confidences.get(key, 0.0))
        for key in sorted(counted ^ counts)
    )


def next_assessment_at(history: History, now: datetime) -> datetime | None:
    """When to assess again although nothing happens: a day later, until the user has been away for 120 days."""
    last_us = history.last_seen_us
    if last_us is None or microseconds(now - ASSESSED_UNTIL_UNSEEN) > last_us:
        return None
    return now + ASSESSMENT_INTERVAL
