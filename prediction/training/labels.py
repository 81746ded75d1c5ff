"""What does training keep of users: their signals at cut-offs, and what came of each?"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from prediction.signals.rows import matrix_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from domain.model.users import UserId
    from prediction.matrices import Counts, Matrix, Vector

MAX_ROWS = 400_000
"""Of more, so many that a fixed half, quarter, ... of the users fits: about 150 MB."""

HASH_BITS = 64


class Labelled(NamedTuple):
    """One user's signals at one cut-off (its place in the plan), and what came of it."""

    cut_off: int
    signals: Matrix
    label: float


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """One entry a row; `users` are numbered."""

    users: Counts
    cut_offs: Counts
    signals: Matrix
    labels: Vector

    def __len__(self) -> int:
        return len(self.users)

    @property
    def user_count(self) -> int:
        return len(np.unique(self.users))

    def of(self, chosen: NDArray[np.bool_]) -> LabelledRows:
        return LabelledRows(self.users[chosen], self.cut_offs[chosen], self.signals[chosen], self.labels[chosen])


@dataclass(slots=True)
class LabelledUsers:
    """Users in any order, each once. Bounded: beyond `max_rows` only a share of the users, by their ids, is kept."""

    max_rows: int = MAX_ROWS
    _share: float = 1.0
    _rows: int = 0
    _users: dict[UserId, tuple[Labelled, ...]] = field(default_factory=dict)

    def wants(self, user_id: UserId) -> bool:
        return _hashed(user_id) < self._share

    def add(self, user_id: UserId, labelled: Iterable[Labelled]) -> None:
        kept = tuple(labelled) if self.wants(user_id) else ()
        if kept:
            self._users[user_id] = kept
            self._rows += len(kept)
        while self._rows > self.max_rows:
            self._share /= 2
            self._users = {user: rows for user, rows in self._users.items() if self.wants(user)}
            self._rows = sum(map(len, self._users.values()))

    def rows(self) -> LabelledRows:
        """By user id, then as added: in whatever order the users were."""
        ids = sorted(self._users)
        rows = [(place, one) for place, user in enumerate(ids) for one in self._users[user]]
        return LabelledRows(
            np.array([place for place, _ in rows], dtype=np.int64),
            np.array([one.cut_off for _, one in rows], dtype=np.int64),
            matrix_of(one.signals for _, one in rows),
            np.array([one.label for _, one in rows], dtype=np.float64),
        )


def _hashed(user: UserId) -> float:
    """In [0, 1), the same for one user always."""
    digest = blake2b(user.encode(), digest_size=HASH_BITS // 8).digest()
    return int.from_bytes(digest, "big") / (1 << HASH_BITS)
