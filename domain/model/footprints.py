"""What of one user counts in the sums over all users: what they did on which day, and where they belong now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Standing(NamedTuple):
    """Where the user stood when a day was first counted: a fact that nothing changes afterwards.

    `held_out`: by the holdout of the whole programme, `None` where there was none.
    """

    segments: tuple[str, ...] = ()
    held_out: bool | None = None


class ActiveDay(NamedTuple):
    """One UTC day (days since 1970) with any interaction. `sessions`: begun on it. `uses`: of features, by name.

    `standing` is `None` until the day is counted.
    """

    day: int
    interactions: int = 0
    conversions: int = 0
    value_micros: int = 0
    sessions: int = 0
    uses: tuple[tuple[str, int], ...] = ()
    standing: Standing | None = None


class Move(NamedTuple):
    """On that day the user joined a segment (1) or left it (-1)."""

    day: int
    segment: str
    change: int


class EarlierDays(Protocol):
    """Active days that hardly anything is about any more: they are only read when something is."""

    @property
    def count(self) -> int: ...

    @property
    def names(self) -> frozenset[str]:
        """Of the features used on them."""
        ...

    @property
    def days(self) -> tuple[ActiveDay, ...]:
        """Oldest first, all before those of the footprint."""
        ...


@dataclass(frozen=True, slots=True)
class NoDays:
    count: int = 0
    names: frozenset[str] = frozenset()
    days: tuple[ActiveDay, ...] = ()


NO_DAYS = NoDays()


@dataclass(frozen=True, slots=True)
class Footprint:
    """The latest active days, oldest first, and the present: it counts who is known, in which segments, at what risk.

    `moves`: how the user came to be in `segments`, oldest first. `churn_micros`: millionths of the risk. Where there
    are `earlier` days, there are `days`, too.
    """

    days: tuple[ActiveDay, ...] = ()
    is_known: bool = False
    segments: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    churn_micros: int | None = None
    earlier: EarlierDays = NO_DAYS


NO_FOOTPRINT = Footprint()
"""Of whom nothing is known, and of whom nothing is to be counted."""
