"""What of a user's past is worked out once, because several signals need it?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cache
from itertools import accumulate, pairwise
from operator import mul
from statistics import median
from typing import TYPE_CHECKING

from domain.rules.instants import DAY_SECONDS, DAY_US, SECOND_US, microseconds
from domain.rules.profiles import HOURS_IN_DAY, MICROS_PER_VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from domain.model.habits import Habits
    from domain.model.profiles import History

LATEST_GAPS = 30
"""A rhythm is that of the latest gaps between active days; older ones belong to somebody the user no longer is."""

MONTH_DAYS = 30

FADED_AFTER_HALF_LIVES = 10
"""What has faded to a thousandth is not added up any more."""


class Past:
    """One user's history and habits, seen at one instant. What seems to happen later is taken to happen now."""

    __slots__ = (
        "_ages",
        "_columns",
        "_days",
        "_interactions_before",
        "_last_met",
        "_months",
        "_places",
        "_sorted_gaps",
        "at",
        "at_us",
        "gaps",
        "habits",
        "history",
        "hours",
        "older",
        "silence_days",
        "tenure_days",
        "today",
    )

    def __init__(self, history: History, habits: Habits, at: datetime) -> None:
        at_us = microseconds(at)
        first_us = at_us if history.first_seen_us is None else min(history.first_seen_us, at_us)
        last_us = at_us if history.last_seen_us is None else min(history.last_seen_us, at_us)
        self.at = at
        self.at_us = at_us
        self.today = at_us // DAY_US
        self.history = history
        self.habits = habits
        self.older = habits.days.older
        self._columns = habits.days
        self._days = habits.days.days
        self.tenure_days = (at_us - first_us) / DAY_US
        self.silence_days = (at_us - last_us) / DAY_US
        self.gaps = self._latest_gaps()
        week = history.week
        days_of_week = [week[at : at + HOURS_IN_DAY] for at in range(0, len(week), HOURS_IN_DAY)]
        self.hours = list(map(sum, zip(*days_of_week, strict=True)))
        """Interactions by hour of the day."""
        self._sorted_gaps = sorted(self.gaps)
        self._ages = [self.today - day if day < self.today else 0 for day in self._days]
        self._months = [day // MONTH_DAYS for day in self._days]
        self._interactions_before = [0, *accumulate(self._columns.interactions)]
        self._last_met = sorted([met[-1] for targets in history.recent.values() for met in targets.values()])
        self._places: dict[int, int] = {}

    @property
    def active_days(self) -> int:
        return self.older.days + len(self._days)

    @property
    def sessions(self) -> int:
        return self.history.older_sessions + len(self.history.sessions)

    @property
    def value(self) -> float:
        return self.history.value_micros / MICROS_PER_VALUE

    @property
    def interactions_on_last_day(self) -> int:
        return self._columns.interactions[-1] if self._days else 0

    @property
    def value_on_last_day(self) -> float:
        return self._columns.value_micros[-1] / MICROS_PER_VALUE if self._days else 0.0

    @property
    def span_days(self) -> float:
        """From the first to the last interaction."""
        return self.tenure_days - self.silence_days

    @property
    def pace_days(self) -> float:
        """Days per active day since the user was first seen."""
        return self.tenure_days / max(self.active_days, 1)

    @property
    def usual_gap_days(self) -> float:
        """The median of the latest gaps between active days; for whom there is none, the pace."""
        return float(median(self._sorted_gaps)) if self.gaps else self.pace_days

    @property
    def longest_gap_days(self) -> int:
        return self._sorted_gaps[-1] if self.gaps else 0

    def days_within(self, days: int, before: int = 0) -> int:
        """Active days among the last `days` (today is one more), or among as many before the last `before`."""
        return self._place(before) - self._place(days + before) if before else len(self._days) - self._place(days)

    def interactions_within(self, days: int, before: int = 0) -> int:
        counted = self._interactions_before
        return (counted[self._place(before)] if before else counted[-1]) - counted[self._place(days + before)]

    def conversions_within(self, days: int) -> int:
        return self._sum(self._columns.conversions, days)

    def value_within(self, days: int) -> float:
        return self._sum(self._columns.value_micros, days) / MICROS_PER_VALUE

    def fading_days(self, half_life_days: int) -> float:
        """Active days, of which each counts half as much with every half-life that it lies back."""
        weights = _fading(half_life_days)
        return sum(map(weights.__getitem__, self._ages[self._place(len(weights) - 1) :]))

    def fading_interactions(self, half_life_days: int) -> float:
        """As `fading_days`, with the interactions of each day."""
        weights = _fading(half_life_days)
        first = self._place(len(weights) - 1)
        faded: Iterable[float] = map(
            mul, self._columns.interactions[first:], map(weights.__getitem__, self._ages[first:])
        )
        return sum(faded)

    def active_months(self, within_days: int | None = None) -> int:
        """Distinct spans of 30 days, counted from 1970, with an active day that is remembered one by one."""
        first = 0 if within_days is None else self._place(within_days)
        return len(set(self._months[first:]))

    def gaps_over(self, days: float) -> int:
        return len(self.gaps) - bisect_right(self._sorted_gaps, days)

    def half_hours_a_day(self) -> float:
        """Half hours with an interaction on the latest active days, on average."""
        latest = self._columns.half_hours[-LATEST_GAPS:]
        return sum(map(int.bit_count, latest)) / max(len(latest), 1)

    def targets_within(self, days: int) -> int:
        """Targets of any kind last met within so many days (at most 90)."""
        since = self.at_us // SECOND_US - days * DAY_SECONDS
        return len(self._last_met) - bisect_right(self._last_met, since)

    def days_without_conversion(self) -> float:
        """Since the last day with a conversion; for whom there is none, since first seen."""
        columns = self._columns
        for place in range(len(self._days) - 1, -1, -1):
            if columns.conversions[place]:
                return float(max(self.today - self._days[place], 0))
        last = self.older.last_conversion_day
        return self.tenure_days if last is None else float(max(self.today - last, 0))

    def _place(self, days: int) -> int:
        place = self._places.get(days)
        if place is None:
            place = self._places[days] = bisect_left(self._days, self.today - days)
        return place

    def _sum(self, column: Sequence[int], days: int) -> int:
        return sum(column[self._place(days) :])

    def _latest_gaps(self) -> list[int]:
        """Days between consecutive active days, oldest first; the one that is only summed up counts as well."""
        latest = self._days[-LATEST_GAPS - 1 :]
        if self.older.last_day is not None and len(latest) <= LATEST_GAPS:
            latest = (self.older.last_day, *latest)
        return [later - earlier for earlier, later in pairwise(latest)]


@cache
def _fading(half_life_days: int) -> tuple[float, ...]:
    """By age in days."""
    return tuple(0.5 ** (age / half_life_days) for age in range(half_life_days * FADED_AFTER_HALF_LIVES))
