"""What is a condition asked about: one user, in one context, at one instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.rules.buckets import bucket_after, code_units
from domain.rules.instants import microseconds
from domain.rules.packed_buckets import buckets_after
from domain.rules.windows import week_position, zone_named

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from domain.model.contexts import Context
    from domain.model.profiles import Profile
    from domain.model.segments import SegmentKey
    from domain.rules.indexing.facts import Variable

MAX_REMEMBERED_BUCKETS = 128
"""Of one profile: a process keeps thousands of those at hand."""


class Situation:
    """Immutable by convention; a slotted class with plain attributes because conditions read it thousands of times.

    What only some conditions need (local time, hash input) is worked out when first asked for, and remembered.
    """

    __slots__ = (
        "_units",
        "_values",
        "_week_position",
        "_zone",
        "buckets",
        "confidences",
        "context",
        "history",
        "insights",
        "now",
        "now_us",
        "profile",
    )

    def __init__(self, profile: Profile, context: Context, now: datetime) -> None:
        self.profile = profile
        self.context = context
        self.now = now
        self.now_us = microseconds(now)
        self.history = profile.history
        self.insights = profile.allowed_insights
        self.buckets = profile.buckets
        self.confidences: Mapping[SegmentKey, float] = {m.segment: m.confidence for m in profile.memberships}
        self._zone: ZoneInfo | None = None
        self._week_position: int | None = None
        self._units: Iterable[int] | None = None
        self._values: dict[Variable, tuple[Hashable, ...]] = {}

    @property
    def zone(self) -> ZoneInfo:
        if self._zone is None:
            self._zone = zone_named(self.context.time_zone)
        return self._zone

    @property
    def week_position(self) -> int:
        """Local time in microseconds since Monday 00:00."""
        if self._week_position is None:
            self._week_position = week_position(self.now_us, self.zone)
        return self._week_position

    def values(self, variable: Variable) -> tuple[Hashable, ...]:
        """The values that a variable has here."""
        known = self._values.get(variable)
        if known is None:
            known = self._values[variable] = tuple(variable.values(self))
        return known

    @property
    def units(self) -> Iterable[int]:
        """The code units of the user's id."""
        if self._units is None:
            self._units = code_units(self.profile.user_id)
        return self._units

    def hashed(self, salt: str, state: int) -> float:
        """The user's bucket under a salt, for `buckets` to remember: rules of one exclusion group share it."""
        if len(self.buckets) >= MAX_REMEMBERED_BUCKETS:
            self.buckets.clear()
        bucket = self.buckets[salt] = bucket_after(state, self.units)
        return bucket

    def hashed_at_once(self, states: Mapping[str, int]) -> Mapping[str, float]:
        """`hashed` for many salts, each with where it leads. They are remembered as long as there is room for all."""
        hashed = dict(zip(states, buckets_after([*states.values()], self.units), strict=True))
        if len(self.buckets) + len(hashed) <= MAX_REMEMBERED_BUCKETS:
            self.buckets.update(hashed)
        return hashed
