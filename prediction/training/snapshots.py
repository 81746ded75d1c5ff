"""What was known of a user at each of several instants?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.habits import Habits
from domain.model.profiles import History
from domain.rules.folding.habits import fold_habits, habits_from_scratch
from domain.rules.instants import instant_at
from domain.rules.profiles import fold, fold_from_scratch
from prediction.signals.rows import signals_of, signals_of_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from domain.model.interactions import Interaction
    from domain.model.users import UserId
    from prediction.matrices import Matrix
    from prediction.training.logs import UserLog
    from prediction.training.plans import Plan


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What had been received of a user at a cut-off: nothing that was received later can change it.

    An interaction at the cut-off counts as seen.
    """

    user_id: UserId
    at: datetime
    history: History
    habits: Habits

    @property
    def row(self) -> Matrix:
        """The signals, computed anew each time: keep them."""
        return signals_of(self.history, self.habits, self.at)

    def was_active(self, within: timedelta) -> bool:
        """Was the user seen later than so long before the cut-off?"""
        last_us = self.history.last_seen_us
        return last_us is not None and instant_at(last_us) > self.at - within


def snapshots_of(log: UserLog, cut_offs: Sequence[datetime]) -> Iterator[Snapshot]:
    """One per cut-off (ascending) by which anything was received; each folds only what is new since the one before."""
    history, habits = History(), Habits()
    received: list[Interaction] = []
    for at, arrived in zip(cut_offs, _arrivals(log, cut_offs), strict=True):
        received += arrived
        if arrived:
            history = fold(history, arrived) or fold_from_scratch(received)
            habits = fold_habits(habits, arrived) or habits_from_scratch(received)
        if received:
            yield Snapshot(log.user_id, at, history, habits)


def rows_of(snapshots: Sequence[Snapshot]) -> Matrix:
    """The signals of each, computed together: much quicker than one after another."""
    return signals_of_all(
        [one.history for one in snapshots], [one.habits for one in snapshots], [one.at for one in snapshots]
    )


def active_snapshots_of(log: UserLog, plan: Plan) -> Iterator[Snapshot]:
    """Those of the plan's cut-offs at which the user was active."""
    return (snapshot for snapshot in snapshots_of(log, plan.cut_offs) if snapshot.was_active(plan.active))


@dataclass(frozen=True, slots=True)
class Sightings:
    """When a user was seen, whenever that was received: what labels are made of."""

    occurred: Sequence[datetime]

    @staticmethod
    def of(log: UserLog) -> Sightings:
        return Sightings(sorted(recorded.interaction.occurred_at for recorded in log.interactions))

    def any_after(self, at: datetime, horizon: timedelta) -> bool:
        """Did anything happen after a cut-off and no later than its horizon?"""
        return bisect_right(self.occurred, at) < bisect_right(self.occurred, at + horizon)


def _arrivals(log: UserLog, cut_offs: Sequence[datetime]) -> list[list[Interaction]]:
    """What was received by each cut-off and after the one before it, in order of receipt."""
    arrivals: list[list[Interaction]] = [[] for _ in cut_offs]
    for recorded in log.interactions:
        place = bisect_left(cut_offs, recorded.received_at)
        if place < len(cut_offs):
            arrivals[place].append(recorded.interaction)
    return arrivals
