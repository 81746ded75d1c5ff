"""Which of everybody's actions are counted, which train the ranker, and which are only predicted?

Chains are counted on the first part and the ranker is trained on the next, where it meets the chain as it will in use:
not having seen what comes. Before the last part is predicted, the chain is counted anew up to its beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from prediction.next_actions.memories import chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prediction.matrices import Counts
    from prediction.next_actions.memories import ActionLog

FOLDS = 5
_WHOLE = float(1 << 63)
_NEW_SALT, _UNCOUNTED_SALT = 1, 2


@dataclass(frozen=True, slots=True)
class Bounds:
    """By user: how many of the first actions are counted, and how many train; who trains with none is new."""

    counted: Counts
    trained: Counts


class Split(Protocol):
    @property
    def told(self) -> str:
        """How it splits, in words."""
        ...

    def bounds(self, logs: Sequence[ActionLog]) -> Bounds: ...


@dataclass(frozen=True, slots=True)
class SplitByTime:
    """At the two instants before which these shares of all actions lie: who was first seen after the second is new.

    A clock that jumped back does not bring an action before what was received earlier.
    """

    counted_share: float = 0.4
    trained_share: float = 0.8

    @property
    def told(self) -> str:
        return (
            f"learnt from the first {self.trained_share:.0%} of all actions, measured on the later ones; new users are"
            " those that came later."
        )

    def bounds(self, logs: Sequence[ActionLog]) -> Bounds:
        times = [np.maximum.accumulate(log.seconds) for log in logs]
        every = np.sort(np.concatenate(times))
        ends = [every[int(share * (len(every) - 1))] for share in (self.counted_share, self.trained_share)]
        counted, trained = (np.array([np.searchsorted(each, end, side="right") for each in times]) for end in ends)
        return Bounds(counted, trained)


@dataclass(frozen=True, slots=True)
class SplitByUser:
    """At these shares of each user's actions; of every five users one is new: nothing is learnt from it.

    The protocol of the reference figures: it tells users that were learnt from and new ones apart, whenever they came.
    Over the five values of `fold` everybody is new once. Of some more users nothing is counted, so that the ranker also
    learns to do with strangers. Nobody's action is foretold from a later one of their own, but the chain may have
    counted what others did later: `SplitByTime` is the stricter one.
    """

    counted_share: float = 0.4
    trained_share: float = 0.8
    uncounted_share: float = 0.3
    fold: int = 0

    @property
    def told(self) -> str:
        return (
            f"learnt from the first {self.trained_share:.0%} of each user's actions, measured on the later ones; of one"
            f" in {FOLDS} users, the new ones, nothing was learnt."
        )

    def bounds(self, logs: Sequence[ActionLog]) -> Bounds:
        tokens = np.array([log.token for log in logs], dtype=np.int64)
        lengths = np.array([len(log.numbers) for log in logs], dtype=np.int64)
        is_new = chance(tokens, _NEW_SALT) % FOLDS == self.fold
        is_uncounted = chance(tokens, _UNCOUNTED_SALT) / _WHOLE < self.uncounted_share
        counted = np.where(is_new | is_uncounted, 0, np.ceil(self.counted_share * lengths))
        trained = np.where(is_new, 0, np.ceil(self.trained_share * lengths))
        return Bounds(counted.astype(np.int64), trained.astype(np.int64))
