"""How is a footprint written down, compressed, for a database column?"""

from __future__ import annotations

import zlib
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import orjson

from domain.model.footprints import ActiveDay, Footprint, Move, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

FOOTPRINT_DOCUMENT_VERSION = 1
"""Raised with every change of the shape, which must go on reading the old ones: it is in the sums what they say."""

_COMPRESSION_LEVEL = 1


def footprint_to_bytes(footprint: Footprint) -> bytes:
    """Compressed JSON. Names and standings are written once, days as what lies between them."""
    names = {name: place for place, name in enumerate(sorted({n for day in footprint.days for n, _ in day.uses}))}
    standings = {standing: place for place, standing in enumerate(dict.fromkeys(d.standing for d in footprint.days))}
    first = [footprint.days[0].day] if footprint.days else []
    document = [
        FOOTPRINT_DOCUMENT_VERSION,
        [int(footprint.is_known), footprint.segments, footprint.churn_micros],
        [list(move) for move in footprint.moves],
        list(names),
        [standing and list(standing) for standing in standings],
        first + [later.day - earlier.day for earlier, later in pairwise(footprint.days)],
        [_day(day, names, standings[day.standing]) for day in footprint.days],
    ]
    return zlib.compress(orjson.dumps(document), _COMPRESSION_LEVEL)


def _day(day: ActiveDay, names: dict[str, int], standing: int) -> list[int]:
    uses = [number for name, count in day.uses for number in (names[name], count)]
    return [day.interactions, day.conversions, day.value_micros, day.sessions, standing, *uses]


def footprint_from_bytes(stored: bytes | None) -> Footprint | None:
    """The footprint that `footprint_to_bytes` wrote; `None` where there is none."""
    if not stored:
        return None
    _, (is_known, segments, churn_micros), moves, names, standings, gaps, days = orjson.loads(zlib.decompress(stored))
    stood = [None if standing is None else Standing(tuple(standing[0]), standing[1]) for standing in standings]
    return Footprint(
        days=tuple([_active_day(day, names, stood, row) for day, row in zip(accumulate(gaps), days, strict=True)]),
        is_known=bool(is_known),
        segments=tuple(segments),
        moves=tuple(Move(*move) for move in moves),
        churn_micros=churn_micros,
    )


def _active_day(day: int, names: Sequence[str], stood: Sequence[Standing | None], row: list[Any]) -> ActiveDay:
    interactions, conversions, value_micros, sessions, standing, *uses = row
    named = tuple((names[place], count) for place, count in zip(uses[::2], uses[1::2], strict=True))
    return ActiveDay(day, interactions, conversions, value_micros, sessions, named, stood[standing])
