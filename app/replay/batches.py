"""Which lines are sent together?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.replay.lines import Flaw
from app.replay.refusals import LineRefused, LogRefused, ReplayStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from app.replay.lines import Line
    from app.replay.tallies import Tally


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive lines; `elements[i]` is the JSON of the line `numbers[i]`."""

    numbers: tuple[int, ...]
    elements: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.elements)

    def without(self, indexes: Mapping[int, object]) -> Batch:
        kept = [index for index in range(len(self)) if index not in indexes]
        return Batch(tuple(self.numbers[i] for i in kept), tuple(self.elements[i] for i in kept))

    def halves(self) -> tuple[Batch, Batch]:
        middle = len(self) // 2
        return (
            Batch(self.numbers[:middle], self.elements[:middle]),
            Batch(self.numbers[middle:], self.elements[middle:]),
        )


def batches(
    lines: Iterable[Line | Flaw], write: Callable[[Line], bytes], size: int, tally: Tally, *, strict: bool
) -> Iterator[Batch]:
    """Yield the elements of `lines` in batches of `size`; lines that say nothing are refused into `tally`.

    Raises:
        LogRefused: the log is damaged; everything before has been yielded.
        ReplayStopped: a line was refused, and `strict` wants no other to follow; everything before has been yielded.

    """
    numbers: list[int] = []
    elements: list[bytes] = []
    ending: LogRefused | ReplayStopped | None = None
    try:
        for line in lines:
            tally.lines += 1
            tally.last_line = line.number
            try:
                elements.append(_element(line, write))
            except LineRefused as refused:
                tally.refuse_here(line.number, str(refused))
                if strict:
                    raise ReplayStopped(f"line {line.number}: {refused}") from None
                continue
            numbers.append(line.number)
            if len(elements) == size:
                yield Batch(tuple(numbers), tuple(elements))
                numbers, elements = [], []
    except (LogRefused, ReplayStopped) as reason:
        ending = reason
    if elements:
        yield Batch(tuple(numbers), tuple(elements))
    if ending is not None:
        raise ending


def _element(line: Line | Flaw, write: Callable[[Line], bytes]) -> bytes:
    if isinstance(line, Flaw):
        raise LineRefused(line.reason)
    return write(line)
