"""A purchase is a day with a conversion; what they were is known of all time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.habits import Habits
from domain.rules.folding.days import fold_days
from domain.rules.folding.habits import habits_from_scratch
from prediction.lifetime_value.buying import spent_at_same_rate
from prediction.lifetime_value.purchases import NOTHING_BOUGHT, PurchaseRow, purchase_row, purchases_of
from tests.builders.buyers import buyers
from tests.builders.interactions import DAY, HOUR, MONDAY, conversion, interaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.interactions import Interaction


def remembering(days: int, interactions: Sequence[Interaction]) -> Habits:
    totals = fold_days(Habits().days, interactions, limit=days)
    assert totals is not None
    return Habits(days=totals)


def test_conversions_of_one_day_are_one_purchase() -> None:
    habits = habits_from_scratch([conversion(value=10.0), conversion(MONDAY + HOUR, value=5.0)])
    assert purchase_row(habits, MONDAY + 30 * DAY) == PurchaseRow(1, 0, 30, 15.0)


def test_days_count_from_the_first_purchase() -> None:
    habits = habits_from_scratch(
        [interaction(MONDAY - 9 * DAY), *(conversion(MONDAY + days * DAY, value=2.5) for days in (0, 4, 11))]
    )
    assert purchase_row(habits, MONDAY + 30 * DAY) == PurchaseRow(3, 11, 30, 7.5)


def test_only_conversions_are_spending() -> None:
    assert purchase_row(habits_from_scratch([interaction(value=10.0)]), MONDAY) == NOTHING_BOUGHT
    habits = habits_from_scratch([conversion(value=1.0), interaction(value=10.0)])
    assert purchase_row(habits, MONDAY).spent == 1.0


def test_days_that_are_only_summed_up_count_in_full() -> None:
    bought = [conversion(MONDAY + days * DAY, value=2.0) for days in range(0, 50, 5)]
    expected = purchase_row(habits_from_scratch(bought), MONDAY + 60 * DAY)
    assert expected == PurchaseRow(10, 45, 60, 20.0)
    for days in (1, 3, 10):
        assert purchase_row(remembering(days, bought), MONDAY + 60 * DAY) == expected


def test_visits_after_the_last_purchase_do_not_hide_it() -> None:
    visits = [interaction(MONDAY + days * DAY) for days in (20, 21, 22)]
    habits = remembering(2, [conversion(value=2.0), conversion(MONDAY + 7 * DAY, value=2.0), *visits])
    assert purchase_row(habits, MONDAY + 30 * DAY) == PurchaseRow(2, 7, 30, 4.0)


def test_purchases_that_seem_to_come_later_are_taken_to_happen_today() -> None:
    habits = habits_from_scratch([conversion(value=1.0), conversion(MONDAY + 40 * DAY, value=1.0)])
    assert purchase_row(habits, MONDAY + 30 * DAY) == PurchaseRow(2, 30, 30, 2.0)
    assert purchase_row(habits, MONDAY - 3 * DAY) == PurchaseRow(2, 0, 0, 2.0)


def test_returns_do_not_make_a_mean_amount_negative() -> None:
    purchases = purchases_of([PurchaseRow(2, 7, 14, -5.0), PurchaseRow(2, 7, 14, 5.0), NOTHING_BOUGHT])
    assert purchases.amount.tolist() == [0.0, 2.5, 0.0]
    assert purchases.repeats.tolist() == [1, 1, 0]
    assert purchases.bought.tolist() == [True, True, False]
    assert purchases.recency_weeks.tolist() == [1, 1, 0]


def test_no_rows_are_no_purchases() -> None:
    assert len(purchases_of([])) == 0


def test_the_same_rate_spends_as_much_a_day_as_so_far() -> None:
    customers = buyers(counted=[4, 1, 0], amount=[30.0, 30.0, 0.0], age_weeks=[12, 0, 0])
    assert spent_at_same_rate(customers, 21).tolist() == [30.0, 90.0, 0.0]
