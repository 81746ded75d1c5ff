"""What another allocation would have given, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EstimatedMean:
    """The goal's measure per user, with a 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AllocationValue:
    """`logged`: what was given. `expected` and `gain` are `None` where the log cannot tell; `text` says why.

    `effective_users`: on how many users the answer really rests.
    """

    users: float
    text: str
    effective_users: float = 0.0
    logged: EstimatedMean | None = None
    expected: EstimatedMean | None = None
    gain: EstimatedMean | None = None
