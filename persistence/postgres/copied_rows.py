"""How are rows written in the form in which COPY reads them without parsing?

A thousand rows by column: what repeats in a column is encoded once, and nothing is decided for each value anew. The
driver, asked to copy records, takes three times as long, and asks the server for the types of the columns before.
The form: https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format". A field is its length and its content.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, repeat
from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NULL = b"\xff\xff\xff\xff"
_SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
_HEADER = _SIGNATURE + bytes(8)  # no flags, no extension
_END = b"\xff\xff"
_TEXT_OID = 25
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_JSONB_VERSION = b"\x01"

_count = Struct(">h").pack
_length = Struct(">i").pack
_small_integer = Struct(">ih").pack
_double = Struct(">id").pack
_instant = Struct(">iq").pack
_array_head = Struct(">iii").pack
_dimension = Struct(">ii").pack


@dataclass(frozen=True, slots=True)
class CopiedRows:
    """Rows of these columns, ready to be sent."""

    columns: Sequence[str]
    content: memoryview

    @classmethod
    def of(cls, columns: Mapping[str, Iterable[bytes]], rows: int) -> CopiedRows:
        """Of as many rows, from the encoded fields of each column."""
        fields = zip(repeat(_count(len(columns)), rows), *columns.values(), strict=False)
        return cls(list(columns), memoryview(b"".join((_HEADER, *chain.from_iterable(fields), _END))))


def texts(values: Sequence[str | None]) -> Iterable[bytes]:
    """Of which many are alike."""
    fields = {value: NULL if value is None else _field(value.encode()) for value in set(values)}
    return map(fields.__getitem__, values)


def distinct_texts(values: Iterable[str]) -> Iterable[bytes]:
    return map(_field, map(str.encode, values))


def lists_of_texts(values: Sequence[Sequence[str]]) -> Iterable[bytes]:
    return map(_list_of_texts, values)


def json_documents(values: Iterable[bytes | None]) -> Iterable[bytes]:
    """Of documents that are written already."""
    return (NULL if value is None else _field(_JSONB_VERSION + value) for value in values)


def doubles(values: Iterable[float | None]) -> Iterable[bytes]:
    return (NULL if value is None else _double(8, value) for value in values)


def small_integers(values: Iterable[int]) -> Iterable[bytes]:
    return (_small_integer(2, value) for value in values)


def instants(values: Iterable[datetime]) -> Iterable[bytes]:
    """Of aware ones: microseconds since the beginning of the year 2000, UTC."""
    since = (value - _EPOCH for value in values)
    return (_instant(8, (one.days * 86_400 + one.seconds) * 1_000_000 + one.microseconds) for one in since)


def _field(content: bytes) -> bytes:
    return _length(len(content)) + content


def _list_of_texts(values: Sequence[str]) -> bytes:
    """An array of one dimension, counted from 1; of none if it is empty."""
    if not values:
        return _field(_array_head(0, 0, _TEXT_OID))
    head = _array_head(1, 0, _TEXT_OID) + _dimension(len(values), 1)
    return _field(head + b"".join(_field(value.encode()) for value in values))
