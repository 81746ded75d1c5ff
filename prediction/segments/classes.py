"""Which one segment is a user in, where behaviour decides?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from domain.model.segments import MEMBER_FROM_CONFIDENCE, SegmentKey
from domain.rules.segments import BUILT_IN
from prediction.signals.catalogue import SIGNALS
from prediction.signals.rows import signals_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.model.habits import Habits
    from domain.model.profiles import History
    from prediction.matrices import Counts, Matrix

BEHAVIOURAL = tuple(map(SegmentKey, ("casual_user", "feature_explorer", "power_user", "goal_oriented")))
"""Whether somebody is new, and on which device, is known: it needs no model."""

_SEGMENTS = [segment for key in BEHAVIOURAL for segment in BUILT_IN if segment.segment.key == key]

NONE = 0
"""The class of who is in no behavioural segment, or was not seen for a whole horizon; the class of a behavioural
segment is one more than its place."""

CLASSES = 1 + len(BEHAVIOURAL)

INPUTS = len(SIGNALS) + len(BEHAVIOURAL)


def inputs_of(history: History, habits: Habits, at: datetime) -> Matrix:
    """What the model reads of one user: the signals, then how surely the user is in each behavioural segment now."""
    (row,) = with_confidences(signals_of(history, habits, at)[np.newaxis, :], [history], at)
    inputs: Matrix = row
    return inputs


def with_confidences(signals: Matrix, histories: Sequence[History], at: datetime) -> Matrix:
    """The same, of users whose signals are known already: a row for each."""
    return np.hstack([signals, _confidences(histories, at)])


def class_of(history: History, at: datetime) -> int:
    """The surest behavioural segment that counts, the first of equals; so classes exclude each other."""
    return int(classes_of(_confidences([history], at))[0])


def current_classes(inputs: Matrix) -> Counts:
    """The class that each user is in already."""
    return classes_of(inputs[:, len(SIGNALS) :])


def classes_of(confidences: Matrix) -> Counts:
    surest = confidences.argmax(axis=1)
    counts = confidences[np.arange(len(surest)), surest] >= MEMBER_FROM_CONFIDENCE
    return np.where(counts, surest + 1, NONE).astype(np.int64)


def _confidences(histories: Sequence[History], at: datetime) -> Matrix:
    nowhere = [0.0] * len(BEHAVIOURAL)
    known = [
        nowhere if history.last_seen_us is None else [segment.confidence(history, at) for segment in _SEGMENTS]
        for history in histories
    ]
    return np.array(known, dtype=np.float32).reshape(-1, len(BEHAVIOURAL))
