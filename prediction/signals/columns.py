"""How are numbers of many users held so that each user's can be counted and added up by themselves?"""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from prediction.matrices import Counts, Vector

_APART = 1 << 40
"""More than any number that is looked for: it keeps the numbers of one user apart from the next one's."""


class Column:
    """Whole numbers of users one after another, of each in order; users may have none."""

    def __init__(self, flat: Counts, lengths: Counts) -> None:
        self.flat = flat
        self.lengths = lengths
        self.ends = np.cumsum(lengths)
        self.starts = self.ends - lengths

    @staticmethod
    def of(several: Sequence[Sequence[int]]) -> Column:
        lengths = numbers_of(map(len, several), len(several))
        return Column(numbers_of(chain.from_iterable(several), int(lengths.sum())), lengths)

    @cached_property
    def rows(self) -> Counts:
        """Whose each number is."""
        rows: Counts = np.repeat(np.arange(len(self.lengths)), self.lengths)
        return rows

    def sums(self, values: Counts) -> Counts:
        """Of whole numbers in the places of the column's own."""
        before = before_each(values)
        return np.asarray(before[self.ends] - before[self.starts], np.int64)

    def counted(self, chosen: NDArray[np.bool_]) -> Counts:
        """How many of each user's numbers are among the chosen."""
        return np.bincount(self.rows[chosen], minlength=len(self.lengths))

    def added(self, values: Vector, chosen: NDArray[np.bool_]) -> Vector:
        """Of each user's chosen numbers the values, added one after another: so a user's sum is that of them alone."""
        return np.bincount(self.rows[chosen], values, len(self.lengths)).astype(np.float64, copy=False)

    def from_value(self, values: Counts) -> Counts:
        """For each user, whose numbers ascend, the place among all of the first that is not below the user's value."""
        keys = self._keys
        users = np.arange(len(self.lengths)) * _APART
        return np.asarray(np.searchsorted(keys, users + np.maximum(values, 0)), np.int64)

    def latest(self, width: int) -> tuple[Counts, NDArray[np.bool_]]:
        """[user, place]: the last `width` numbers, the very last on the right, and whether there is one."""
        places = self.ends[:, np.newaxis] - width + np.arange(width)
        known = places >= self.starts[:, np.newaxis]
        if not len(self.flat):
            return np.zeros(places.shape, np.int64), known
        return np.where(known, self.flat[np.maximum(places, 0)], 0), known

    @cached_property
    def _keys(self) -> Counts:
        return self.rows * _APART + self.flat


def numbers_of(numbers: Iterable[int], many: int) -> Counts:
    return np.fromiter(numbers, np.int64, many)


def before_each(values: Counts) -> Counts:
    """The sum of all values before each, and last of all of them."""
    return np.append(0, np.cumsum(values))
