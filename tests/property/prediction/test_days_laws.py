"""Totals by day do not depend on batches or order, and lose nothing."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import UTC
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from domain.model.habits import DailyTotals, Habits
from domain.model.interactions import InteractionKind
from domain.rules.folding.days import REMEMBERED_DAYS, fold_days
from domain.rules.folding.habits import fold_habits, habits_from_scratch
from domain.rules.instants import DAY_US, microseconds
from tests.property.profiles.strategies import interactions

if TYPE_CHECKING:
    from domain.model.interactions import Interaction

TIGHT = 4
RECEIVED = st.sampled_from([0, 5, 260]).flatmap(lambda days: st.lists(interactions(days), max_size=40))
CUTS = st.lists(st.integers(0, 40), max_size=12) | st.just(list(range(41)))


def from_scratch(received: list[Interaction], limit: int) -> DailyTotals:
    totals = fold_days(DailyTotals(), received, limit)
    assert totals is not None
    return totals


def batches(received: list[Interaction], cuts: list[int]) -> list[tuple[int, int]]:
    return list(itertools.pairwise(sorted({0, len(received), *(cut % (len(received) + 1) for cut in cuts)})))


@given(RECEIVED, CUTS, st.sampled_from([1, TIGHT, REMEMBERED_DAYS]))
def test_any_batches_give_the_totals_folded_from_scratch(
    received: list[Interaction], cuts: list[int], limit: int
) -> None:
    totals = DailyTotals()
    for start, end in batches(received, cuts):
        totals = fold_days(totals, received[start:end], limit) or from_scratch(received[:end], limit)
    assert totals == from_scratch(received, limit)


@given(RECEIVED, CUTS)
def test_any_batches_give_the_habits_folded_from_scratch(received: list[Interaction], cuts: list[int]) -> None:
    habits = Habits()
    for start, end in batches(received, cuts):
        habits = fold_habits(habits, received[start:end]) or habits_from_scratch(received[:end])
    assert habits == habits_from_scratch(received)


@given(RECEIVED.flatmap(lambda drawn: st.tuples(st.just(drawn), st.permutations(drawn))))
def test_the_order_of_receipt_does_not_matter_to_totals(orders: tuple[list[Interaction], list[Interaction]]) -> None:
    assert from_scratch(orders[0], TIGHT) == from_scratch(orders[1], TIGHT)


@given(RECEIVED)
def test_each_remembered_day_is_summed_up_as_defined(received: list[Interaction]) -> None:
    by_day: dict[int, list[Interaction]] = defaultdict(list)
    for one in received:
        by_day[microseconds(one.occurred_at) // DAY_US].append(one)
    totals = from_scratch(received, TIGHT)

    assert totals.days == tuple(sorted(by_day)[-TIGHT:])
    for place, day in enumerate(totals.days):
        own = by_day[day]
        spending = [one for one in own if one.kind is InteractionKind.CONVERSION]
        halves = {one.occurred_at.astimezone(UTC).time().hour * 2 + one.occurred_at.minute // 30 for one in own}
        assert totals.interactions[place] == len(own)
        assert totals.conversions[place] == len(spending)
        assert totals.value_micros[place] == sum(round((one.value or 0) * 1e6) for one in own)
        assert totals.spent_micros[place] == sum(round((one.value or 0) * 1e6) for one in spending)
        assert totals.half_hours[place] == sum(1 << half for half in halves)


@given(RECEIVED)
def test_older_days_are_summed_up_without_loss(received: list[Interaction]) -> None:
    tight, all_days = from_scratch(received, TIGHT), from_scratch(received, REMEMBERED_DAYS)
    older, count = tight.older, len(all_days.days) - len(tight.days)
    converting = [place for place in range(count) if all_days.conversions[place]]

    assert older.days == count
    assert older.last_day == (all_days.days[count - 1] if count else None)
    assert older.interactions == sum(all_days.interactions[:count])
    assert older.conversions == sum(all_days.conversions[:count])
    assert older.value_micros == sum(all_days.value_micros[:count])
    assert older.spent_micros == sum(all_days.spent_micros[:count])
    assert older.conversion_days == len(converting)
    assert older.first_conversion_day == (all_days.days[converting[0]] if converting else None)
    assert older.last_conversion_day == (all_days.days[converting[-1]] if converting else None)
    assert older.first_spent_micros == (all_days.spent_micros[converting[0]] if converting else 0)
