"""What does training remember of users: their purchases and signals at cut-offs, and what they spent afterwards?"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from domain.model.interactions import InteractionKind
from domain.rules.instants import DAY_US, microseconds
from prediction.lifetime_value.purchases import PurchaseRow, purchase_row, purchases_of
from prediction.signals.rows import matrix_of
from prediction.training.snapshots import rows_of, snapshots_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from domain.model.users import UserId
    from prediction.lifetime_value.purchases import Purchases
    from prediction.matrices import Counts, Matrix, Vector
    from prediction.training.logs import UserLog
    from prediction.training.plans import Plan

MAX_ROWS = 300_000
"""About 300 MB while training. Of more users a fixed half, quarter, ... is remembered: so many that they fit."""

HASH_BITS = 64
FOLDS = 5


class Seen(NamedTuple):
    """One user at one cut-off. `signals` are kept where the user was active: only then anything is foretold."""

    cut_off: int
    purchases: PurchaseRow
    spent: float
    conversion_days: int
    signals: Matrix | None


@dataclass(frozen=True, slots=True)
class Rows:
    """Active users at cut-offs, by their place in the plan. `folds` (0 to `FOLDS` - 1) split users, not rows."""

    users: Counts
    folds: Counts
    cut_offs: Counts
    purchases: Purchases
    signals: Matrix
    spent: Vector
    conversion_days: Vector

    def __len__(self) -> int:
        return len(self.users)

    def of(self, chosen: NDArray[np.bool_]) -> Rows:
        return Rows(
            self.users[chosen],
            self.folds[chosen],
            self.cut_offs[chosen],
            self.purchases.of(chosen),
            self.signals[chosen],
            self.spent[chosen],
            self.conversion_days[chosen],
        )


@dataclass(slots=True)
class RememberedUsers:
    """Users in any order, each once. `complete_at`: the cut-offs at which inactive users are remembered as well."""

    plan: Plan
    complete_at: frozenset[int]
    max_rows: int = MAX_ROWS
    _share: float = 1.0
    _rows: int = 0
    _users: dict[UserId, tuple[Seen, ...]] = field(default_factory=dict)

    def add(self, log: UserLog) -> None:
        if _hashed(log.user_id) >= self._share:
            return
        seen = tuple(self._seen(log))
        if seen:
            self._users[log.user_id] = seen
            self._rows += len(seen)
        while self._rows > self.max_rows:
            self._halve()

    def rows(self) -> Rows:
        """By user id, then by cut-off: in whatever order the users were added."""
        ids = sorted(self._users)
        seen = [(place, one) for place, user in enumerate(ids) for one in self._users[user] if one.signals is not None]
        folds = np.array([_bits(user) % FOLDS for user in ids], dtype=np.int64)
        users = np.array([place for place, _ in seen], dtype=np.int64)
        return Rows(
            users,
            folds[users],
            np.array([one.cut_off for _, one in seen], dtype=np.int64),
            purchases_of(one.purchases for _, one in seen),
            matrix_of(one.signals for _, one in seen if one.signals is not None),
            np.array([one.spent for _, one in seen], dtype=np.float64),
            np.array([one.conversion_days for _, one in seen], dtype=np.float64),
        )

    def everyone_at(self, cut_off: int) -> Purchases:
        """Of all users, for a cut-off that is complete: who left must not be missing where leaving is estimated."""
        seen = (one for user in sorted(self._users) for one in self._users[user])
        return purchases_of(one.purchases for one in seen if one.cut_off == cut_off)

    def _seen(self, log: UserLog) -> Iterator[Seen]:
        spendings = _Spendings.of(log)
        places = {at: place for place, at in enumerate(self.plan.cut_offs)}
        snapshots = [*snapshots_of(log, self.plan.cut_offs)]
        active = [snapshot for snapshot in snapshots if snapshot.was_active(self.plan.active)]
        signals = dict(zip((snapshot.at for snapshot in active), rows_of(active), strict=True))
        for snapshot in snapshots:
            place = places[snapshot.at]
            if snapshot.at in signals or place in self.complete_at:
                spent, days = spendings.between(snapshot.at, snapshot.at + self.plan.horizon)
                row = purchase_row(snapshot.habits, snapshot.at)
                yield Seen(place, row, spent, days, signals.get(snapshot.at))

    def _halve(self) -> None:
        self._share /= 2
        self._users = {user: seen for user, seen in self._users.items() if _hashed(user) < self._share}
        self._rows = sum(map(len, self._users.values()))


@dataclass(frozen=True, slots=True)
class _Spendings:
    """A user's conversions, by when they happened, whenever they were received."""

    at: Sequence[datetime]
    values: Sequence[float]

    @staticmethod
    def of(log: UserLog) -> _Spendings:
        interactions = (recorded.interaction for recorded in log.interactions)
        conversions = [one for one in interactions if one.kind is InteractionKind.CONVERSION]
        conversions.sort(key=lambda one: one.occurred_at)
        return _Spendings([one.occurred_at for one in conversions], [one.value or 0.0 for one in conversions])

    def between(self, after: datetime, until: datetime) -> tuple[float, int]:
        """What was spent, and on how many days; returns do not make it less than nothing."""
        first, end = bisect_right(self.at, after), bisect_right(self.at, until)
        days = {microseconds(at) // DAY_US for at in self.at[first:end]}
        return max(math.fsum(self.values[first:end]), 0.0), len(days)


def _hashed(user: UserId) -> float:
    return _bits(user) / (1 << HASH_BITS)


def _bits(user: UserId) -> int:
    return int.from_bytes(blake2b(user.encode(), digest_size=HASH_BITS // 8).digest(), "big")
