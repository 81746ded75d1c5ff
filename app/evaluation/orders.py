"""Which events make up one order?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.evaluation.events import Columns, Deed, EventLog

if TYPE_CHECKING:
    from domain.model.interactions import InteractionKind


def as_orders(log: EventLog, kind: InteractionKind) -> EventLog:
    """One event of that `kind` for all events of one user at one instant, worth the sum of their values.

    What was in the order is forgotten; an order of lines without a value has none.
    """
    columns = log.columns
    starts = np.flatnonzero(
        np.diff(columns.users, prepend=-1).astype(bool) | np.diff(columns.instants, prepend=-1).astype(bool)
    )
    known = ~np.isnan(columns.values)
    totals = np.add.reduceat(np.where(known, columns.values, 0), starts)
    priced = np.add.reduceat(known.astype(np.int64), starts)
    first = columns.chosen(starts)
    values = np.where(priced > 0, totals, np.nan)
    deeds = np.zeros_like(first.deeds)
    return EventLog(log.users, (Deed(kind),), Columns(first.users, first.instants, first.offsets, deeds, values))
