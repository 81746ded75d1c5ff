"""Which numbers lie between two bounds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds may be left out; `gte` excludes `gt`, `lte` excludes `lt`, `eq` excludes all others."""

    gte: float | None = None
    gt: float | None = None
    lte: float | None = None
    lt: float | None = None
    eq: float | None = None

    def contains(self, number: float) -> bool:
        return (
            (self.eq is None or number == self.eq)
            and (self.gte is None or number >= self.gte)
            and (self.gt is None or number > self.gt)
            and (self.lte is None or number <= self.lte)
            and (self.lt is None or number < self.lt)
        )

    def bounds(self) -> tuple[float, ...]:
        """The bounds that are set."""
        return tuple(b for b in (self.gte, self.gt, self.lte, self.lt, self.eq) if b is not None)
