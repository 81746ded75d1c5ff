"""Who used which feature, how often and when, in as little memory as training can do with?"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from domain.model.interactions import InteractionKind
from domain.rules.instants import DAY_US, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prediction.matrices import Counts
    from prediction.training.logs import UserLog

MOST_ROWS = 2_000_000
"""Rows of (user, feature, day of receipt), 48 bytes each: where there are more, half of the users go, and again."""
MOST_FEATURES_OF_USER = 1_000
"""As many as a history keeps: the most recently used."""

_HASH_BITS = 63


@dataclass(frozen=True, slots=True)
class Holdings:
    """Which features users had used by an instant: one row a user and feature, in that order.

    Features are numbered; the instants are those of the first and the last use, in microseconds since 1970 UTC.
    """

    users: Counts
    features: Counts
    uses: Counts
    first_us: Counts
    last_us: Counts

    def __len__(self) -> int:
        return len(self.users)

    def of(self, kept: Counts) -> Holdings:
        """Some of the rows."""
        return Holdings(self.users[kept], self.features[kept], self.uses[kept], self.first_us[kept], self.last_us[kept])


@dataclass(frozen=True, slots=True)
class Uses:
    """All uses that training knows; `received_days`: the day by whose end (00:00 UTC) a row had been received.

    Users are numbers that come from their ids, features are numbered in order of their names, rows are in order: so
    nothing depends on the order in which users were added.
    """

    names: tuple[str, ...]
    rows: Holdings
    received_days: Counts

    def known_at(self, at_us: int | None = None) -> Holdings:
        """What had been received by an instant (00:00 UTC; the midnight before for others), or at all."""
        if at_us is None:
            return _summed(self.rows)
        return _summed(self.rows.of(np.flatnonzero(self.received_days <= at_us // DAY_US)))

    def received_between(self, after_us: int, until_us: int) -> Holdings:
        """What was received later than an instant, but not later than another (both 00:00 UTC)."""
        later = self.received_days > after_us // DAY_US
        return _summed(self.rows.of(np.flatnonzero(later & (self.received_days <= until_us // DAY_US))))


def _summed(rows: Holdings) -> Holdings:
    """One row a user and feature, of rows in order of users and features."""
    if not len(rows):
        return rows
    new = (np.diff(rows.users, prepend=-1) != 0) | (np.diff(rows.features, prepend=-1) != 0)
    first = np.flatnonzero(new)
    return Holdings(
        rows.users[first],
        rows.features[first],
        np.add.reduceat(rows.uses, first),
        np.minimum.reduceat(rows.first_us, first),
        np.maximum.reduceat(rows.last_us, first),
    )


@dataclass(slots=True)
class UseLedger:
    """Remembers uses, user after user, in bounded memory. `most_rows`: above it, half of the users are forgotten.

    Which half is decided by a hash of the user's id, so it does not depend on the order of users.
    """

    most_rows: int = MOST_ROWS
    halvings: int = 0
    _numbers: dict[str, int] = field(default_factory=dict)
    _columns: tuple[array[int], ...] = field(default_factory=lambda: tuple(array("q") for _ in range(6)))

    def add(self, log: UserLog) -> None:
        """Remembers one user; a user added twice is as good as two users of one id."""
        user = number_of(log.user_id)
        if not self._is_kept(user):
            return
        for (feature, day), (uses, first_us, last_us) in _by_day(log).items():
            number = self._numbers.setdefault(feature, len(self._numbers))
            for column, value in zip(self._columns, (user, number, uses, first_us, last_us, day), strict=True):
                column.append(value)
        while len(self._columns[0]) > self.most_rows and self.halvings < _HASH_BITS:
            self._halve()

    def uses(self) -> Uses:
        user, number, count, first_us, last_us, day = (np.array(column, np.int64) for column in self._columns)
        names = list(self._numbers)
        by_name = sorted(range(len(names)), key=names.__getitem__)
        rank = np.empty(len(names), np.int64)
        rank[by_name] = np.arange(len(names))
        feature = rank[number]
        order = np.lexsort((day, feature, user))
        rows = Holdings(user, feature, count, first_us, last_us).of(order)
        return Uses(tuple(names[each] for each in by_name), rows, day[order])

    def _is_kept(self, user: int) -> bool:
        return user >> (_HASH_BITS - self.halvings) == 0

    def _halve(self) -> None:
        self.halvings += 1
        kept = np.array(self._columns[0], np.int64) >> (_HASH_BITS - self.halvings) == 0
        self._columns = tuple(array("q", np.array(column, np.int64)[kept].tobytes()) for column in self._columns)
        self._forget_unused_names()

    def _forget_unused_names(self) -> None:
        names = list(self._numbers)
        used, renumbered = np.unique(np.array(self._columns[1], np.int64), return_inverse=True)
        self._numbers = {names[number]: at for at, number in enumerate(used)}
        self._columns = (self._columns[0], array("q", renumbered.astype(np.int64).tobytes()), *self._columns[2:])


def number_of(user_id: str) -> int:
    return int.from_bytes(blake2b(user_id.encode(), digest_size=8).digest()) >> (64 - _HASH_BITS)


def _by_day(log: UserLog) -> dict[tuple[str, int], tuple[int, int, int]]:
    """Uses, first and last, by feature and the day (its end, in days since 1970) on which they were received."""
    days: dict[tuple[str, int], tuple[int, int, int]] = {}
    for each in log.interactions:
        done = each.interaction
        if done.kind is not InteractionKind.FEATURE_USE or not done.target:
            continue
        key = (done.target, -(-microseconds(each.received_at) // DAY_US))
        at_us = microseconds(done.occurred_at)
        uses, first_us, last_us = days.get(key, (0, at_us, at_us))
        days[key] = (uses + 1, min(first_us, at_us), max(last_us, at_us))
    latest = _latest_features(days)
    return days if latest is None else {key: value for key, value in days.items() if key[0] in latest}


def _latest_features(days: dict[tuple[str, int], tuple[int, int, int]]) -> set[str] | None:
    """The features that a history would keep, or `None` for all."""
    last: dict[str, int] = {}
    for (feature, _), (_, _, last_us) in days.items():
        last[feature] = max(last_us, last.get(feature, last_us))
    if len(last) <= MOST_FEATURES_OF_USER:
        return None
    return set(_latest(last.items()))


def _latest(last: Iterable[tuple[str, int]]) -> list[str]:
    ordered = sorted(last, key=lambda item: (-item[1], item[0]))
    return [feature for feature, _ in ordered[:MOST_FEATURES_OF_USER]]
