"""Which column of a log holds what?"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from app.replay.refusals import LogRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.model.interactions import InteractionKind

MAX_LISTED_COLUMNS = 50


class Field(StrEnum):
    """What a column can be mapped to; the value is its name in `--map`."""

    USER = "user"
    TIME = "time"
    KIND = "kind"
    TARGET = "target"
    SECTION = "section"
    TAGS = "tags"
    DEVICE = "device"
    SESSION = "session"
    VALUE = "value"
    OFFSET = "offset"
    KEY = "key"


class MappingRefused(ValueError):
    """The text is no mapping; one line that says why."""


def parse_mapping(texts: Iterable[str]) -> dict[Field, str]:
    """Read `user=user_id,time=unix_ts` (all texts together) as the column of each field.

    Raises:
        MappingRefused: a part is not `field=column`, names an unknown field, or one that is mapped already.

    """
    columns: dict[Field, str] = {}
    for part in (part.strip() for text in texts for part in text.split(",")):
        name, equals, column = (piece.strip() for piece in part.partition("="))
        if not (name and equals and column):
            raise MappingRefused(f"{part!r} is not of the form field=column")
        if name not in set(Field):
            raise MappingRefused(f"there is no field {name!r}; the fields are {', '.join(Field)}")
        field = Field(name)
        if field in columns:
            raise MappingRefused(f"the field {name!r} is mapped twice")
        columns[field] = column
    return columns


def resolve_columns(
    mapping: Mapping[Field, str] | None,
    kind: InteractionKind | None,
    available: Sequence[str],
    needed: Sequence[Field] = (Field.USER, Field.TIME, Field.KIND),
) -> dict[Field, str]:
    """Choose the columns to read: those of `mapping` or, without one, those named like fields.

    `kind` is the constant kind that every line has, instead of a column.

    Raises:
        LogRefused: a mapped column does not exist or is ambiguous, or one of the `needed` fields comes from nowhere.

    """
    chosen = {field: field.value for field in Field if field in available} if mapping is None else dict(mapping)
    if kind is not None:
        chosen.pop(Field.KIND, None)
    missing = [column for column in chosen.values() if column not in available]
    if missing:
        raise LogRefused(f"the file has no column {_quoted(missing)}; its columns are {_quoted(available)}")
    ambiguous = [column for column in chosen.values() if available.count(column) > 1]
    if ambiguous:
        raise LogRefused(f"the file has several columns {_quoted(ambiguous)}; its columns are {_quoted(available)}")
    given = {*chosen, Field.KIND} if kind is not None else chosen
    unmapped = [field.value for field in needed if field not in given]
    if unmapped:
        instead = " or --kind" if Field.KIND in unmapped else ""
        example = ",".join(f"{name}=COLUMN" for name in unmapped)
        raise LogRefused(
            f"nothing says which column is {_quoted(unmapped)}: use --map {example}{instead}; "
            f"the file's columns are {_quoted(available)}"
        )
    return chosen


def _quoted(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:MAX_LISTED_COLUMNS])
    return f"{shown}, ..." if len(names) > MAX_LISTED_COLUMNS else shown
