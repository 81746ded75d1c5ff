"""Which events lie so far from all others that a clock must have been wrong?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.evaluation.events import EventLog

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_STRAYS_SHARE = 0.01
"""Of all events, on either side; more are a part of the log, however far away."""


def without_strays(log: EventLog) -> EventLog:
    """The log without events behind a gap that is longer than all the time of the rest, as of 1970 or of next century.

    One of them would stretch the log over decades in which nothing happened.
    """
    instants = log.columns.instants
    first, last = _span(np.sort(instants))
    kept = (instants >= first) & (instants <= last)
    return log if kept.all() else EventLog(log.users, log.deeds, log.columns.chosen(np.flatnonzero(kept)))


def _span(instants: NDArray[np.int64]) -> tuple[int, int]:
    """The first and last of sorted instants that are no strays."""
    most = int(len(instants) * MOST_STRAYS_SHARE)
    start, end = 0, len(instants)
    while True:
        late = _strays(-instants[start:end][::-1], most)
        early = _strays(instants[start : end - late], most)
        if not late and not early:
            return int(instants[start]), int(instants[end - 1])
        start, end = start + early, end - late


def _strays(instants: NDArray[np.int64], most: int) -> int:
    """How many of the first, at most so many, lie before a gap longer than the span of all after it."""
    until = min(most, len(instants) - 1)
    gaps = np.diff(instants[: until + 1])
    rest = instants[-1] - instants[1 : until + 1]
    found = np.flatnonzero(gaps > rest)
    return int(found[-1]) + 1 if len(found) else 0
