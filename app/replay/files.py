"""How is a log opened, whatever its format, and read without ever holding much of it?"""

from __future__ import annotations

import gzip
import io
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, AnyStr, BinaryIO, TextIO

from app.replay.refusals import LogRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

LINE_LIMIT = 1_048_576
BUFFER_BYTES = 262_144
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Format(StrEnum):
    CSV = "csv"
    JSON_LINES = "jsonl"


FORMATS = {".csv": Format.CSV, ".jsonl": Format.JSON_LINES, ".ndjson": Format.JSON_LINES}


@dataclass(frozen=True, slots=True)
class LogFile:
    path: Path
    format: Format
    is_compressed: bool
    size_bytes: int


@dataclass(frozen=True, slots=True)
class OpenLog:
    """`stream` holds the uncompressed bytes; `position` answers how many bytes of the file have been read."""

    stream: BinaryIO
    position: Callable[[], int]
    _closing: ExitStack = field(repr=False)

    def text(self) -> TextIO:
        """Return `stream` as text with its line ends; to be called once.

        Bytes that are not UTF-8 pass as surrogates: they spoil a line only if they stand in a column that is read.
        """
        text = io.TextIOWrapper(self.stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        return self._closing.enter_context(text)


def recognise(path: Path) -> LogFile:
    """Tell the format of a log by its name: .csv or .jsonl, either with .gz.

    Raises:
        LogRefused: there is no such file, or its name says nothing.

    """
    is_compressed = path.suffix.lower() == ".gz"
    ending = Path(path.stem).suffix if is_compressed else path.suffix
    if ending.lower() not in FORMATS:
        raise LogRefused(f"{path} is not named .csv, .csv.gz, .jsonl or .jsonl.gz: its format is unknown")
    try:
        size_bytes = path.stat().st_size
    except OSError as error:
        raise LogRefused(f"{path} cannot be read: {error.strerror}") from None
    if not path.is_file():
        raise LogRefused(f"{path} is not a file")
    return LogFile(path, FORMATS[ending.lower()], is_compressed, size_bytes)


@contextmanager
def opened(log: LogFile) -> Iterator[OpenLog]:
    """Open `log` for reading from its beginning.

    Raises:
        LogRefused: it cannot be opened, is empty, or is not in UTF-8.

    """
    with ExitStack() as closing:
        try:
            file = closing.enter_context(log.path.open("rb"))
        except OSError as error:
            raise LogRefused(f"{log.path} cannot be read: {error.strerror}") from None
        stream = file
        if log.is_compressed:
            unpacked = closing.enter_context(gzip.GzipFile(fileobj=file))
            stream = closing.enter_context(io.BufferedReader(unpacked, BUFFER_BYTES))
        _refuse_foreign(log.path, stream)
        yield OpenLog(stream, file.tell, closing)


def _refuse_foreign(path: Path, stream: io.BufferedReader) -> None:
    with reading():
        beginning = stream.peek(2)[:2]
    if not beginning:
        raise LogRefused(f"{path} is empty")
    if beginning in UTF_16_MARKS:
        raise LogRefused(f"{path} is in UTF-16: convert it to UTF-8")


def physical_lines(stream: IO[AnyStr]) -> Iterator[AnyStr]:
    """Yield the lines of `stream` with their ends.

    Raises:
        LogRefused: the file is damaged, or one line is longer than `LINE_LIMIT`.

    """
    count = 0
    with reading():
        while line := stream.readline(LINE_LIMIT):
            count += 1
            if len(line) == LINE_LIMIT:
                raise LogRefused(f"line {count} is longer than {LINE_LIMIT:,} characters: this is no log of events")
            yield line


@contextmanager
def reading() -> Iterator[None]:
    """Turn every sign of a damaged file into `LogRefused`."""
    try:
        yield
    except EOFError:
        raise LogRefused("the compressed file ends in the middle: it is cut off; fetch it again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise LogRefused(f"the compressed file is damaged: {error}") from None
    except OSError as error:
        raise LogRefused(f"the file cannot be read any further: {error.strerror or error}") from None
