"""A small but real model: everybody comes back with the same probability."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from domain.model.insights import ModelQuality, ModelTask
from prediction.drift import reference_of
from prediction.evaluation.metrics import log_loss
from prediction.training.outcomes import Trained, TrainingRefused
from prediction.training.plans import DAY, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prediction.boosting import Boosting
    from prediction.training.logs import UserLog

START = datetime(2026, 1, 1, tzinfo=UTC)
PLAN = Plan(7, 28, training=(START + 30 * DAY,), test=(START + 37 * DAY,))
SIGNALS = ("interactions",)


@dataclass(frozen=True, slots=True)
class BaseRate:
    rate: float

    def parts(self) -> Mapping[str, bytes]:
        return {"rate.json": json.dumps({"rate": self.rate}).encode()}

    @classmethod
    def of_parts(cls, parts: Mapping[str, bytes]) -> BaseRate:
        return cls(json.loads(parts["rate.json"])["rate"])


@dataclass(slots=True)
class BaseRateTrainer:
    """Of users active at a cut-off: do they come back within the horizon?"""

    plan: Plan
    task: ModelTask = ModelTask.CHURN
    _training: list[bool] = field(default_factory=list)
    _test: list[bool] = field(default_factory=list)
    _seen: list[int] = field(default_factory=list)

    def add(self, log: UserLog) -> None:
        for cut_off in self.plan.cut_offs:
            known = [r.interaction for r in log.interactions if r.received_at <= cut_off]
            if any(cut_off - self.plan.active <= one.occurred_at <= cut_off for one in known):
                later = (cut_off < r.interaction.occurred_at <= cut_off + self.plan.horizon for r in log.interactions)
                if cut_off in self.plan.test:
                    self._test.append(any(later))
                    self._seen.append(len(known))
                else:
                    self._training.append(any(later))

    def train(self, boosting: Boosting) -> Trained[BaseRate]:
        del boosting
        if not self._training or not self._test:
            raise TrainingRefused("nobody was active at a cut-off")
        model = BaseRate(float(np.clip(np.mean(self._training), 0.01, 0.99)))
        rows = np.array(self._seen, dtype=np.float32).reshape(-1, 1)
        return Trained(
            model=model,
            rows=len(self._training),
            quality=self.measured(model),
            serves_baseline=False,
            note="",
            reference=reference_of(SIGNALS, rows, np.full(len(rows), model.rate)),
        )

    def measured(self, model: BaseRate) -> tuple[ModelQuality, ...]:
        labels = np.array(self._test, dtype=np.float64)
        loss = log_loss(labels, np.full(len(labels), model.rate))
        baseline = log_loss(labels, np.full(len(labels), 0.5))
        assert loss is not None
        assert baseline is not None
        return (ModelQuality("log loss", loss, baseline),)
