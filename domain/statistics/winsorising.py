"""How much may one user count, so that a few do not decide for all?

Always an explicit choice: what is capped answers another question, and who reads the result is told the cap.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def capped(outcomes: Iterable[float], cap: float) -> list[float]:
    """Count at most `cap` of every outcome."""
    return [min(outcome, cap) for outcome in outcomes]


def cap_at(share: float, outcomes: Sequence[float]) -> float | None:
    """The outcome that a share of all users, of every variation together, does not exceed; `None` without users.

    The inverse of the empirical distribution function: Hyndman and Fan (1996), "Sample Quantiles in Statistical
    Packages", definition 1. One cap for all variations: one each would hide what differs at the top.
    """
    if not outcomes:
        return None
    return sorted(outcomes)[max(0, math.ceil(share * len(outcomes)) - 1)]
