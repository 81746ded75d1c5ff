"""Into which cells do the regions that conditions name divide everything that a variable can be?

Within one cell no condition can tell two values apart, so what holds for one value of each cell holds for all values:
finitely many cells stand for infinitely many values.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, inf, isfinite
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

Cut: TypeAlias = tuple[float, int]
"""A place between numbers: `(5, BEFORE)` lies just before 5, `(5, AFTER)` just after it."""

BEFORE, AFTER = 0, 1
BOTTOM: Cut = (-inf, BEFORE)
TOP: Cut = (inf, AFTER)
ABSENT = None
"""The value of what is unknown: it lies in no span of numbers."""


@dataclass(frozen=True, slots=True)
class Spans:
    """The numbers from one cut to another, or to another."""

    spans: tuple[tuple[Cut, Cut], ...]

    def contains(self, value: object) -> bool:
        return isinstance(value, int | float) and any(
            low <= (value, BEFORE) and (value, AFTER) <= high for low, high in self.spans
        )


@dataclass(frozen=True, slots=True)
class Members:
    """The values of a set."""

    values: frozenset[Hashable]

    def contains(self, value: object) -> bool:
        return value in self.values


Region: TypeAlias = Spans | Members


@dataclass(frozen=True, slots=True)
class Line:
    """A variable that is a number from `low` to `high`; with `optional` it may also be absent."""

    whole: bool = False
    low: Cut = BOTTOM
    high: Cut = TOP
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A variable that is one of some values; without `universe` one of infinitely many."""

    universe: tuple[Hashable, ...] | None = None


Space: TypeAlias = Line | Choice


class Elsewhere:
    """The sample of a cell of values that no condition names."""


ELSEWHERE = Elsewhere()


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one variable, numbered; `samples` has a value of each. A set of cells is a mask of bits."""

    space: Space
    bounds: tuple[tuple[Cut, Cut], ...]
    samples: tuple[object, ...]

    @property
    def everything(self) -> int:
        return (1 << len(self.samples)) - 1

    def mask(self, region: Region) -> int:
        """The cells that make up a region; it must be one of those that the cells were made from."""
        if isinstance(region, Members):
            return sum(1 << index for index, sample in enumerate(self.samples) if sample in region.values)
        spans = [_fitted(self.space, low, high) for low, high in region.spans]
        return sum(
            1 << index
            for index, (start, end) in enumerate(self.bounds)
            if any(low <= start and end <= high for low, high in spans)
        )

    def mask_of(self, value: object) -> int:
        """The cell of a value; none, when the variable cannot have it."""
        if value is ABSENT and isinstance(self.space, Line):
            return (self.everything + 1) >> 1 if self.space.optional else 0
        if isinstance(self.space, Line):
            inside = (Spans((bound,)).contains(value) for bound in self.bounds)
        else:
            named = value in self.samples
            inside = (sample == value or (sample is ELSEWHERE and not named) for sample in self.samples)
        return sum(1 << index for index, is_inside in enumerate(inside) if is_inside)

    def among(self, mask: int) -> list[object]:
        """The samples of a set of cells."""
        return [sample for index, sample in enumerate(self.samples) if mask >> index & 1]


def cells_of(space: Space, regions: Iterable[Region]) -> Cells:
    if isinstance(space, Line):
        return _line_cells(space, regions)
    if space.universe is not None:
        return Cells(space, (), space.universe)
    sets = [sorted(region.values, key=repr) for region in regions if isinstance(region, Members)]
    named = dict.fromkeys(value for values in sets for value in values)
    return Cells(space, (), (*named, ELSEWHERE))


def _line_cells(space: Line, regions: Iterable[Region]) -> Cells:
    low, high = _fitted(space, space.low, space.high)
    cuts = {low, high}
    for region in regions:
        for span in region.spans if isinstance(region, Spans) else ():
            cuts.update(cut for cut in _fitted(space, *span) if low < cut < high)
    bounds = tuple(pairwise(sorted(cuts)))
    samples: list[object] = [_sample(start, end) for start, end in bounds]
    return Cells(space, bounds, (*samples, ABSENT) if space.optional else tuple(samples))


def _fitted(space: Space, low: Cut, high: Cut) -> tuple[Cut, Cut]:
    """On whole numbers cuts between the same two are one cut; no span reaches beyond the space."""
    if not isinstance(space, Line):
        return low, high
    if space.whole:
        low, high = _before_whole(low), _before_whole(high)
        return max(low, _before_whole(space.low)), min(high, _before_whole(space.high))
    return max(low, space.low), min(high, space.high)


def _before_whole(cut: Cut) -> Cut:
    number, side = cut
    if not isfinite(number):
        return cut
    return (ceil(number) if side == BEFORE else floor(number) + 1, BEFORE)


def _sample(start: Cut, end: Cut) -> float:
    """A number between two cuts: the least one, if there is one."""
    (low, side), (high, _) = start, end
    if isfinite(low) and side == BEFORE:
        return low
    if isfinite(low) and isfinite(high):
        return (low + high) / 2
    if isfinite(low):
        return low + 1
    return high - 1 if isfinite(high) else 0
