"""What do the users of each segment have, for those of whom nothing but a segment is known?"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from prediction.recommendations.uses import number_of

if TYPE_CHECKING:
    from prediction.matrices import Counts, Matrix, Vector
    from prediction.recommendations.landscapes import Landscape
    from prediction.recommendations.uses import Holdings

MOST_SEGMENTS = 100
"""The first by name; the users of others are not told apart from all."""
SEGMENT_PRIOR = 20.0
"""How many imaginary users, like all users, each segment starts with."""


@dataclass(slots=True)
class SegmentLedger:
    """Remembers the segment of each user that is in one: 16 bytes a user."""

    _numbers: dict[str, int] = field(default_factory=dict)
    _users: array[int] = field(default_factory=lambda: array("q"))
    _segments: array[int] = field(default_factory=lambda: array("q"))

    def add(self, user_id: str, segment: str | None) -> None:
        if segment is None:
            return
        self._users.append(number_of(user_id))
        self._segments.append(self._numbers.setdefault(segment, len(self._numbers)))

    def shares(self, landscape: Landscape, holdings: Holdings, names: tuple[str, ...]) -> dict[str, Matrix]:
        """By segment, per feature of the landscape, the share of the segment's users who have it, in [0, 1].

        (n + 20 p) / (N + 20): of N users in the segment with any feature n have this one; of all users a share p.
        """
        column = np.array([landscape.places.get(name, -1) for name in names], np.int64)
        people = np.unique(holdings.users)
        number_by_user = dict(zip(self._users, self._segments, strict=True))
        membership = np.array([number_by_user.get(int(user), -1) for user in people], np.int64)
        rows = np.flatnonzero(column[holdings.features] >= 0)
        features = column[holdings.features[rows]]
        of_row = membership[np.searchsorted(people, holdings.users[rows])]
        everybody = np.bincount(features, minlength=len(landscape)) / max(len(people), 1)
        return {
            segment: self._share(features[of_row == number], int((membership == number).sum()), everybody)
            for segment, number in sorted(self._numbers.items())[:MOST_SEGMENTS]
        }

    @staticmethod
    def _share(features: Counts, people: int, everybody: Vector) -> Matrix:
        having = np.bincount(features, minlength=len(everybody))
        return ((having + SEGMENT_PRIOR * everybody) / (people + SEGMENT_PRIOR)).astype(np.float32)
