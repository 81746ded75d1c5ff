"""Interactions of one user as hypothesis draws them: few names, so that tables fill, and awkward instants."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from domain.model.interactions import Device, Interaction, InteractionKind
from tests.builders.interactions import DAY, MONDAY, interaction

if TYPE_CHECKING:
    from datetime import datetime

GAP = timedelta(minutes=30)
MICROSECOND = timedelta(microseconds=1)

NAMES = st.sampled_from("abcdef")
OFFSETS = st.sampled_from([timezone(timedelta(hours=hours)) for hours in (-11, 0, 2, 13)])


def _instant(day: int, gaps: int, microseconds: int, offset: timezone) -> datetime:
    return (MONDAY + day * DAY + gaps * GAP + microseconds * MICROSECOND).astimezone(offset)


def instants(days: int = 260) -> st.SearchStrategy[datetime]:
    """Often exactly one session gap apart or a microsecond off, over more than two horizons."""
    return st.builds(_instant, st.integers(0, days), st.integers(-20, 31), st.integers(-1, 1), OFFSETS)


def interactions(days: int = 260) -> st.SearchStrategy[Interaction]:
    return st.builds(
        interaction,
        instants(days),
        kind=st.sampled_from(
            [
                InteractionKind.FEATURE_USE,
                InteractionKind.FEATURE_USE,
                InteractionKind.CONVERSION,
                InteractionKind.DISMISS,
                InteractionKind.PAGE_VIEW,
            ]
        ),
        target=st.none() | NAMES,
        section=st.none() | NAMES,
        tags=st.lists(NAMES, max_size=3).map(tuple),
        device=st.none() | st.sampled_from(Device),
        value=st.none() | st.integers(-(10**15), 10**15).map(lambda micros: micros / 1e6),
    )
