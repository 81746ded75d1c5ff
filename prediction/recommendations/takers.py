"""Who takes up which new features in the time after a cut-off?

The users to learn from and to measure with: they had a feature before it, were active, and took up one they had not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from domain.rules.instants import DAY_US, microseconds
from prediction.recommendations.candidates import owned_of
from prediction.recommendations.landscapes import landscape_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from numpy.typing import NDArray

    from prediction.matrices import Counts
    from prediction.recommendations.candidates import Owned
    from prediction.recommendations.landscapes import Landscape
    from prediction.recommendations.uses import Holdings, Uses


@dataclass(frozen=True, slots=True)
class Taker:
    """`open_to`: the landscape's features that the user had not; `taken`: those they took up.

    `relevant` also counts what they took up outside of the landscape (that nobody had used, or too few).
    """

    user: int
    owned: Owned
    open_to: NDArray[np.bool_]
    taken: Counts
    relevant: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A cut-off: all features as of then, and who took up what after it."""

    landscape: Landscape
    takers: tuple[Taker, ...]


class Horizons(NamedTuple):
    """How far a scene looks ahead, and back for who is active; in days."""

    ahead_days: int
    active_days: int


def scene_at(uses: Uses, cut_off: datetime, reach: Horizons, most: int | None = None) -> Scene | None:
    """At a cut-off at 00:00 UTC, which sees what was received by then; of at most the first `most` takers.

    The order of takers is that of hashes of their ids: the first are a sample. `None` where fewer than two features
    were known, of which none can be told from another.
    """
    at_us = microseconds(cut_off)
    known = uses.known_at(at_us)
    if len(np.unique(known.features)) < 2:  # noqa: PLR2004
        return None
    after = uses.received_between(at_us, at_us + reach.ahead_days * DAY_US)
    landscape = landscape_at(known, uses.names, at_us, reach.ahead_days)
    active_since_us = at_us - reach.active_days * DAY_US
    found = takers(landscape, uses.names, known, after, active_since_us)
    return Scene(landscape, tuple(islice(found, most)))


def takers(
    landscape: Landscape, names: tuple[str, ...], before: Holdings, after: Holdings, active_since_us: int
) -> Iterator[Taker]:
    """Users with a feature of the landscape, last seen after `active_since_us`, and with a new one in `after`."""
    column = np.array([landscape.places.get(name, -1) for name in names], np.int64)
    had, took = _by_user(before), _by_user(after)
    for user in sorted(had.keys() & took.keys()):
        rows = had[user]
        if before.last_us[rows].max() <= active_since_us:
            continue
        new = np.setdiff1d(after.features[took[user]], before.features[rows])
        had_then = before.of(np.arange(rows.start, rows.stop))
        known = np.flatnonzero(column[had_then.features] >= 0)
        if len(new) and len(known):
            yield _taker(len(landscape), column, had_then.of(known), new)


def _taker(width: int, column: Counts, before: Holdings, new: Counts) -> Taker:
    """Of one user's rows, all in the landscape."""
    places = column[before.features]
    open_to = np.ones(width, np.bool_)
    open_to[places] = False
    taken = column[new]
    return Taker(
        user=int(before.users[0]),
        owned=owned_of(places, before.first_us, before.last_us),
        open_to=open_to,
        taken=taken[taken >= 0],
        relevant=len(new),
    )


def _by_user(holdings: Holdings) -> dict[int, slice]:
    users, first = np.unique(holdings.users, return_index=True)
    ends = np.append(first[1:], len(holdings))[: len(users)]
    return {int(user): slice(int(start), int(end)) for user, start, end in zip(users, first, ends, strict=True)}
