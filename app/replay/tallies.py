"""How far did a replay get, and what became of every line?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

REPORTED_REFUSALS = 10


class Refusal(NamedTuple):
    line: int
    reason: str


@dataclass(slots=True)
class Tally:
    """Counts that only grow while a replay runs.

    Every line is refused here, or its interaction is `accepted`, a duplicate or refused by the engine; `unsettled`
    holds the first lines of the batches whose answer is still awaited.
    """

    lines: int = 0
    last_line: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused_here: int = 0
    refused_by_engine: int = 0
    retries: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    unsettled: set[int] = field(default_factory=set)

    @property
    def sent(self) -> int:
        """How many interactions the engine has answered for."""
        return self.accepted + self.duplicates + self.refused_by_engine

    @property
    def refused(self) -> int:
        return self.refused_here + self.refused_by_engine

    @property
    def settled_line(self) -> int:
        """The last line before which nothing is open: the engine has answered for all, or they were refused."""
        return min(self.unsettled, default=self.last_line + 1) - 1

    def refuse_here(self, line: int, reason: str) -> None:
        self.refused_here += 1
        self._report(line, reason)

    def refuse_by_engine(self, line: int, reason: str) -> None:
        self.refused_by_engine += 1
        self._report(line, reason)

    def _report(self, line: int, reason: str) -> None:
        """Keep the first refusals in the order of lines, although batches are answered in any order."""
        self.refusals.append(Refusal(line, reason))
        self.refusals.sort()
        del self.refusals[REPORTED_REFUSALS:]
