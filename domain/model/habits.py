"""What only models read of a user's past, beside the history: totals by day, and which action followed which.

Kept apart from the history because no rule reads it, and rules are asked far more often than models.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DailyTotals:
    """What a user did on each day."""


@dataclass(frozen=True, slots=True)
class Trail:
    """Which actions a user did one after another, in order of receipt."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Bounded; equal however the interactions were batched."""

    days: DailyTotals = field(default_factory=DailyTotals)
    trail: Trail = field(default_factory=Trail)
