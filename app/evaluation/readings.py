"""What stands in a log, read as the engine would take it?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.evaluation.events import EventGathering
from app.evaluation.merging import Merging, with_largest, with_sums
from app.evaluation.strays import without_strays
from app.evaluation.values import factors_in, product
from app.replay.elements import ElementReader
from app.replay.fields import Field, resolve_columns
from app.replay.files import opened
from app.replay.lines import Flaw, log_in
from app.replay.refusals import LineRefused, LogRefused
from app.replay.tallies import Tally
from domain.model.interactions import InteractionKind
from domain.rules.interactions import CLOCK_SKEW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.evaluation.events import EventLog
    from app.replay.files import LogFile
    from app.replay.lines import Line

LINES_BETWEEN_PROGRESS = 1_000
UNTIMED = datetime(2000, 1, 1, tzinfo=UTC)
"""When everything in a log without times is said to have happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which log is read, and how.

    `mapping` None: the columns named like fields. `kind` None: a column tells or, without one, `kind_otherwise` or, if
    that is None, every line is a use of its target, or a page view where no target is told. `factors`: columns whose
    product is the value. `positive`: lines with a value or factor that is missing, 0 or below are left out. `needed`:
    what has to come from somewhere. `merging`: what becomes of lines of one user at one instant.
    """

    log: LogFile
    needed: Sequence[Field]
    mapping: Mapping[Field, str] | None = None
    kind: InteractionKind | None = None
    kind_otherwise: InteractionKind | None = None
    factors: Sequence[str] = ()
    positive: bool = False
    merging: Merging | None = None


@dataclass(slots=True)
class Reading:
    """What came of it. `left_out`: lines that are right but not asked for; `strays`: events of quite another time.

    `now`: what happened later is refused, as by the engine; None: it cannot be known.
    """

    source: Source
    now: datetime | None = None
    tally: Tally = field(default_factory=Tally)
    left_out: int = 0
    strays: int = 0
    is_timed: bool = True
    _keys: set[tuple[str, str]] = field(default_factory=set)

    def events(self, progress: Callable[[int], None]) -> EventLog:
        """Read the whole log; `progress` is told how many bytes of the file have been read.

        Raises:
            LogRefused: it cannot be read to its end, its columns do not say what is needed, or no line says anything.

        """
        gathering = EventGathering()
        with opened(self.source.log) as file:
            written = log_in(self.source.log.format, file)
            columns = self._columns(written.columns)
            self.is_timed = Field.TIME in columns
            reader = ElementReader(tuple(columns), self._kind(columns))
            for line in written.lines((*columns.values(), *self.source.factors)):
                self.tally.lines += 1
                if self.tally.lines % LINES_BETWEEN_PROGRESS == 0:
                    progress(file.position())
                try:
                    self._add(line, reader, gathering)
                except LineRefused as refused:
                    self.tally.refuse_here(line.number, str(refused))
        self._keys.clear()
        if not self.tally.accepted:
            raise LogRefused(self._why_nothing())
        merged = self._merged(gathering.log())
        log = without_strays(merged)
        self.strays = len(merged) - len(log)
        return log

    def _merged(self, log: EventLog) -> EventLog:
        if self.source.merging is Merging.SUM:
            return with_sums(log, self.source.kind or InteractionKind.CONVERSION)
        return with_largest(log) if self.source.merging is Merging.LARGEST else log

    def _columns(self, available: Sequence[str]) -> dict[Field, str]:
        source = self.source
        missing = [column for column in source.factors if column not in available]
        if missing:
            raise LogRefused(f"the file has no column {missing[0]!r} to compute the value from")
        needed = [name for name in source.needed if not (source.factors and name is Field.VALUE)]
        columns = resolve_columns(source.mapping, source.kind, available, needed)
        if source.factors:
            columns.pop(Field.VALUE, None)
        return columns

    def _kind(self, columns: Mapping[Field, str]) -> InteractionKind | None:
        kind = self.source.kind or self.source.kind_otherwise
        if self.source.kind is None and Field.KIND in columns:
            return None
        if kind is not None:
            return kind
        return InteractionKind.FEATURE_USE if Field.TARGET in columns else InteractionKind.PAGE_VIEW

    def _add(self, line: Line | Flaw, reader: ElementReader, gathering: EventGathering) -> None:
        if isinstance(line, Flaw):
            raise LineRefused(line.reason)
        element = reader.read(line)
        factors = self._factors(line, element)
        if self.source.positive and (factors is None or min(factors) <= 0):
            self.left_out += 1
        elif self._is_known(element):
            self.tally.duplicates += 1
        else:
            value = None if factors is None else product(factors)
            gathering.add(element, self._instant(element), value)
            self.tally.accepted += 1

    def _instant(self, element: Mapping[str, Any]) -> datetime:
        instant: datetime = element.get("occurredAt", UNTIMED)
        if self.now is not None and instant - self.now > CLOCK_SKEW:
            raise LineRefused(f"the time is more than {CLOCK_SKEW // timedelta(minutes=1)} minutes in the future")
        return instant

    def _factors(self, line: Line, element: Mapping[str, Any]) -> tuple[float, ...] | None:
        if self.source.factors:
            return factors_in(line.values[-len(self.source.factors) :])
        value = element.get("value")
        return None if value is None else (value,)

    def _is_known(self, element: Mapping[str, Any]) -> bool:
        """The engine counts each key of a user once."""
        if "key" not in element:
            return False
        key = (element["userId"], element["key"])
        if key in self._keys:
            return True
        self._keys.add(key)
        return False

    def _why_nothing(self) -> str:
        tally = self.tally
        if tally.refusals:
            first = tally.refusals[0]
            return f"no line of the log can be used; line {first.line}: {first.reason}"
        return "no line of the log has a value above 0" if tally.lines else "the log has no lines"
