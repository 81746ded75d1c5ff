"""What did a user do on each day, and what in all before?

The law is the history's: however the interactions are batched, folding the batches one after another (and folding from
scratch wherever `fold_days` says that it cannot place one) gives the totals folded from scratch. Totals are sums and
sets of bits, so order does not matter; which days are remembered one by one depends on the set of active days alone.
An interaction earlier than all of them might belong to a day that is only summed up: it cannot be placed.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from domain.model.habits import DailyTotals, OlderTotals
from domain.model.interactions import InteractionKind
from domain.rules.instants import DAY_US, SECOND_US, microseconds
from domain.rules.profiles import MICROS_PER_VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.model.interactions import Interaction

REMEMBERED_DAYS = 366
"""Active days remembered one by one: enough for everything within the last 365 days."""

HALF_HOUR_US = 30 * 60 * SECOND_US


class _Day(NamedTuple):
    day: int
    interactions: int
    conversions: int
    value_micros: int
    spent_micros: int
    half_hours: int

    def and_also(self, other: _Day) -> _Day:
        return _Day(
            self.day,
            self.interactions + other.interactions,
            self.conversions + other.conversions,
            self.value_micros + other.value_micros,
            self.spent_micros + other.spent_micros,
            self.half_hours | other.half_hours,
        )


def fold_days(
    totals: DailyTotals, interactions: Iterable[Interaction], limit: int = REMEMBERED_DAYS
) -> DailyTotals | None:
    """The totals with further interactions of the same user added.

    `None` when one lies so far in the past that the totals can no longer place it: then fold all of the user's
    interactions from `DailyTotals()`, which always succeeds.
    """
    added: dict[int, _Day] = {}
    for interaction in interactions:
        one = _day_of(interaction)
        known = added.get(one.day)
        added[one.day] = one if known is None else known.and_also(one)
    if not added:
        return totals
    if totals.older.days and min(added) < totals.days[0]:
        return None
    # Days before the first that changes stay as they are: adding one interaction copies them, but looks at none.
    kept = bisect_left(totals.days, min(added))
    columns = _columns(totals)
    for known in map(_Day, *(column[kept:] for column in columns)):
        also = added.get(known.day)
        added[known.day] = known if also is None else known.and_also(also)
    changed = zip(*(added[day] for day in sorted(added)), strict=True)
    return _bounded(totals.older, [column[:kept] + more for column, more in zip(columns, changed, strict=True)], limit)


def _bounded(older: OlderTotals, columns: Sequence[tuple[int, ...]], limit: int) -> DailyTotals:
    summed = max(0, len(columns[0]) - limit)
    if summed:
        older = _summed_up(older, map(_Day, *(column[:summed] for column in columns)))
    days, interactions, conversions, value_micros, spent_micros, half_hours = (column[summed:] for column in columns)
    return DailyTotals(days, interactions, conversions, value_micros, spent_micros, half_hours, older)


def _columns(totals: DailyTotals) -> tuple[tuple[int, ...], ...]:
    return (
        totals.days,
        totals.interactions,
        totals.conversions,
        totals.value_micros,
        totals.spent_micros,
        totals.half_hours,
    )


def _day_of(interaction: Interaction) -> _Day:
    day, us = divmod(microseconds(interaction.occurred_at), DAY_US)
    value = interaction.value
    micros = 0 if value is None else round(value * MICROS_PER_VALUE)
    converted = interaction.kind is InteractionKind.CONVERSION
    return _Day(day, 1, int(converted), micros, micros if converted else 0, 1 << us // HALF_HOUR_US)


def _summed_up(older: OlderTotals, days: Iterable[_Day]) -> OlderTotals:
    """The days, oldest first, are later than all that were summed up before."""
    for day in days:
        older = replace(
            older,
            days=older.days + 1,
            interactions=older.interactions + day.interactions,
            conversions=older.conversions + day.conversions,
            value_micros=older.value_micros + day.value_micros,
            spent_micros=older.spent_micros + day.spent_micros,
            last_day=day.day,
        )
        if day.conversions:
            older = _with_conversions(older, day)
    return older


def _with_conversions(older: OlderTotals, day: _Day) -> OlderTotals:
    if older.first_conversion_day is None:
        older = replace(older, first_conversion_day=day.day, first_spent_micros=day.spent_micros)
    return replace(older, conversion_days=older.conversion_days + 1, last_conversion_day=day.day)
