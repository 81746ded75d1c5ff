"""What are the signals of users at an instant?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from prediction.signals.catalogue import SIGNALS
from prediction.signals.pasts import Pasts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from domain.model.habits import Habits
    from domain.model.profiles import History
    from prediction.matrices import Matrix


def signals_of(history: History, habits: Habits, at: datetime) -> Matrix:
    """One number per signal, in the order of `SIGNALS`; all are finite.

    Serving and training both end up here: what is served is what was trained on, bit for bit. History and habits have
    to know of the same interactions.
    """
    (row,) = signals_of_all([history], [habits], [at])
    only: Matrix = row
    return only


def signals_of_all(histories: Sequence[History], habits: Sequence[Habits], instants: Sequence[datetime]) -> Matrix:
    """The same for many users, or one user many times, each at an instant of its own: a row for each."""
    if not histories:
        return matrix_of([])
    pasts = Pasts(histories, habits, instants)
    columns = [signal.read(pasts) for signal in SIGNALS]
    rows: Matrix = np.stack(columns, axis=1, dtype=np.float32, casting="unsafe")
    return rows


def matrix_of(rows: Iterable[Matrix]) -> Matrix:
    """Rows of signals below each other; a matrix without rows where there are none."""
    stacked = list(rows)
    return np.stack(stacked) if stacked else np.empty((0, len(SIGNALS)), dtype=np.float32)
