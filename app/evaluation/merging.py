"""What do lines of one user at one instant amount to?"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from app.evaluation.events import Columns, Deed, EventLog

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from domain.model.interactions import InteractionKind


class Merging(StrEnum):
    """SUM: an order, of which the lines are the items. LARGEST: the line with the largest value speaks for all."""

    SUM = "sum"
    LARGEST = "largest"


def with_sums(log: EventLog, kind: InteractionKind) -> EventLog:
    """One event of that `kind` for all events of one user at one instant, worth the sum of their values.

    What was in the order is forgotten; an order of lines without a value has none.
    """
    columns = log.columns
    starts = _starts(columns)
    known = ~np.isnan(columns.values)
    totals = np.add.reduceat(np.where(known, columns.values, 0), starts)
    priced = np.add.reduceat(known.astype(np.int64), starts)
    first = columns.chosen(starts)
    values = np.where(priced > 0, totals, np.nan)
    deeds = np.zeros_like(first.deeds)
    return EventLog(log.users, (Deed(kind),), Columns(first.users, first.instants, first.offsets, deeds, values))


def with_largest(log: EventLog) -> EventLog:
    """Of all events of one user at one instant the one with the largest value: the first of them, none being least."""
    columns = log.columns
    starts = _starts(columns)
    instant = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(columns)))
    order = np.lexsort((-np.nan_to_num(columns.values, nan=-np.inf), instant))
    return EventLog(log.users, log.deeds, columns.chosen(order[starts]))


def _starts(columns: Columns) -> NDArray[np.intp]:
    """Where, in order of users and instants, another user or instant begins."""
    others = np.diff(columns.users, prepend=-1).astype(bool) | np.diff(columns.instants, prepend=-1).astype(bool)
    return np.flatnonzero(others)
