"""Which one segment is a user in, where behaviour decides?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from domain.model.segments import MEMBER_FROM_CONFIDENCE, SegmentKey
from domain.rules.segments import built_in_confidences
from prediction.signals.catalogue import SIGNALS
from prediction.signals.rows import signals_of

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.habits import Habits
    from domain.model.profiles import History
    from prediction.matrices import Counts, Matrix

BEHAVIOURAL = tuple(map(SegmentKey, ("casual_user", "feature_explorer", "power_user", "goal_oriented")))
"""Whether somebody is new, and on which device, is known: it needs no model."""

NONE = 0
"""The class of who is in no behavioural segment, or was not seen for a whole horizon; the class of a behavioural
segment is one more than its place."""

CLASSES = 1 + len(BEHAVIOURAL)

INPUTS = len(SIGNALS) + len(BEHAVIOURAL)


def inputs_of(history: History, habits: Habits, at: datetime) -> Matrix:
    """What the model reads of one user: the signals, then how surely the user is in each behavioural segment now."""
    return with_confidences(signals_of(history, habits, at), history, at)


def with_confidences(signals: Matrix, history: History, at: datetime) -> Matrix:
    """The same, of a user whose signals are known already."""
    return np.concatenate([signals, _confidences(history, at)])


def class_of(history: History, at: datetime) -> int:
    """The surest behavioural segment that counts, the first of equals; so classes exclude each other."""
    return int(classes_of(_confidences(history, at)[np.newaxis, :])[0])


def current_classes(inputs: Matrix) -> Counts:
    """The class that each user is in already."""
    return classes_of(inputs[:, len(SIGNALS) :])


def classes_of(confidences: Matrix) -> Counts:
    surest = confidences.argmax(axis=1)
    counts = confidences[np.arange(len(surest)), surest] >= MEMBER_FROM_CONFIDENCE
    return np.where(counts, surest + 1, NONE).astype(np.int64)


def _confidences(history: History, at: datetime) -> Matrix:
    known = built_in_confidences(history, at)
    return np.array([known.get(segment, 0.0) for segment in BEHAVIOURAL], dtype=np.float32)
