"""What stands on each line of a log?"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

import orjson

from app.replay.files import Format, physical_lines
from app.replay.refusals import LogRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.replay.files import OpenLog

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Between the cells of a line when its content is compared; no cell of a real log contains it.
UNIT_SEPARATOR = "\x1f"
# Fields of JSON objects may be left out, so that one line does not show them all.
SAMPLED_JSON_LINES = 100


class Line(NamedTuple):
    """`values` are those of the asked columns, in their order; `content` is all the line says, in bytes."""

    number: int
    values: tuple[Any, ...]
    content: bytes


class Flaw(NamedTuple):
    """A line that cannot be read, and why."""

    number: int
    reason: str


Lines: TypeAlias = "Iterator[Line | Flaw]"


class Log(Protocol):
    """Lines are counted as an editor counts them, the first is 1; empty lines are passed over."""

    @property
    def columns(self) -> Sequence[str]: ...

    def lines(self, columns: Sequence[str]) -> Lines:
        """Yield every line, with the values of two or more `columns`; to be called once."""
        ...


def log_in(log_format: Format, file: OpenLog) -> Log:
    """Begin to read a log: learn its columns.

    Raises:
        LogRefused: there are none, or the file is damaged.

    """
    return CsvLog.begun(file) if log_format is Format.CSV else JsonLinesLog.begun(file)


@dataclass(frozen=True, slots=True)
class CsvLog:
    """Comma-separated values (RFC 4180) with a header; quoted cells may hold line ends."""

    columns: tuple[str, ...]
    _rows: Any = field(repr=False)  # the type of csv.reader's answer has no public name in Python 3.11

    @classmethod
    def begun(cls, file: OpenLog) -> CsvLog:
        rows = csv.reader(physical_lines(file.text()), strict=True)
        try:
            header = next((row for row in rows if row), None)
        except csv.Error as error:
            raise LogRefused(f"the header is not CSV: {error}") from None
        if header is None:
            raise LogRefused("the file has no header")
        return cls(tuple(cell.strip() for cell in header), rows)

    def lines(self, columns: Sequence[str]) -> Lines:
        width = len(self.columns)
        chosen = itemgetter(*(self.columns.index(column) for column in columns))
        rows = self._rows
        while True:
            number = rows.line_num + 1
            try:
                cells = next(rows, None)
            except csv.Error as error:
                yield Flaw(number, f"lines {number} to {rows.line_num} are not CSV: {error}")
                continue
            if cells is None:
                return
            if len(cells) == width:
                content = UNIT_SEPARATOR.join(cells).encode("utf-8", "surrogateescape")
                yield Line(number, chosen(cells), content)
            elif cells:
                yield Flaw(number, f"it has {len(cells)} cells, the header has {width}")


@dataclass(frozen=True, slots=True)
class JsonLinesLog:
    """One JSON object per line; a field that is missing counts as null."""

    columns: tuple[str, ...]
    _numbered: Iterator[tuple[int, bytes]] = field(repr=False)

    @classmethod
    def begun(cls, file: OpenLog) -> JsonLinesLog:
        stripped = (line.removeprefix(BYTE_ORDER_MARK).strip() for line in physical_lines(file.stream))
        numbered = ((number, line) for number, line in enumerate(stripped, 1) if line)
        sample = list(islice(numbered, SAMPLED_JSON_LINES))
        parsed = (_parsed(line) for _, line in sample)
        columns = dict.fromkeys(name for record in parsed if isinstance(record, dict) for name in record)
        if not columns:
            raise LogRefused("the first lines hold no JSON object with fields")
        return cls(tuple(columns), chain(sample, numbered))

    def lines(self, columns: Sequence[str]) -> Lines:
        for number, line in self._numbered:
            record = _parsed(line)
            if isinstance(record, dict):
                yield Line(number, tuple(map(record.get, columns)), line)
            else:
                yield Flaw(number, "it is not JSON" if record is _NOT_JSON else "it is not a JSON object")


_NOT_JSON = object()


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return _NOT_JSON
