"""How is a footprint written down for a database column?"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import orjson

from domain.model.footprints import ActiveDay, Footprint, Move, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOOTPRINT_DOCUMENT_VERSION = 1
"""Raised with every change of the shape, which must go on reading the old ones: it is in the sums what they say."""


def footprint_to_bytes(footprint: Footprint) -> bytes:
    """JSON: the days as columns, each day as what lies between it and the one before, names and standings once.

    Not compressed: that would take longer than all the rest, and PostgreSQL does so with large ones.
    """
    present = [footprint.is_known, footprint.segments, footprint.churn_micros, [list(move) for move in footprint.moves]]
    return orjson.dumps([FOOTPRINT_DOCUMENT_VERSION, present, *_columns(footprint.days)])


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


def footprint_from_bytes(stored: bytes | None) -> Footprint | None:
    """The footprint that `footprint_to_bytes` wrote; `None` where there is none."""
    if not stored:
        return None
    _, (is_known, segments, churn_micros, moves), *columns = orjson.loads(stored)
    return Footprint(
        days=_days(*columns) if columns else (),
        is_known=is_known,
        segments=tuple(segments),
        moves=tuple(Move(*move) for move in moves),
        churn_micros=churn_micros,
    )


def _days(gaps: list[int], *columns: list[Any]) -> tuple[ActiveDay, ...]:
    interactions, conversions, value_micros, sessions, names, uses, stood, standings = columns
    known = [standing and Standing(tuple(standing[0]), standing[1]) for standing in stood]
    # Most of reading a footprint is this, so it is left to what is written in C.
    name = names.__getitem__
    named = [tuple(zip(map(name, used[::2]), used[1::2], strict=True)) if used else () for used in uses]
    standing = [known[place] for place in standings]
    return tuple(map(ActiveDay, accumulate(gaps), interactions, conversions, value_micros, sessions, named, standing))
