"""Which entry of a full table goes first?"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_V = TypeVar("_V")


class RankedTable(Generic[_V]):
    """Entries by name, of which that with the smallest (rank, name) is evicted first.

    An entry's rank may only grow while it is in the table. So a heap whose outdated ranks are corrected when they
    come up finds the smallest in O(log n); it is built when first needed, and every entry is in it exactly once.
    """

    __slots__ = ("_heap", "_rank", "entries")

    def __init__(self, entries: Mapping[str, _V], rank: Callable[[_V], int]) -> None:
        self.entries = dict(entries)
        self._rank = rank
        self._heap: list[tuple[int, str]] | None = None

    def enter(self, name: str, value: _V) -> None:
        """Adds an entry under a name that has none."""
        self.entries[name] = value
        if self._heap is not None:
            heappush(self._heap, (self._rank(value), name))

    def keep(self, limit: int) -> None:
        """Evicts until at most `limit` entries are left."""
        while len(self.entries) > limit:
            del self.entries[self._pop_smallest()]

    def _pop_smallest(self) -> str:
        if self._heap is None:
            self._heap = [(self._rank(value), name) for name, value in self.entries.items()]
            heapify(self._heap)
        while True:
            noted, name = heappop(self._heap)
            rank = self._rank(self.entries[name])
            if rank == noted:
                return name
            heappush(self._heap, (rank, name))
