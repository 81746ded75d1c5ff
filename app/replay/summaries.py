"""What is told at the end of a replay?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from app.replay.tallies import Tally


class Outcome(StrEnum):
    COMPLETE = "complete"
    PARSED = "parsed"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one replay that took `seconds`."""

    outcome: Outcome
    tally: Tally
    seconds: float

    @property
    def events_per_second(self) -> float:
        """Interactions answered for, or lines parsed if nothing was to be sent, per second."""
        count = self.tally.lines if self.outcome is Outcome.PARSED else self.tally.sent
        return count / self.seconds if self.seconds > 0 else 0.0

    @property
    def is_good(self) -> bool:
        """Did the replay get to the end, with anything to show for it?"""
        all_refused = 0 < self.tally.lines == self.tally.refused
        return self.outcome in {Outcome.COMPLETE, Outcome.PARSED} and not all_refused

    def as_json(self) -> dict[str, Any]:
        tally = self.tally
        return {
            "outcome": self.outcome.value,
            "lines": tally.lines,
            "sent": tally.sent,
            "accepted": tally.accepted,
            "duplicates": tally.duplicates,
            "refused": tally.refused,
            "refused_by_engine": tally.refused_by_engine,
            "refusals": [refusal._asdict() for refusal in tally.refusals],
            "retries": tally.retries,
            "settled_line": tally.settled_line,
            "seconds": round(self.seconds, 3),
            "events_per_second": round(self.events_per_second, 1),
        }

    def as_table(self) -> Iterator[RenderableType]:
        """Yield what rich prints: the figures, then the first refusals."""
        tally = self.tally
        figures = Table(show_header=False, box=None, pad_edge=False)
        figures.add_column()
        figures.add_column(justify="right")
        if self.outcome is Outcome.PARSED:
            rows = [("lines parsed", tally.lines), ("refused", tally.refused)]
        else:
            rows = [
                ("lines read", tally.lines),
                ("sent", tally.sent),
                ("accepted", tally.accepted),
                ("duplicates", tally.duplicates),
                ("refused", tally.refused),
                *([("tried again", tally.retries)] if tally.retries else []),
            ]
        for name, count in rows:
            figures.add_row(name, f"{count:,}")
        figures.add_row("seconds", f"{self.seconds:,.1f}")
        figures.add_row("events/s", f"{self.events_per_second:,.0f}")
        yield figures
        if tally.refusals:
            more = "" if tally.refused <= len(tally.refusals) else f"the first {len(tally.refusals)} "
            yield Text(f"refused, {more}by line:" if more else "refused:")
            # What the log says is shown as it is, never read as markup.
            yield from (Text(f"  line {refusal.line}: {refusal.reason}") for refusal in tally.refusals)
