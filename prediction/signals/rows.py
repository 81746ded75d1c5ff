"""What are the signals of one user at one instant?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from prediction.signals.catalogue import SIGNALS
from prediction.signals.pasts import Past

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.model.habits import Habits
    from domain.model.profiles import History
    from prediction.matrices import Matrix


def signals_of(history: History, habits: Habits, at: datetime) -> Matrix:
    """One number per signal, in the order of `SIGNALS`; all are finite.

    Serving and training both call this: what is served is what was trained on, bit for bit. History and habits have
    to know of the same interactions.
    """
    past = Past(history, habits, at)
    return np.array([signal.read(past) for signal in SIGNALS], dtype=np.float32)


def matrix_of(rows: Iterable[Matrix]) -> Matrix:
    """Rows of signals below each other; a matrix without rows where there are none."""
    stacked = list(rows)
    return np.stack(stacked) if stacked else np.empty((0, len(SIGNALS)), dtype=np.float32)
