"""What a rule brought in a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from domain.model.experiment_results import Lift


class Period(NamedTuple):
    """Whole days in UTC, counted since 1970, from `first` (inclusive) to `end` (exclusive)."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class DayPoint:
    """Of the users who first met the rule on a day, and those of them who reached the goal since."""

    day: date
    users: int
    conversions: int


@dataclass(frozen=True, slots=True)
class RulePerformance:
    """Of the users who first met the rule in the period: anew in each run of its experiment, without those held out.

    `applied`: how often the rule was delivered in the period, to whomever. `conversions`: of the users, those who
    reached the goal within its window. `dismissals`: of what the rule shows, within the same time. `lift`: of the
    experiment's latest run, against those held out from it, or of its only variation against the control; `absent`
    says why there is none. `series`: the days on which anybody met the rule, oldest first.
    """

    applied: int = 0
    users: int = 0
    conversions: int = 0
    dismissals: int = 0
    lift: Lift | None = None
    absent: str = ""
    series: tuple[DayPoint, ...] = ()

    @property
    def conversion_rate(self) -> float | None:
        """`None` without users."""
        return self.conversions / self.users if self.users else None
