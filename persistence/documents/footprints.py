"""How is a footprint written down for database columns?

One column has the latest days and the present, which every fold reads and writes. The other has the days before, which
hardly any fold is about: it is only added to, once in a few active days, and only read when something is about them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import orjson

from domain.model.footprints import NO_DAYS, ActiveDay, Footprint, Move, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.model.footprints import EarlierDays

FOOTPRINT_DOCUMENT_VERSION = 2
"""Raised with every change of the shape, which must go on reading the old ones: it is in the sums what they say.

In version 1 all days were together.
"""

MOST_LATEST_DAYS = 8
LEAST_LATEST_DAYS = 2
"""When there are more than so many latest days, all but so few become earlier ones."""

_BETWEEN_PARTS = b"\n"


@dataclass(frozen=True)
class WrittenDays:
    """Earlier days as they are stored: parts, each of them columns of the days that became earlier ones together."""

    count: int
    names: frozenset[str]
    written: bytes

    @cached_property
    def days(self) -> tuple[ActiveDay, ...]:
        parts = self.written.split(_BETWEEN_PARTS)
        return tuple(day for part in parts for day in _days(*orjson.loads(part)))


def as_stored(footprint: Footprint) -> Footprint:
    """The same with as few latest days as are stored with it."""
    if len(footprint.days) <= MOST_LATEST_DAYS:
        return footprint
    latest = footprint.days[-LEAST_LATEST_DAYS:]
    return replace(footprint, days=latest, earlier=_followed(footprint.earlier, footprint.days[:-LEAST_LATEST_DAYS]))


def _followed(earlier: EarlierDays, days: Sequence[ActiveDay]) -> WrittenDays:
    part = orjson.dumps(_columns(days))
    return WrittenDays(
        earlier.count + len(days),
        earlier.names.union(name for day in days for name, _ in day.uses),
        _BETWEEN_PARTS.join([earlier.written, part]) if isinstance(earlier, WrittenDays) else part,
    )


def footprint_to_bytes(stored: Footprint) -> bytes:
    """JSON: the days as columns, each day as what lies between it and the one before, names and standings once.

    Not compressed: that would take longer than all the rest, and PostgreSQL does so with large ones.
    """
    present = [stored.is_known, stored.segments, stored.churn_micros, [list(move) for move in stored.moves]]
    earlier = [stored.earlier.count, list(stored.earlier.names)]
    return orjson.dumps([FOOTPRINT_DOCUMENT_VERSION, present, earlier, *_columns(stored.days)])


def earlier_to_bytes(stored: Footprint) -> bytes:
    return stored.earlier.written if isinstance(stored.earlier, WrittenDays) else b""


def footprint_from_bytes(stored: bytes | None, earlier: bytes | None) -> Footprint | None:
    """The footprint that `footprint_to_bytes` and `earlier_to_bytes` wrote; `None` where there is none."""
    if not stored:
        return None
    version, (is_known, segments, churn_micros, moves), *columns = orjson.loads(stored)
    count, names = (0, ()) if version == 1 else columns.pop(0)
    return Footprint(
        days=_days(*columns) if columns else (),
        is_known=is_known,
        segments=tuple(segments),
        moves=tuple([Move(*move) for move in moves]),
        churn_micros=churn_micros,
        earlier=WrittenDays(count, frozenset(names), earlier) if count and earlier else NO_DAYS,
    )


def _columns(days: Sequence[ActiveDay]) -> list[object]:
    if not days:
        return []
    numbers, interactions, conversions, value_micros, sessions, uses, standings = zip(*days, strict=True)
    names = {name: place for place, name in enumerate(sorted({name for used in uses for name, _ in used}))}
    stood = {standing: place for place, standing in enumerate(dict.fromkeys(standings))}
    return [
        [numbers[0], *(later - earlier for earlier, later in pairwise(numbers))],
        *(interactions, conversions, value_micros, sessions),
        list(names),
        [_numbered(used, names) if used else 0 for used in uses],
        [standing and list(standing) for standing in stood],
        [stood[standing] for standing in standings],
    ]


def _numbered(uses: Sequence[tuple[str, int]], names: Mapping[str, int]) -> list[int]:
    return [number for name, count in uses for number in (names[name], count)]


def _days(gaps: list[int], *columns: list[Any]) -> tuple[ActiveDay, ...]:
    interactions, conversions, value_micros, sessions, names, uses, stood, standings = columns
    known = [standing and Standing(tuple(standing[0]), standing[1]) for standing in stood]
    # Most of reading a footprint is this, so it is left to what is written in C.
    name = names.__getitem__
    named = [tuple(zip(map(name, used[::2]), used[1::2], strict=True)) if used else () for used in uses]
    standing = [known[place] for place in standings]
    return tuple(map(ActiveDay, accumulate(gaps), interactions, conversions, value_micros, sessions, named, standing))
