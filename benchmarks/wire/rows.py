"""How is a figure shown beside its floor or peer, and beside the bar that it is to reach?"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HEAD = "| what | measured | floor or peer in the same run | ratio | bar | |\n| --- | --- | --- | --- | --- | --- |"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `met` is None where a row has no bar, but says what stands behind others."""

    what: str
    measured: str
    beside: str
    ratio: str
    bar: str = ""
    met: bool | None = None

    @property
    def line(self) -> str:
        verdict = {True: "met", False: "**missed**", None: ""}[self.met]
        return f"| {self.what} | {self.measured} | {self.beside} | {self.ratio} | {self.bar} | {verdict} |"


@dataclass(frozen=True, slots=True)
class Spread:
    """What several rounds measured: the median is the figure, the extremes say how far to trust it."""

    rounds: tuple[float, ...]

    @classmethod
    def of(cls, rounds: Iterable[float]) -> Spread:
        return cls(tuple(rounds))

    @property
    def median(self) -> float:
        return median(self.rounds)

    def shown(self, digits: int = 0, unit: str = "") -> str:
        """`median unit (least to most)`."""
        least, most = min(self.rounds), max(self.rounds)
        spread = f" ({least:,.{digits}f} to {most:,.{digits}f})" if len(self.rounds) > 1 else ""
        return f"{self.median:,.{digits}f}{unit}{spread}"

    def share(self) -> str:
        return f"{self.median:.0%} ({min(self.rounds):.0%} to {max(self.rounds):.0%})"

    def times(self) -> str:
        return f"{self.median:.2f} x ({min(self.rounds):.2f} to {max(self.rounds):.2f})"


def ratios(measured: Sequence[float], beside: Sequence[float]) -> Spread:
    """Round by round, so that what both suffered in one round cancels out."""
    return Spread.of(one / other for one, other in zip(measured, beside, strict=True))


def table(rows: Iterable[Row]) -> Iterator[str]:
    yield HEAD
    yield from (row.line for row in rows)
