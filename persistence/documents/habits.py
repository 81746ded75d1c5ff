"""How are the habits of a user written down, compressed, for a database column?"""

from __future__ import annotations

import zlib
from dataclasses import astuple, fields
from typing import TYPE_CHECKING

import orjson

from domain.model.habits import DailyTotals, Habits, OlderTotals, Trail
from domain.model.interactions import InteractionKind

if TYPE_CHECKING:
    from typing import Any

HABITS_DOCUMENT_VERSION = 1
"""Raised with every change of the shape or of the fold: habits of another version are folded again from scratch."""

_COMPRESSION_LEVEL = 1
_COLUMNS = tuple(field.name for field in fields(DailyTotals) if field.name != "older")


def habits_to_bytes(habits: Habits) -> bytes:
    """Compressed JSON, marked with the version of its shape."""
    days, trail = habits.days, habits.trail
    document = [
        HABITS_DOCUMENT_VERSION,
        [[getattr(days, name) for name in _COLUMNS], astuple(days.older)],
        [trail.actions, trail.codes, trail.gaps, trail.last_second],
    ]
    return zlib.compress(orjson.dumps(document), _COMPRESSION_LEVEL)


def habits_from_bytes(stored: bytes) -> Habits | None:
    """The habits that `habits_to_bytes` wrote; `None` for anything else, another version of the shape included."""
    try:
        version, days, trail = orjson.loads(zlib.decompress(stored))
        return Habits(_days(*days), _trail(*trail)) if version == HABITS_DOCUMENT_VERSION else None
    except (zlib.error, TypeError, ValueError):
        return None


def _trail(actions: list[list[str]], codes: list[int], gaps: list[int], last_second: int | None) -> Trail:
    named = tuple((InteractionKind(kind), target) for kind, target in actions)
    return Trail(named, tuple(codes), tuple(gaps), last_second)


def _days(columns: list[list[int]], older: list[Any]) -> DailyTotals:
    return DailyTotals(**dict(zip(_COLUMNS, map(tuple, columns), strict=True)), older=OlderTotals(*older))
