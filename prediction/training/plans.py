"""At which instants does training look at users, and how far ahead?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, pairwise, takewhile

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """A user is *active* at a cut-off when seen in the `active_days` before it; what happens in the `horizon_days`
    after a cut-off is what models are to foretell. No training horizon reaches past the first test cut-off.

    `explanation` says in words where the horizon comes from.
    """

    horizon_days: int
    active_days: int
    training: tuple[datetime, ...]
    test: tuple[datetime, ...]
    explanation: str = "The horizon was given."

    def __post_init__(self) -> None:
        if self.horizon_days < 1 or self.active_days < 1:
            raise ValueError("a horizon, and the time in which users are active, last at least a day")
        if not self.training or not self.test:
            raise ValueError("there has to be a cut-off to train on and one to test on")
        if any(later <= earlier for earlier, later in pairwise(self.cut_offs)):
            raise ValueError("cut-offs ascend, and all of training come before those of the test")
        if self.training[-1] + self.horizon > self.test[0]:
            raise ValueError("the horizon of a training cut-off reaches past the first test cut-off")

    @property
    def horizon(self) -> timedelta:
        return timedelta(days=self.horizon_days)

    @property
    def active(self) -> timedelta:
        return timedelta(days=self.active_days)

    @property
    def cut_offs(self) -> tuple[datetime, ...]:
        """All, oldest first."""
        return (*self.training, *self.test)

    @property
    def ends_at(self) -> datetime:
        """Until when interactions have to be known."""
        return self.test[-1] + self.horizon


def every(days: int, first: datetime, last: datetime) -> tuple[datetime, ...]:
    """From `first` on, `days` apart, not after `last`."""
    return tuple(takewhile(lambda at: at <= last, (first + step * days * DAY for step in count())))
