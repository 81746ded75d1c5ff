"""Which features come into question for a user, and what speaks for each?

Training and serving both ask exactly here, so that a model never sees in use what it did not see in training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from prediction.recommendations.landscapes import NEWEST, RECENT, decayed, descending_places, horizons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from domain.model.profiles import FeatureHistory
    from prediction.matrices import Counts, Matrix, Vector
    from prediction.recommendations.landscapes import Landscape

MOST_OWNED = 300
"""Of a user's features, the most recently used speak; more would say little new and take time."""
EACH = 30
"""How many candidates each way of choosing them may put forward."""

_BY_PEOPLE = (0, 1, 3, 5)
"""Rows of `_personal` that put candidates forward."""
_BY_POPULARITY = (0, RECENT[0], RECENT[1], RECENT[2], NEWEST)
"""Popularities that do."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A user's features in a landscape (ascending), and the instants of first and last use."""

    features: Counts
    first_us: Counts
    last_us: Counts

    @property
    def is_empty(self) -> bool:
        return not len(self.features)


@dataclass(frozen=True, slots=True)
class Crowd:
    """The features of `size` users one after another, and by `users` whose each is (ascending)."""

    users: Counts
    owned: Owned
    size: int

    @property
    def lengths(self) -> Counts:
        return np.bincount(self.users, minlength=self.size)

    def each(self) -> Iterator[Owned]:
        """User by user."""
        owned, ends = self.owned, np.cumsum(self.lengths)[:-1]
        columns = (np.split(column, ends) for column in (owned.features, owned.first_us, owned.last_us))
        return (Owned(*of_user) for of_user in zip(*columns, strict=True))


@dataclass(frozen=True, slots=True)
class Candidates:
    """Features of a landscape (ascending for each of the ascending users), and a row of what speaks for each."""

    users: Counts
    features: Counts
    values: Matrix


def owned_of(features: Counts, first_us: Counts, last_us: Counts) -> Owned:
    """Of features in ascending order."""
    if len(features) > MOST_OWNED:
        latest = np.sort(np.argsort(-last_us, kind="stable")[:MOST_OWNED])
        return Owned(features[latest], first_us[latest], last_us[latest])
    return Owned(features, first_us, last_us)


def crowd_in(landscape: Landscape, several: Sequence[Mapping[str, FeatureHistory]]) -> Crowd:
    """Of the features of several users those in a landscape."""
    places = landscape.places
    rows, users = [], []
    for user, features in enumerate(several):
        known = sorted([(places[name], use.first_us, use.last_us) for name, use in features.items() if name in places])
        if len(known) > MOST_OWNED:
            known = sorted(sorted(known, key=lambda each: -each[2])[:MOST_OWNED])
        rows += known
        users += [user] * len(known)
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Crowd(np.array(users, np.int64), Owned(table[:, 0], table[:, 1], table[:, 2]), len(several))


def crowd_of(owned: Owned) -> Crowd:
    """One user."""
    return Crowd(np.zeros(len(owned.features), np.int64), owned, 1)


def candidates_for(landscape: Landscape, owned: Owned, at_us: int, open_to: NDArray[np.bool_]) -> Candidates:
    """Of the features that are open to the user, those that come into question; `owned` is not empty."""
    return candidates_of_all(landscape, crowd_of(owned), at_us, open_to[np.newaxis, :])


def candidates_of_all(landscape: Landscape, crowd: Crowd, at_us: int, open_to: NDArray[np.bool_]) -> Candidates:
    """The same bits for each user of a crowd as for them alone; everybody in it owns something.

    `open_to`: [user, feature].
    """
    since = horizons(at_us - crowd.owned.last_us, landscape.horizon_us)
    personal = _personal(landscape, crowd, decayed(since))
    users, chosen = np.nonzero(_chosen(landscape, personal, open_to))
    own = personal[:, users, chosen]
    starts = np.searchsorted(crowd.users, np.arange(crowd.size))
    tenure = np.maximum.reduceat(horizons(at_us - crowd.owned.first_us, landscape.horizon_us), starts)
    about_users = np.stack((crowd.lengths, np.minimum.reduceat(since, starts), tenure), axis=1)
    values = np.hstack(
        (own.T, _places_of_each(own, users).T, landscape.standing[chosen], about_users[users]),
        dtype=np.float32,
        casting="same_kind",
    )
    return Candidates(users, chosen, values)


def _personal(landscape: Landscape, crowd: Crowd, lately: Vector) -> Vector:
    """What users' features say, [way, user, feature]; `lately`: how loudly each speaks where recent ones are louder."""
    together, owned = landscape.together, (crowd.owned.features, crowd.users, crowd.size)
    evenly = np.ones(len(crowd.users))
    return np.stack(
        (
            *together.light.scores_of_all(*owned, evenly, lately),
            *together.strong.scores_of_all(*owned, evenly),
            *together.lately.scores_of_all(*owned, evenly, lately),
            *together.cosine.scores_of_all(*owned, evenly, lately),
            *together.conditional.scores_of_all(*owned, evenly / crowd.lengths[crowd.users]),
            together.conditional.loudest_of_all(*owned),
        )
    )


def _chosen(landscape: Landscape, personal: Vector, open_to: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[user, feature]: everything that is open, or where that is much, what is foremost in one of the ways."""
    chosen = open_to.copy()
    available = open_to.sum(axis=1)
    popularity = landscape.popularity[_BY_POPULARITY, :].astype(np.float64)
    # Rows of one length at a time: which of equals is among the foremost depends on how many columns there are.
    for length in np.unique(available[available > EACH]).tolist():
        users = np.flatnonzero(available == length)
        columns = np.nonzero(open_to[users])[1].reshape(len(users), length)
        of_users = personal[np.array(_BY_PEOPLE)[:, np.newaxis], users]
        by_people = np.take_along_axis(of_users, columns[np.newaxis], axis=2)
        ways: NDArray[np.float64] = np.concatenate((by_people, popularity[:, columns]))
        foremost = np.argpartition(-ways, EACH - 1, axis=2)[:, :, :EACH]
        chosen[users] = False
        chosen[users[:, np.newaxis], np.take_along_axis(columns[np.newaxis], foremost, axis=2)] = True
    return chosen


def _places_of_each(scores: Vector, users: Counts) -> Vector:
    """`descending_places` along each row of [way, candidate], among the candidates of each user."""
    lengths = np.bincount(users)
    within = np.arange(len(users)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    padded = np.full((len(scores), len(lengths), int(lengths.max(initial=0))), -np.inf)
    padded[:, users, within] = scores
    flat = descending_places(padded.reshape(len(scores) * len(lengths), -1)) if len(users) else padded
    places: Vector = flat.reshape(padded.shape)[:, users, within]
    return places
