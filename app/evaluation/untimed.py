"""What is hidden of a log that does not say when anything happened?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from app.evaluation.events import EventLog
from app.evaluation.readings import UNTIMED
from domain.rules.instants import microseconds
from prediction.training.plans import Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

HIDDEN_SHARE = 0.3
"""Of each user's targets, at the test; and of those that are left, in training."""

_DAY = timedelta(days=1)
FIRST_CUT_OFF, SECOND_CUT_OFF = UNTIMED + _DAY, UNTIMED + 2 * _DAY
_INSTANTS = np.array(
    [microseconds(at) for at in (FIRST_CUT_OFF - _DAY / 2, SECOND_CUT_OFF - _DAY / 2, SECOND_CUT_OFF + _DAY / 2)]
)
PLAN = Plan(
    horizon_days=1,
    active_days=2,
    training=(FIRST_CUT_OFF,),
    test=(SECOND_CUT_OFF,),
    explanation="The log has no times: 30 % of each user's targets were hidden by chance and had to be found.",
)


def with_hidden_targets(log: EventLog, seed: int) -> EventLog:
    """The log with times: of each user, by chance, some targets after the test, some before it, most before training.

    What was known at the first cut-off is used again at the second: at each, all that is known is equally fresh, so
    that nothing is learnt from times that nobody told. A repeated target counts once. Nothing is hidden of users with
    only one.
    """
    columns = log.columns
    pairs = columns.users.astype(np.int64) * len(log.deeds) + columns.deeds
    _, once = np.unique(pairs, return_index=True)
    kept = columns.chosen(once)
    stages = _stages(kept.users, np.random.default_rng(seed))
    again = np.flatnonzero(stages == 0)
    rows = np.concatenate((np.arange(len(kept)), again))
    instants = np.concatenate((_INSTANTS[stages], np.full(len(again), _INSTANTS[1])))
    return EventLog.of(log.users, log.deeds, replace(kept.chosen(rows), instants=instants))


def _stages(users: NDArray[np.int32], chance: np.random.Generator) -> NDArray[np.int64]:
    """Per row, whether it is known from the start (0), before the test (1) or only then (2); rows by user."""
    order = np.lexsort((chance.random(len(users)), users))
    starts = np.searchsorted(users, users, side="left")
    sizes = np.searchsorted(users, users, side="right") - starts
    places = np.empty(len(users), np.int64)
    places[order] = np.arange(len(users)) - starts[order]
    hidden = _hidden(sizes)
    hidden_in_training = _hidden(sizes - hidden)
    return np.where(places < hidden, 2, np.where(places < hidden + hidden_in_training, 1, 0)).astype(np.int64)


def _hidden(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of so many targets, rounded; at least one, and at least one is left."""
    rounded = np.maximum(1, np.round(sizes * HIDDEN_SHARE)).astype(np.int64)
    return np.minimum(rounded, np.maximum(sizes - 1, 0))
