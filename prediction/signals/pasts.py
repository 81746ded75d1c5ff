"""What of users' pasts is worked out once, because several signals need it?

Everything is computed for many users at once, each independent of the others, so that a user gets the same bits alone
and among thousands: what is not whole is added up user by user in the order of days.
"""

from __future__ import annotations

import math
from functools import cache, cached_property
from itertools import chain, repeat
from operator import attrgetter, itemgetter, truediv
from typing import TYPE_CHECKING

import numpy as np

from domain.model.interactions import Device
from domain.rules.instants import DAY_SECONDS, DAY_US, SECOND_US, microseconds
from domain.rules.profiles import HOURS_IN_DAY, MICROS_PER_VALUE
from domain.rules.usage import is_adopted, sessions_started_within
from prediction.signals.columns import Column, before_each, numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from domain.model.habits import Habits
    from domain.model.profiles import History
    from prediction.matrices import Counts, Vector

LATEST_GAPS = 30
"""A rhythm is that of the latest gaps between active days; older ones belong to somebody the user no longer is."""

LATEST_SESSIONS = 20
MONTH_DAYS = 30

FADED_AFTER_HALF_LIVES = 10
"""What has faded to a thousandth is not added up any more."""

_NO_GAP = np.iinfo(np.int64).max
_LOGARITHMS: Vector = np.array([0.0, *map(math.log, range(1, 1_024))])
_LATEST = itemgetter(-1)
_USES, _FIRST_US, _LAST_US = attrgetter("uses"), attrgetter("first_us"), attrgetter("last_us")
_START_US, _END_US = attrgetter("start_us"), attrgetter("end_us")


