"""How do tests make footprints as the engine does, and count by hand what the roll-ups say?"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from domain.model.catalogues import Catalogue, CatalogueItem
from domain.model.footprints import NO_FOOTPRINT, ActiveDay, Footprint, Standing
from domain.model.profiles import History
from domain.model.segments import SegmentKey, SegmentMembership
from domain.rules.profiles import fold, fold_from_scratch
from domain.rules.rollups.footprints import COUNTED_DAYS, fold_footprint, footprint_from_scratch, settled
from persistence.documents.footprints import as_stored, earlier_to_bytes, footprint_from_bytes, footprint_to_bytes
from tests.builders.insights import build_insights
from tests.builders.profiles import NOW, build_profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.model.interactions import Interaction
    from domain.model.rollups import RollUpKey, Sums

SEGMENTS = ("busy", "new", "silent")
CATALOGUES = (
    Catalogue(),
    Catalogue(features=(CatalogueItem("a", "A"), CatalogueItem("b", "B")), holdout=0.5),
)


class Step(NamedTuple):
    """Somebody does something, is folded again or goes for ever, and is settled then."""

    name: str
    verb: str
    batch: list[Interaction]
    segments: list[str]
    catalogue: Catalogue
    today: int


@dataclass(slots=True)
class Someone:
    """One user, as the worker sees them: everything received, and what is stored."""

    user_id: str
    received: list[Interaction] = field(default_factory=list)
    history: History = field(default_factory=History)
    footprint: Footprint = NO_FOOTPRINT
    limit: int = COUNTED_DAYS

    def does(self, batch: Sequence[Interaction]) -> None:
        self.received.extend(batch)
        history = fold(self.history, batch)
        if history is None:
            self.start_over()
        else:
            self.footprint = fold_footprint(self.footprint, batch, self.history.sessions, self.limit)
            self.history = history

    def start_over(self) -> None:
        self.history = fold_from_scratch(self.received)
        self.footprint = footprint_from_scratch(self.footprint, self.received, self.limit)

    def settle(self, before: Footprint, segments: Iterable[str], catalogue: Catalogue, today: int) -> None:
        memberships = tuple(SegmentMembership(SegmentKey(segment), 0.9, NOW) for segment in segments)
        profile = build_profile(self.user_id, memberships=memberships, insights=build_insights() if today % 2 else None)
        self.footprint = settled(before, self.footprint, profile, catalogue, today)


def read_back(footprint: Footprint) -> Footprint:
    """As whoever folds next finds it."""
    stored = as_stored(footprint)
    found = footprint_from_bytes(footprint_to_bytes(stored), earlier_to_bytes(stored))
    assert found is not None
    return found


def added_up(parts: Iterable[Mapping[RollUpKey, Sums]]) -> dict[RollUpKey, Sums]:
    """Plainly, without the zeros that say nothing."""
    totals: dict[RollUpKey, Sums] = {}
    for part in parts:
        for key, sums in part.items():
            totals[key] = tuple(a + b for a, b in zip_longest(totals.get(key, ()), sums, fillvalue=0))
    return {key: trimmed(sums) for key, sums in totals.items() if any(sums)}


def trimmed(sums: Sums) -> Sums:
    while sums and not sums[-1]:
        sums = sums[:-1]
    return sums


def _active_day(day: int, conversions: int, standing: Standing) -> ActiveDay:
    return ActiveDay(day, 1 + conversions, conversions, 7, 1, (("export", 2),), standing)


def _by_day(days: Sequence[ActiveDay]) -> Footprint:
    return Footprint(tuple({day.day: day for day in sorted(days, key=lambda day: day.day)}.values()), is_known=True)


standings = st.builds(
    Standing,
    st.lists(st.sampled_from(SEGMENTS), unique=True, max_size=3).map(sorted).map(tuple),
    st.sampled_from([None, True, False]),
)
footprints = st.lists(
    st.builds(_active_day, st.integers(20_000, 20_900), st.integers(0, 2), standings), max_size=30
).map(_by_day)
