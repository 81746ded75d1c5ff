"""What kind of data is there to train on? Looked at once, before anything is planned."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from prediction.training.logs import UserLog

LONGEST_GAP_DAYS = 3_660
"""Longer gaps between two active days of a user count as this long."""

LATE_AFTER = timedelta(days=1)
"""Phones without a network deliver later than they should, but seldom later than this."""

DAY = timedelta(days=1)


@dataclass(slots=True)
class Survey:
    """Sizes, spans and rhythm of all logs. `gaps`: how often so many days lay between two active days of a user.

    `received_on`: interactions by UTC day.
    """

    users: int = 0
    interactions: int = 0
    late: int = 0
    first_received_at: datetime | None = None
    last_received_at: datetime | None = None
    first_occurred_at: datetime | None = None
    last_occurred_at: datetime | None = None
    gaps: Counter[int] = field(default_factory=Counter)
    received_on: Counter[date] = field(default_factory=Counter)

    def add(self, log: UserLog) -> None:
        received = [recorded.received_at for recorded in log.interactions]
        occurred = [recorded.interaction.occurred_at for recorded in log.interactions]
        if not received:
            return
        self.users += 1
        self.interactions += len(received)
        self.late += sum(there - here > LATE_AFTER for here, there in zip(occurred, received, strict=True))
        self.first_received_at = _least(self.first_received_at, min(received))
        self.last_received_at = _greatest(self.last_received_at, max(received))
        self.first_occurred_at = _least(self.first_occurred_at, min(occurred))
        self.last_occurred_at = _greatest(self.last_occurred_at, max(occurred))
        self.received_on.update(at.astimezone(UTC).date() for at in received)
        self._add_gaps(occurred)

    @property
    def was_imported(self) -> bool:
        """Was most of it received so late that it says nothing of what was known when?"""
        return 2 * self.late > self.interactions

    def _add_gaps(self, occurred: list[datetime]) -> None:
        days = sorted({at.astimezone(UTC).date() for at in occurred})
        for earlier, later in pairwise(days):
            self.gaps[min((later - earlier) // DAY, LONGEST_GAP_DAYS)] += 1


def _least(known: datetime | None, other: datetime) -> datetime:
    return other if known is None else min(known, other)


def _greatest(known: datetime | None, other: datetime) -> datetime:
    return other if known is None else max(known, other)
