"""What does a user's trail become when actions are added to it?

A trail is a function of the sequence alone: its longest end with at most so many actions and so many distinct ones.
So any batches give the same trail, and no interaction is ever too old to be placed. What models count of a user's own
past - which action followed which, how long ago - they count in the trail: a window forgets habits that were given
up, and needs no tables with evictions. Measured on a real log, next actions are foretold slightly better from 1,000
actions than from 200, and again from 2,000; that many take about 18 kilobytes as a document.

Repeats of one action are kept: whoever did something twice may well do it again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from domain.model.habits import Trail
from domain.model.interactions import InteractionKind
from domain.rules.instants import SECOND_US, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.model.interactions import Interaction

NO_TARGET = ""
NO_ACTIONS = frozenset({InteractionKind.SESSION_START, InteractionKind.SESSION_END})
"""The borders of sessions are nothing that a user does."""


@dataclass(frozen=True, slots=True)
class TrailLimits:
    """How many actions a trail remembers, and how many distinct ones, whose names may be long."""

    actions: int = 2_000
    distinct: int = 200


TRAIL_LIMITS = TrailLimits()


def fold_trail(trail: Trail, interactions: Iterable[Interaction], limits: TrailLimits = TRAIL_LIMITS) -> Trail:
    """The trail with further interactions of the same user added, in order of receipt."""
    added = deque((each for each in interactions if each.kind not in NO_ACTIONS), maxlen=limits.actions)
    if not added:
        return trail
    places = {action: place for place, action in enumerate(trail.actions)}
    codes = list(trail.codes)
    codes.extend(places.setdefault((each.kind, each.target or NO_TARGET), len(places)) for each in added)
    seconds = [microseconds(each.occurred_at) // SECOND_US for each in added]
    before = seconds[0] if trail.last_second is None else trail.last_second
    gaps = [*trail.gaps, *(later - earlier for earlier, later in pairwise([before, *seconds]))]
    start = kept_from(codes, limits)
    if not start:
        return Trail(tuple(places), tuple(codes), tuple(gaps), seconds[-1])
    named = list(places)
    kept = {code: place for place, code in enumerate(dict.fromkeys(codes[start:]))}
    return Trail(
        tuple(named[code] for code in kept),
        tuple([kept[code] for code in codes[start:]]),
        (0, *gaps[start + 1 :]),
        seconds[-1],
    )


def kept_from(codes: Sequence[int], limits: TrailLimits = TRAIL_LIMITS) -> int:
    """Where the longest end within the limits begins."""
    start = max(0, len(codes) - limits.actions)
    latest = codes[start:]
    if len(set(latest)) <= limits.distinct:
        return start
    seen: set[int] = set()
    for place in range(len(codes) - 1, start - 1, -1):
        seen.add(codes[place])
        if len(seen) > limits.distinct:
            return place + 1
    return start
