"""Which users, as they were known at the latest cut-off, stand for all that a model is measured on?"""

from __future__ import annotations

import hashlib
import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from domain.model.insights import Insights
from domain.model.profiles import Profile
from domain.ports.predictors import Subject
from prediction.drift import SAMPLED_USERS, reference_of
from prediction.serving.kinds import PART_OF_INSIGHTS, Batch
from prediction.serving.scores import score_in
from prediction.signals.rows import matrix_of
from prediction.training.snapshots import snapshots_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from domain.model.insights import ModelTask, ModelVersion
    from domain.model.trained_models import Reference
    from domain.model.users import UserId
    from prediction.matrices import Matrix
    from prediction.serving.kinds import Kind
    from prediction.training.logs import UserLog
    from prediction.training.plans import Plan

_PLACE_BYTES = 8


@dataclass(slots=True)
class Sample:
    """At most `size` of the users who were active at the plan's latest cut-off, drawn by their ids alone."""

    plan: Plan
    size: int = SAMPLED_USERS
    _kept: list[tuple[int, UserId, Subject, Matrix]] = field(default_factory=list)

    def add(self, log: UserLog) -> None:
        """Each user is added once, in any order, with equal results."""
        place = _place(log.user_id)
        if len(self._kept) >= self.size and place >= -self._kept[0][0]:
            return  # most are not folded
        for snapshot in snapshots_of(log, self.plan.test[-1:]):
            if snapshot.was_active(self.plan.active):
                subject = Subject(Profile(log.user_id, revision=1, history=snapshot.history), snapshot.habits)
                heapq.heappush(self._kept, (-place, log.user_id, subject, snapshot.row))
        if len(self._kept) > self.size:
            heapq.heappop(self._kept)

    def batch(self) -> Batch:
        """As serving would see them at the cut-off."""
        kept = sorted(self._kept, key=lambda one: one[:2])
        return Batch([subject for *_, subject, _ in kept], matrix_of(row for *_, row in kept), self.plan.test[-1])


def reference_in(
    sample: Sample, names: Sequence[str], task: ModelTask, kind: Kind | None, model: tuple[Any, ModelVersion]
) -> Reference:
    """What drift is measured from: the sample's signals, and what the model says of these users."""
    batch = sample.batch()
    return reference_of(names, batch.signals, None if kind is None else _scores(batch, task, kind, model))


def _scores(batch: Batch, task: ModelTask, kind: Kind, model: tuple[Any, ModelVersion]) -> NDArray[np.float64] | None:
    part = PART_OF_INSIGHTS[task]
    said = [Insights(batch.at, **{part: one}) for one in kind.say(*model, batch) if one is not None]
    scores = [score for insights in said if (score := score_in(insights, task)) is not None]
    return np.array(scores, dtype=np.float64) if scores else None


def _place(user_id: UserId) -> int:
    return int.from_bytes(hashlib.blake2b(user_id.encode(), digest_size=_PLACE_BYTES).digest(), "big")
