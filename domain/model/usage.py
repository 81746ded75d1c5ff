"""What does a profile say about how, when and how much a user uses the host application?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.interactions import Device


class Trend(StrEnum):
    RISING = "RISING"
    STEADY = "STEADY"
    FALLING = "FALLING"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Activity:
    """How much, ever and lately; `value` is the sum of the interactions' values."""

    sessions: int
    interactions: int
    conversions: int
    active_days: int
    sessions_last_7_days: int
    sessions_last_30_days: int
    value: float


@dataclass(frozen=True, slots=True)
class FeatureUsage:
    """`adopted`: used repeatedly, and not only on one occasion."""

    feature: str
    uses: int
    first_used_at: datetime
    last_used_at: datetime
    adopted: bool


@dataclass(frozen=True, slots=True)
class DeviceShare:
    """The share of the interactions whose device is known, in [0, 1]."""

    device: Device
    share: float


@dataclass(frozen=True, slots=True)
class SectionShare:
    """`share`: of the interactions that name a section, in [0, 1]."""

    section: str
    visits: int
    share: float


@dataclass(frozen=True, slots=True)
class ContentPreference:
    """`affinity`: 0 averse, 0.5 indifferent or unknown, 1 fond."""

    tag: str
    affinity: float


@dataclass(frozen=True, slots=True)
class UsagePattern:
    """When and how regularly a user comes.

    `hours`: 24 shares, local hour 0 first; `weekdays`: 7 shares, Monday first. Both as far as the sessions support
    them: the fewer there are, the nearer to an even spread; all zeros when nothing is known. `week`: interactions in
    each of 168 local hours, Monday 00:00 first, as they were counted. `consistency`: 0 erratic, 1 regular. `trend`: of
    the sessions per week.
    """

    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    week: tuple[int, ...]
    session_seconds_median: float | None
    days_between_sessions_median: float | None
    consistency: float | None
    trend: Trend
