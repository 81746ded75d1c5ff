"""How sums over users are kept, so that reading them never means counting interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from domain.model.rollups import RollUpKey, Sums

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from contextlib import AbstractAsyncContextManager

    from domain.ports.units_of_work import UnitOfWork

__all__ = ["RollUpKey", "RollUpRebuild", "RollUpRebuilds", "RollUps", "Sums"]


class RollUps(Protocol):
    """Sums that are the same whenever they are added up: a fold appends differences, a merger adds them in.

    The order and the batches in which differences are appended and merged change nothing. Sums that are 0 in every
    place are the same as none, and are not read.
    """

    async def append(self, changes: Mapping[RollUpKey, Sums]) -> None:
        """Differences, durable with this unit of work. Nobody waits for anybody: they are only merged later."""
        ...

    async def merge(self, limit: int) -> int:
        """Add up to `limit` appended differences to the totals; how many there were.

        0 as well while another unit of work merges: one merges at a time, and nobody waits for it.
        """
        ...

    async def read(
        self,
        measure: str,
        days: range,
        *,
        segments: Collection[str] | None = None,
        subjects: Collection[str] | None = None,
    ) -> Mapping[RollUpKey, Sums]:
        """Totals with what is not merged yet, one statement. `None`: of all. `days` has step 1."""
        ...

    async def read_whole(
        self,
        measure: str,
        days: range,
        *,
        segments: Collection[str] | None = None,
        subjects: Collection[str] | None = None,
    ) -> Mapping[RollUpKey, Sums]:
        """What `read` gives, added up over the days; the keys' day is the first one."""
        ...

    async def distinct(
        self, measure: str, days: range, segments: Collection[str], subjects: Collection[str] = ("",)
    ) -> Mapping[tuple[str, str], int]:
        """How many different users count in the period, by segment and subject, of a measure kept by gaps.

        At most `LONGEST_GAP_DAYS` days. One statement; who counts nowhere is missing.
        """
        ...


class RollUpRebuild(Protocol):
    """Sums made afresh from what is stored at one instant, while nobody merges. Without `commit` nothing changes.

    What is folded meanwhile is not in what is read here, and its differences stay to be merged.
    """

    @property
    def work(self) -> UnitOfWork:
        """Reads everything as it was at that instant."""
        ...

    async def add(self, sums: Mapping[RollUpKey, Sums]) -> None:
        """Add to the sums made afresh; they are kept outside of memory."""
        ...

    async def differing(self, measures: Collection[str]) -> Mapping[str, int]:
        """How many keys of each measure have other sums than those made afresh; a measure without any is missing."""
        ...

    async def replace(self, measures: Collection[str]) -> None:
        """Keep the sums made afresh instead of those that were kept at that instant, merged or not."""
        ...

    async def commit(self) -> None: ...


class RollUpRebuilds(Protocol):
    def __call__(self) -> AbstractAsyncContextManager[RollUpRebuild]:
        """Begin a rebuild; waits until nobody merges."""
        ...
