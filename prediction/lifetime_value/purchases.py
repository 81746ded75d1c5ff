"""When did users buy, how often and for how much: what the models of buying read?

A purchase is a UTC day with a conversion: several conversions of one day are one purchase, as in the literature.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from domain.rules.instants import DAY_US, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from numpy.typing import NDArray

    from domain.model.habits import DailyTotals, Habits
    from prediction.matrices import Vector

DAYS_PER_WEEK = 7
MICROS = 1e6


class PurchaseRow(NamedTuple):
    """One user's purchases, with days since the first; nought everywhere for who never bought."""

    purchases: float
    recency_days: float
    age_days: float
    spent: float


NOTHING_BOUGHT = PurchaseRow(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Purchases:
    """One entry per user, in weeks as in the literature.

    `counted`: purchases, the first included; 0 for who never bought. `recency_weeks` (t_x): from the first to the
    last. `age_weeks` (T): from the first until now. `amount`: the mean of the counted purchases, never below 0.
    """

    counted: Vector
    recency_weeks: Vector
    age_weeks: Vector
    amount: Vector

    def __len__(self) -> int:
        return len(self.counted)

    @property
    def repeats(self) -> Vector:
        """Purchases after the first (x)."""
        return np.maximum(self.counted - 1, 0)

    @property
    def bought(self) -> NDArray[np.bool_]:
        return self.counted > 0

    def of(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Purchases:
        """Those of the chosen rows."""
        return Purchases(self.counted[rows], self.recency_weeks[rows], self.age_weeks[rows], self.amount[rows])


def purchase_row(habits: Habits, at: datetime) -> PurchaseRow:
    """Serving and training both call this. Days that seem to come after `at` are taken to be today."""
    days = habits.days
    bought = [*compress(days.days, days.conversions)]
    first, last = _ends(days, bought)
    if first is None or last is None:
        return NOTHING_BOUGHT
    today = microseconds(at) // DAY_US
    age = max(today - first, 0)
    spent = (days.older.spent_micros + sum(days.spent_micros)) / MICROS
    return PurchaseRow(days.older.conversion_days + len(bought), age - max(today - last, 0), age, spent)


def purchases_of(rows: Iterable[PurchaseRow]) -> Purchases:
    table = np.array([*rows], dtype=np.float64).reshape(-1, len(NOTHING_BOUGHT))
    counted, recency_days, age_days, spent = table.T
    amount = np.maximum(spent, 0) / np.maximum(counted, 1)
    return Purchases(counted, recency_days / DAYS_PER_WEEK, age_days / DAYS_PER_WEEK, amount)


def distinct(*columns: Vector) -> tuple[list[Vector], Vector]:
    """The distinct rows of `columns`, column by column, and how often each occurs: likelihoods need no row twice."""
    rows, counts = np.unique(np.column_stack(columns), axis=0, return_counts=True)
    return [rows[:, column] for column in range(len(columns))], counts.astype(np.float64)


def _ends(days: DailyTotals, bought: list[int]) -> tuple[int | None, int | None]:
    older = days.older
    first = bought[0] if bought and older.first_conversion_day is None else older.first_conversion_day
    last = bought[-1] if bought else older.last_conversion_day
    return first, last
