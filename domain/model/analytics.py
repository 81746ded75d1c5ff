"""What is told of all users, and of the users of one segment, over a period of whole days in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from domain.model.experiment_results import Lift


class Activity(NamedTuple):
    """Of one day, or added up over days; then `users` and `converters` are counted on every day anew."""

    users: int = 0
    interactions: int = 0
    conversions: int = 0
    value_micros: int = 0
    sessions: int = 0
    converters: int = 0


class Membership(NamedTuple):
    """Who is in a segment now. `assessed`: of how many users the churn risk is known; `risk_micros`: their sum."""

    users: int = 0
    assessed: int = 0
    risk_micros: int = 0

    @property
    def risk_mean(self) -> float | None:
        """In [0, 1]; `None` where no model assessed anybody."""
        return self.risk_micros / self.assessed / 1_000_000 if self.assessed else None


class Reach(NamedTuple):
    """Different users over a period: those who did anything, and of them those who converted."""

    active: int = 0
    converted: int = 0

    @property
    def rate(self) -> float:
        """0 of no users."""
        return self.converted / self.active if self.active else 0.0


class Attendance(NamedTuple):
    """Different users over a period, the days on which they came, added up, and on how many of them they converted."""

    users: int = 0
    days: int = 0
    converting_days: int = 0

    @property
    def rate(self) -> float:
        """The share of days on which users came that they converted on; 0 of none."""
        return self.converting_days / self.days if self.days else 0.0


NOBODY = Reach()


@dataclass(frozen=True, slots=True)
class FeatureShare:
    """`share`: of all uses of features, in [0, 1]."""

    feature: str
    share: float


class DayFigures(NamedTuple):
    """One day. `members`: of the segment, when the day ended."""

    day: date
    activity: Activity
    members: int = 0


@dataclass(frozen=True, slots=True)
class Served:
    """How configs were given. `latencies`: how many took how long, by `LATENCY_BOUNDS_US`, the last one longer."""

    decided: int = 0
    cached: int = 0
    degraded: int = 0
    pushed: int = 0
    latencies: tuple[int, ...] = ()

    @property
    def configs(self) -> int:
        return self.decided + self.cached + self.degraded

    @property
    def cache_hit_rate(self) -> float:
        """0 of no configs."""
        return self.cached / self.configs if self.configs else 0.0


@dataclass(frozen=True, slots=True)
class ProgrammeLift:
    """Personalized users against those held out from the whole programme, by who converted; `absent`: why not."""

    lift: Lift | None = None
    absent: str = ""


class Programme(NamedTuple):
    """Users active while there was a holdout from the whole programme."""

    personalized: Reach = NOBODY
    held_out: Reach = NOBODY
