"""What do models read of a trail: which known action was done at each step, and how long before the last one?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from domain.model.habits import Action, Trail
    from prediction.matrices import Counts

PADDING = -1
FEWEST_COLUMNS = 8
"""No context that is looked for reaches further back."""

Steps: TypeAlias = "tuple[Counts, Counts]"
"""Codes and seconds relative to the last step, oldest first."""


@dataclass(frozen=True, slots=True)
class Windows:
    """One trail a row, the latest step in the last column, padded on the left.

    `codes`: below `known` are the actions that the chain knows; `known` itself stands for all others together; from
    `known + 1` on are the row's own others, in order of their first place. `others` is the most that any row has.
    """

    codes: Counts
    seconds: Counts
    known: int
    others: int

    @property
    def rows(self) -> int:
        return len(self.codes)

    def contexts(self, order: int) -> Counts:
        """The last steps as the chain knows them, the latest last."""
        return np.minimum(self.codes[:, -order:], self.known)


def steps_of_trails(trails: Sequence[Trail], places: Mapping[Action, int]) -> Iterator[Steps]:
    """Of each trail, in order."""
    known = np.array([places.get(action, PADDING) for trail in trails for action in trail.actions], dtype=np.int64)
    of_actions = _starts([len(trail.actions) for trail in trails])
    of_steps = _starts([len(trail.codes) for trail in trails])
    unknown = np.append(0, np.cumsum(known == PADDING))
    before = np.repeat(unknown[of_actions[:-1]], np.diff(of_actions))
    own = np.where(known == PADDING, len(places) + unknown[1:] - before, known)
    numbers = np.fromiter(chain.from_iterable(trail.codes for trail in trails), np.int64)
    codes = own[numbers + np.repeat(of_actions[:-1], np.diff(of_steps))]
    passed = np.cumsum(np.fromiter(chain.from_iterable(trail.gaps for trail in trails), np.int64))
    for start, end in pairwise(of_steps.tolist()):
        yield codes[start:end], passed[start:end] - passed[end - 1 : end]


def _starts(lengths: Sequence[int]) -> Counts:
    return np.append(0, np.cumsum(np.array(lengths, dtype=np.int64)))


def steps_of_log(actions: Counts, seconds: Counts, places: Counts, known: int) -> Steps:
    """The same of the end of a log: `places` has the known action's code, or -1, by number of the action."""
    numbers, first, codes = np.unique(actions, return_index=True, return_inverse=True)
    order = np.argsort(first)
    in_order_of_trail = np.empty_like(order)
    in_order_of_trail[order] = np.arange(len(order))
    places_of = _with_own_others(places[numbers[order]], known)
    return places_of[in_order_of_trail[codes]], seconds - seconds[-1:]


def _with_own_others(places: Counts, known: int) -> Counts:
    unknown = places == PADDING
    return np.where(unknown, known + np.cumsum(unknown), places)


def aligned(rows: Sequence[Steps], known: int) -> Windows:
    width = max(FEWEST_COLUMNS, *(len(codes) for codes, _ in rows))
    codes = np.full((len(rows), width), PADDING, dtype=np.int64)
    seconds = np.zeros((len(rows), width), dtype=np.int64)
    for row, (row_codes, row_seconds) in enumerate(rows):
        if len(row_codes):
            codes[row, -len(row_codes) :] = row_codes
            seconds[row, -len(row_codes) :] = row_seconds
    return Windows(codes, seconds, known, max(0, int(codes.max()) - known))
