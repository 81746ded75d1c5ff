"""How far could a measured number lie from the one that other users would have given?

Rows of one user resemble each other, so users are resampled, not rows (the cluster bootstrap: Cameron, Gelbach and
Miller, Review of Economics and Statistics 90 (2008) 414-427).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prediction.matrices import Counts

RESAMPLES = 400
FEWEST_USERS = 30
"""Fewer users than this say nothing about how users differ."""

_OUTER = (2.5, 97.5)
"""Percentiles of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    @property
    def is_above_zero(self) -> bool:
        return self.low > 0


def interval(
    statistic: Callable[[Counts], float | None], users: Counts, *, seed: int = 0, resamples: int = RESAMPLES
) -> Interval | None:
    """95 % of what `statistic` is when users are drawn with replacement; `None` for fewer than 30 users.

    `users[row]` names the row's user; `statistic` is given the rows of one drawing, a row as often as its user was
    drawn. Drawings in which it is undefined are left out; if most are, so is the interval. A difference of two
    models on the same rows gets a paired interval by being the statistic.
    """
    drawn = (statistic(rows) for rows in drawings(users, seed=seed, resamples=resamples))
    known = [value for value in drawn if value is not None]
    if len(known) <= resamples / 2:
        return None
    low, high = np.percentile(known, _OUTER)
    return Interval(float(low), float(high))


def drawings(users: Counts, *, seed: int, resamples: int) -> Iterator[Counts]:
    """The rows of each drawing of as many users as there are, with replacement; none for fewer than 30 users."""
    by_user = _rows_by_user(users)
    if len(by_user) < FEWEST_USERS:
        return
    generator = np.random.default_rng(seed)
    for _ in range(resamples):
        chosen = generator.integers(0, len(by_user), len(by_user))
        yield np.concatenate([by_user[user] for user in chosen])


def _rows_by_user(users: Counts) -> Sequence[Counts]:
    order = np.argsort(users, kind="stable")
    _, first = np.unique(users[order], return_index=True)
    return np.split(order, first[1:])
