"""What of a user's past is worked out once, because several signals need it?"""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from itertools import chain, pairwise
from statistics import median
from typing import TYPE_CHECKING

from domain.rules.instants import DAY_SECONDS, DAY_US, SECOND_US, microseconds
from domain.rules.profiles import MICROS_PER_VALUE

if TYPE_CHECKING:
    from collections.abc import Sequence
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
        "_columns",
        "_days",
        "at",
        "at_us",
        "gaps",
        "habits",
        "history",
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
        return float(median(self.gaps)) if self.gaps else self.pace_days

    def days_within(self, days: int, before: int = 0) -> int:
        """Active days among the last `days` (today is one more), or among as many before the last `before`."""
        return self._place(before) - self._place(days + before) if before else len(self._days) - self._place(days)

    def interactions_within(self, days: int, before: int = 0) -> int:
        return self._sum(self._columns.interactions, days, before)

    def conversions_within(self, days: int) -> int:
        return self._sum(self._columns.conversions, days)

    def value_within(self, days: int) -> float:
        return self._sum(self._columns.value_micros, days) / MICROS_PER_VALUE

    def fading_days(self, half_life_days: int) -> float:
        """Active days, of which each counts half as much with every half-life that it lies back."""
        weights = _fading(half_life_days)
        first = self._place(len(weights) - 1)
        return sum(weights[max(self.today - day, 0)] for day in self._days[first:])

    def fading_interactions(self, half_life_days: int) -> float:
        """As `fading_days`, with the interactions of each day."""
        weights = _fading(half_life_days)
        first = self._place(len(weights) - 1)
        days = zip(self._days[first:], self._columns.interactions[first:], strict=True)
        return sum(count * weights[max(self.today - day, 0)] for day, count in days)

    def active_months(self, within_days: int | None = None) -> int:
        """Distinct spans of 30 days, counted from 1970, with an active day that is remembered one by one."""
        first = 0 if within_days is None else self._place(within_days)
        return len({day // MONTH_DAYS for day in self._days[first:]})

    def gaps_over(self, days: int) -> int:
        return sum(gap > days for gap in self.gaps)

    def half_hours_a_day(self) -> float:
        """Half hours with an interaction on the latest active days, on average."""
        latest = self._columns.half_hours[-LATEST_GAPS:]
        return sum(map(int.bit_count, latest)) / max(len(latest), 1)

    def targets_within(self, days: int) -> int:
        """Targets of any kind last met within so many days (at most 90)."""
        since = self.at_us // SECOND_US - days * DAY_SECONDS
        met = chain.from_iterable(targets.values() for targets in self.history.recent.values())
        return sum(seconds[-1] > since for seconds in met)

    def days_without_conversion(self) -> float:
        """Since the last day with a conversion; for whom there is none, since first seen."""
        columns = self._columns
        for place in range(len(self._days) - 1, -1, -1):
            if columns.conversions[place]:
                return float(max(self.today - self._days[place], 0))
        last = self.older.last_conversion_day
        return self.tenure_days if last is None else float(max(self.today - last, 0))

    def _place(self, days: int) -> int:
        return bisect_left(self._days, self.today - days)

    def _sum(self, column: Sequence[int], days: int, before: int = 0) -> int:
        return sum(column[self._place(days + before) : self._place(before) if before else None])

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
