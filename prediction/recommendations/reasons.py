"""Why is a feature recommended, in a sentence for people to read?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from prediction.recommendations.landscapes import EVER, RECENT, RECENT_HALF_LIVES
from prediction.recommendations.segments import people_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prediction.matrices import Counts, Vector
    from prediction.recommendations.candidates import Crowd
    from prediction.recommendations.landscapes import Landscape
    from prediction.recommendations.neighbours import Neighbours

SPEAKS_FROM = 0.005
"""A weight below this is no reason: in a linear model of 0 and 1 it moves nobody."""
SECOND_FROM = 0.25
"""A second feature is named if it says at least this share of what the first does."""

MONTH_DAYS = 31

FEWEST = 3
"""Users: what fewer use is not popular."""
USED_BY_SOME = "Others have used it"
USED_BY_FEW = "One or two others have used it"


def because_of_features(landscape: Landscape, crowd: Crowd, users: Counts, features: Counts) -> list[str | None]:
    """For each feature recommended to one of the crowd, names those of the user's that say most for it.

    At most two are named. Asked are the weights of EASE, which know what other features explain; then, where they are
    silent, likeness. `None` if none says anything.
    """
    together = landscape.together
    reasons = _because(landscape, together.light, crowd, users, features)
    silent = np.array([pair for pair, reason in enumerate(reasons) if reason is None], np.int64)
    if len(silent):
        alike = _because(landscape, together.cosine, crowd, users[silent], features[silent])
        for pair, reason in zip(silent.tolist(), alike, strict=True):
            reasons[pair] = reason
    return reasons


def _because(
    landscape: Landscape, neighbours: Neighbours, crowd: Crowd, users: Counts, features: Counts
) -> list[str | None]:
    starts, many = np.searchsorted(crowd.users, np.arange(crowd.size)), crowd.lengths[users]
    of_pair = np.repeat(np.arange(len(users)), many)
    within = np.arange(len(of_pair)) - np.repeat(np.cumsum(many) - many, many)
    owned = crowd.owned.features[np.repeat(starts[users], many) + within]
    places = np.full((len(users), int(many.max(initial=1))), -1, np.int64)
    places[of_pair, within] = owned
    said = np.full(places.shape, -np.inf)
    said[of_pair, within] = neighbours.between(owned, features[of_pair])
    reasons: list[str | None] = [None] * len(users)
    recommended = features.tolist()
    for pair, names in _named(landscape.names, said, places):
        reasons[pair] = f"People who use {names} also use {landscape.names[recommended[pair]]}"
    return reasons


def _named(names: tuple[str, ...], said: Vector, places: Counts) -> Iterator[tuple[int, str]]:
    """The numbers of pairs for which something speaks, and what says most, the loudest first."""
    rows = np.arange(len(said))
    loudest = said.argmax(axis=1)
    most = said[rows, loudest]
    said[rows, loudest] = -np.inf
    second = said.argmax(axis=1)
    has_second = said[rows, second] >= np.maximum(SPEAKS_FROM, SECOND_FROM * most)
    speaks = np.flatnonzero(most >= SPEAKS_FROM)
    columns = speaks, places[speaks, loudest[speaks]], places[speaks, second[speaks]], has_second[speaks]
    for pair, one, other, is_named in zip(*(column.tolist() for column in columns), strict=True):
        yield pair, f"{names[one]} and {names[other]}" if is_named else names[one]


def because_popular(landscape: Landscape, way: int) -> tuple[str, ...]:
    """For each feature, where it is recommended because it is popular by one of the half-lives (its number).

    Nothing is called popular that only one or two used: users count here within about a month, and the less, the longer
    ago it was.
    """
    remembered_days = landscape.horizon_days * RECENT_HALF_LIVES[way]
    popular = "Popular this month" if remembered_days <= MONTH_DAYS else "Popular lately"
    within_month = [
        at for at, half_life in enumerate(RECENT_HALF_LIVES) if landscape.horizon_days * half_life <= MONTH_DAYS
    ]
    lately, ever = landscape.popularity[RECENT[max(way, *within_month, 0)]], landscape.popularity[EVER]
    return tuple(
        popular if many >= FEWEST else USED_BY_SOME if at_all >= FEWEST else USED_BY_FEW
        for many, at_all in zip(lately.tolist(), ever.tolist(), strict=True)
    )


def because_of_segment(segment: str) -> str:
    return f"Popular with {people_of(segment)}"