class Pasts:
    """Histories and habits of users, each seen at an instant. What seems to happen later is taken to happen now.

    Every answer has one entry a user.
    """

    def __init__(self, histories: Sequence[History], habits: Sequence[Habits], instants: Sequence[datetime]) -> None:
        self.histories = histories
        self.instants = instants
        self._totals = [one.days for one in habits]
        self.at_us = numbers_of(map(microseconds, instants), len(instants))
        self.today = self.at_us // DAY_US
        self.days = Column.of([totals.days for totals in self._totals])

    def __len__(self) -> int:
        return len(self.histories)

    @cached_property
    def tenure_days(self) -> Vector:
        return self._days_since([one.first_seen_us for one in self.histories])

    @cached_property
    def silence_days(self) -> Vector:
        return self._days_since([one.last_seen_us for one in self.histories])

    @cached_property
    def span_days(self) -> Vector:
        """From the first to the last interaction."""
        return self.tenure_days - self.silence_days

    @cached_property
    def interactions(self) -> Counts:
        return numbers_of((one.interactions for one in self.histories), len(self))

    @cached_property
    def active_days(self) -> Counts:
        return numbers_of((totals.older.days for totals in self._totals), len(self)) + self.days.lengths

    @cached_property
    def sessions(self) -> Counts:
        return numbers_of((one.older_sessions + len(one.sessions) for one in self.histories), len(self))

    @property
    def conversions(self) -> Counts:
        return numbers_of((one.conversions for one in self.histories), len(self))

    @property
    def sections(self) -> Counts:
        return numbers_of((len(one.sections) for one in self.histories), len(self))

    @property
    def devices(self) -> Counts:
        return numbers_of((len(one.devices) for one in self.histories), len(self))

    @property
    def on_mobile(self) -> Counts:
        return numbers_of((one.devices.get(Device.MOBILE, 0) for one in self.histories), len(self))

    @property
    def on_any_device(self) -> Counts:
        return numbers_of((sum(one.devices.values()) for one in self.histories), len(self))

    @property
    def features_adopted(self) -> Counts:
        return numbers_of((sum(map(is_adopted, one.features.values())) for one in self.histories), len(self))

    @cached_property
    def value(self) -> Vector:
        return _valued([one.value_micros for one in self.histories])

    @property
    def interactions_on_last_day(self) -> Counts:
        return numbers_of((totals.interactions[-1] if totals.days else 0 for totals in self._totals), len(self))

    @property
    def value_on_last_day(self) -> Vector:
        return _valued([totals.value_micros[-1] if totals.days else 0 for totals in self._totals])

    @cached_property
    def pace_days(self) -> Vector:
        """Days per active day since the user was first seen."""
        return self.tenure_days / np.maximum(self.active_days, 1)

    @cached_property
    def usual_gap_days(self) -> Vector:
        """The median of the latest gaps between active days; for whom there is none, the pace."""
        rows, many = np.arange(len(self)), np.maximum(self.gap_counts, 1)
        ordered = self._sorted_gaps
        median = (ordered[rows, (many - 1) // 2] / 2) + (ordered[rows, many // 2] / 2)
        return np.where(self.gap_counts > 0, median, self.pace_days)

    @cached_property
    def gaps(self) -> Counts:
        """[user, gap]: days between consecutive active days, the latest last; 0 where there are fewer.

        The day that is only summed up counts as well.
        """
        days, known = self._latest_days
        return np.where(known[:, :-1], np.diff(days, axis=1), 0)

    @cached_property
    def gap_counts(self) -> Counts:
        _, known = self._latest_days
        return np.asarray(known[:, :-1].sum(axis=1), np.int64)

    @cached_property
    def longest_gap_days(self) -> Counts:
        longest: Counts = self.gaps.max(axis=1)
        return longest

    def gaps_over(self, days: float | Vector) -> Counts:
        over = (self._sorted_gaps > np.reshape(days, (-1, 1))) & (self._sorted_gaps != _NO_GAP)
        return np.asarray(over.sum(axis=1), np.int64)

    def days_within(self, days: int, before: int = 0) -> Counts:
        """Active days among the last `days` (today is one more), or among as many before the last `before`."""
        return (self._place(before) if before else self.days.ends) - self._place(days + before)

    def interactions_within(self, days: int, before: int = 0) -> Counts:
        counted = self._interactions_before
        return counted[self._place(before) if before else self.days.ends] - counted[self._place(days + before)]

    def conversions_within(self, days: int) -> Counts:
        counted = before_each(self._conversions)
        return counted[self.days.ends] - counted[self._place(days)]

    def value_within(self, days: int) -> Vector:
        places = (self._place(days) - self.days.starts).tolist()
        return _valued([sum(totals.value_micros[place:]) for totals, place in zip(self._totals, places, strict=True)])

    def fading_days(self, half_life_days: int) -> Vector:
        """Active days, of which each counts half as much with every half-life that it lies back."""
        weights = _fading(half_life_days)
        recent = self._ages < len(weights)
        return self.days.added(weights[self._ages[recent]], recent)

    def fading_interactions(self, half_life_days: int) -> Vector:
        """As `fading_days`, with the interactions of each day."""
        weights = _fading(half_life_days)
        recent = self._ages < len(weights)
        return self.days.added(self._interactions[recent] * weights[self._ages[recent]], recent)

    def active_months(self, within_days: int | None = None) -> Counts:
        """Distinct spans of 30 days, counted from 1970, with an active day that is remembered one by one."""
        first = self.days.starts if within_days is None else self._place(within_days)
        if not len(self.days.flat):
            return np.zeros(len(self), np.int64)
        last = np.maximum(self.days.ends - 1, 0)
        begun = self._months_begun
        return np.where(first < self.days.ends, 1 + begun[last] - begun[np.minimum(first, last)], 0)

    def half_hours_a_day(self) -> Vector:
        """Half hours with an interaction on the latest active days, on average."""
        latest = [totals.half_hours[-LATEST_GAPS:] for totals in self._totals]
        column = Column.of(latest)
        return column.sums(np.bitwise_count(column.flat).astype(np.int64)) / np.maximum(column.lengths, 1)

    def targets_within(self, days: int) -> Counts:
        """Targets of any kind last met within so many days (at most 90)."""
        since = self.at_us // SECOND_US - days * DAY_SECONDS
        return self._last_met.counted(self._last_met.flat > since[self._last_met.rows])

    def days_without_conversion(self) -> Vector:
        """Since the last day with a conversion; for whom there is none, since first seen."""
        last = np.full(len(self), -1, np.int64)
        converted = self._conversions > 0
        # Where a user comes more than once, the latest day is written last.
        last[self.days.rows[converted]] = self.days.flat[converted]
        older, is_older = _optional([totals.older.last_conversion_day for totals in self._totals])
        last = np.where((last < 0) & is_older, older, last)
        return np.where((last >= 0) | is_older, np.maximum(self.today - last, 0).astype(np.float64), self.tenure_days)

    def sessions_started_within(self, days: int) -> Counts:
        pairs = zip(self.histories, self.instants, strict=True)
        return numbers_of((sessions_started_within(history, days, at) for history, at in pairs), len(self))

    @property
    def session_minutes(self) -> Vector:
        """The mean length of the latest sessions; 0 without any of the last 90 days."""
        latest = [one.sessions[-LATEST_SESSIONS:] for one in self.histories]
        lengths = numbers_of(map(len, latest), len(self))
        every = [*chain.from_iterable(latest)]
        ends = Column(numbers_of(map(_END_US, every), len(every)), lengths)
        return ends.sums(ends.flat - numbers_of(map(_START_US, every), len(every))) / np.maximum(lengths, 1) / 60e6

    @cached_property
    def hours(self) -> Counts:
        """[user, hour]: interactions by hour of the day."""
        by_hour: Counts = self.week.reshape(len(self), -1, HOURS_IN_DAY).sum(axis=1)
        return by_hour

    @cached_property
    def week(self) -> Counts:
        """[user, hour]: interactions by hour of the week."""
        weeks = [one.week for one in self.histories]
        return numbers_of(chain.from_iterable(weeks), sum(map(len, weeks))).reshape(len(self), -1)

    @cached_property
    def features(self) -> tuple[Column, Column, Column]:
        """Uses, first and last use (microseconds) of every feature."""
        known = [use for one in self.histories for use in one.features.values()]
        lengths = numbers_of((len(one.features) for one in self.histories), len(self))
        uses, first, last = (
            Column(numbers_of(map(read, known), len(known)), lengths) for read in (_USES, _FIRST_US, _LAST_US)
        )
        return uses, first, last

    def since_us(self, days: int) -> Counts:
        return self.at_us - days * DAY_US

    @cached_property
    def _latest_days(self) -> tuple[Counts, NDArray[np.bool_]]:
        """[user, day]: active days, the latest last, and whether there is one."""
        days, known = self.days.latest(LATEST_GAPS + 1)
        older, is_older = _optional([totals.older.last_day for totals in self._totals])
        joins = is_older & (self.days.lengths <= LATEST_GAPS)
        before = LATEST_GAPS - self.days.lengths[joins]
        days[joins, before] = older[joins]
        known[joins, before] = True
        return days, known

    @cached_property
    def _last_met(self) -> Column:
        """Seconds: when each target of any kind was met last."""
        lengths = numbers_of((sum(map(len, one.recent.values())) for one in self.histories), len(self))
        met = chain.from_iterable(targets.values() for one in self.histories for targets in one.recent.values())
        return Column(numbers_of(map(_LATEST, met), int(lengths.sum())), lengths)

    @cached_property
    def _ages(self) -> Counts:
        """Of each active day, in days."""
        return np.asarray(np.maximum(self.today[self.days.rows] - self.days.flat, 0), np.int64)

    @cached_property
    def _interactions(self) -> Counts:
        return numbers_of(chain.from_iterable(totals.interactions for totals in self._totals), len(self.days.flat))

    @cached_property
    def _interactions_before(self) -> Counts:
        return before_each(self._interactions)

    @cached_property
    def _conversions(self) -> Counts:
        return numbers_of(chain.from_iterable(totals.conversions for totals in self._totals), len(self.days.flat))

    @cached_property
    def _months_begun(self) -> Counts:
        """Up to and with each active day: how many are in another month than the day before, over all users."""
        months = self.days.flat // MONTH_DAYS
        begins = np.append(True, (np.diff(months) != 0) | (np.diff(self.days.rows) != 0))
        return np.cumsum(begins)

    @cached_property
    def _sorted_gaps(self) -> Counts:
        """[user, gap]: ascending, and then what is no gap."""
        gaps = self.gaps
        is_gap = np.arange(LATEST_GAPS) >= LATEST_GAPS - self.gap_counts[:, np.newaxis]
        return np.sort(np.where(is_gap, gaps, _NO_GAP), axis=1)

    @cached_property
    def _places(self) -> dict[int, Counts]:
        return {}

    def _place(self, days: int) -> Counts:
        """Where, among all users' days, each user's last `days` begin."""
        place = self._places.get(days)
        if place is None:
            place = self._places[days] = self.days.from_value(self.today - days)
        return place

    def _days_since(self, instants_us: Sequence[int | None]) -> Vector:
        us, is_known = _optional(instants_us)
        return np.where(is_known, np.maximum(self.at_us - us, 0), 0) / DAY_US


def logarithms(amounts: Vector | Counts) -> Vector:
    """Natural ones, as the C library has them on every machine: vectorised ones differ in the last bit."""
    return np.fromiter(map(math.log, amounts.tolist()), np.float64, len(amounts))


def logarithms_of_counts(counts: Counts) -> Vector:
    """The same of whole numbers, of which most are small; 0 for 0."""
    logs = _LOGARITHMS[np.minimum(counts, len(_LOGARITHMS) - 1)]
    large = counts >= len(_LOGARITHMS)
    logs[large] = logarithms(counts[large])
    return logs


def _optional(numbers: Sequence[int | None]) -> tuple[Counts, NDArray[np.bool_]]:
    """0 for those that there are not, and which there are."""
    known = [number is not None for number in numbers]
    return numbers_of((number or 0 for number in numbers), len(numbers)), np.array(known, np.bool_)


def _valued(micros: Sequence[int]) -> Vector:
    """Divided as whole numbers of any size are."""
    return np.fromiter(map(truediv, micros, repeat(MICROS_PER_VALUE)), np.float64, len(micros))


@cache
def _fading(half_life_days: int) -> Vector:
    """By age in days."""
    return np.array([0.5 ** (age / half_life_days) for age in range(half_life_days * FADED_AFTER_HALF_LIVES)])
