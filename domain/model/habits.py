"""What only models read of a user's past, beside the history: totals by day, and which action followed which.

Kept apart from the history because no rule reads it, and rules are asked far more often than models.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from domain.model.interactions import InteractionKind


@dataclass(frozen=True, slots=True)
class OlderTotals:
    """Active days that are only summed up; all are earlier than every day remembered one by one.

    Days are counted since 1970 UTC. `first_spent_micros` is what was spent on `first_conversion_day`.
    """

    days: int = 0
    interactions: int = 0
    conversions: int = 0
    value_micros: int = 0
    spent_micros: int = 0
    conversion_days: int = 0
    last_day: int | None = None
    first_conversion_day: int | None = None
    first_spent_micros: int = 0
    last_conversion_day: int | None = None


@dataclass(frozen=True, slots=True)
class DailyTotals:
    """What a user did on each active UTC day, as columns of equal length: one place per day, oldest first.

    `days`: days since 1970. `value_micros`: the values of all interactions, in millionths; `spent_micros`: those of
    conversions alone. `half_hours`: 48 bits, the lowest set when there was an interaction in the half hour after
    midnight UTC. Only the latest active days are here, the others are in `older`.
    """

    days: tuple[int, ...] = ()
    interactions: tuple[int, ...] = ()
    conversions: tuple[int, ...] = ()
    value_micros: tuple[int, ...] = ()
    spent_micros: tuple[int, ...] = ()
    half_hours: tuple[int, ...] = ()
    older: OlderTotals = field(default_factory=OlderTotals)


Action: TypeAlias = "tuple[InteractionKind, str]"
"""What a user does one after another: a kind and its target, "" for none."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The user's latest actions in order of receipt, as columns of equal length: one place per action, oldest first.

    `codes` are places in `actions`, which holds the distinct ones in order of their first place in `codes`. `gaps`:
    whole seconds since the action before (negative where clocks disagree), 0 for the first. `last_second`: when the
    last one occurred, in whole seconds since 1970 UTC.
    """

    actions: tuple[Action, ...] = ()
    codes: tuple[int, ...] = ()
    gaps: tuple[int, ...] = ()
    last_second: int | None = None


@dataclass(frozen=True, slots=True)
class Habits:
    """Bounded; equal however the interactions were batched."""

    days: DailyTotals = field(default_factory=DailyTotals)
    trail: Trail = field(default_factory=Trail)
