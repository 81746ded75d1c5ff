"""A real trainer of something very simple: who came lately comes again, against the share of all who do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from domain.model.insights import ModelQuality, ModelTask
from prediction.evaluation.metrics import calibration_bins, log_loss
from prediction.training.outcomes import Trained, TrainingRefused
from prediction.training.snapshots import Sightings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prediction.boosting import Boosting
    from prediction.training.logs import UserLog
    from prediction.training.plans import Plan

FEWEST_ROWS = 10


@dataclass(frozen=True, slots=True)
class LatelyModel:
    lately: float
    before: float

    def parts(self) -> Mapping[str, bytes]:
        return {"shares.json": f"[{self.lately}, {self.before}]".encode()}


@dataclass(slots=True)
class LatelyTrainer:
    plan: Plan
    _rows: dict[bool, list[tuple[bool, bool]]] = field(default_factory=lambda: {False: [], True: []})
    task: ModelTask = ModelTask.CHURN

    def add(self, log: UserLog) -> None:
        for at in self.plan.cut_offs:
            seen = [one.received_at for one in log.interactions if one.received_at <= at]
            if seen:
                lately = max(seen) > at - self.plan.active / 4
                left = not Sightings.of(log).any_after(at, self.plan.horizon)
                self._rows[at in self.plan.test].append((lately, left))

    def train(self, boosting: Boosting) -> Trained[LatelyModel]:
        del boosting
        rows = self._rows[False]
        if len(rows) < FEWEST_ROWS:
            raise TrainingRefused(f"Only {len(rows)} users came by the training cut-offs; {FEWEST_ROWS} are needed.")
        model = LatelyModel(*(_share([left for lately, left in rows if lately is when]) for when in (True, False)))
        labels = np.array([left for _, left in self._rows[True]], np.float64)
        scores = np.array([model.lately if lately else model.before for lately, _ in self._rows[True]])
        prior = np.full(len(labels), np.mean([left for _, left in rows]))
        loss, baseline = log_loss(labels, scores), log_loss(labels, prior)
        if loss is None or baseline is None:
            raise TrainingRefused("Nobody came by the test cut-offs.")
        return Trained(
            model=model,
            rows=len(rows),
            quality=(ModelQuality("log loss", loss, baseline), ModelQuality("undefined", float("nan"), float("inf"))),
            serves_baseline=loss >= baseline,
            note="Who came lately comes again.",
            calibration=calibration_bins(labels, scores, 3),
        )


def _share(left: list[bool]) -> float:
    return sum(left) / len(left) if left else 0.5
