"""What do the models in use say about users, and why?

One thread, many users at a time. Serving never fails because a model does: what fails is logged and absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog

from domain.model.insights import Insights
from domain.ports.predictors import Predicted
from domain.rules.insights import sound
from prediction.serving.kinds import PART_OF_INSIGHTS, Batch
from prediction.serving.signal_rows import row_from_bytes, rows_to_bytes
from prediction.signals.rows import matrix_of, signals_of_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.model.insights import Factor, ModelTask, ModelVersion
    from domain.ports.predictors import Subject
    from domain.use_cases.current_models import LoadedModel
    from prediction.matrices import Matrix
    from prediction.serving.kinds import Kind, Kinds

MAX_FAILURES = 3
"""A model that fails for so many users in a row answers no more in this process."""

log = structlog.get_logger(__name__)


class InProcessPredictor:
    """The models of one revision. Used by one thread at a time."""

    def __init__(self, loaded: Mapping[ModelTask, LoadedModel], revision: int, kinds: Kinds) -> None:
        self._revision = revision
        self._serving = {task: _Serving(one, kinds[task]) for task, one in loaded.items() if task in kinds}

    @property
    def revision(self) -> int:
        return self._revision

    def predict(
        self, subjects: Sequence[Subject], now: datetime, offered: frozenset[str] = frozenset()
    ) -> Sequence[Predicted]:
        """As the port `Predictor` promises."""
        predicted = [Predicted()] * len(subjects)
        if not self._serving:
            return predicted
        numbers, rows = _rows(subjects, now)
        batch = Batch([subjects[number] for number in numbers], rows, now, offered)
        said = {PART_OF_INSIGHTS[task]: serving.parts(batch) for task, serving in self._serving.items()}
        for place, (number, written) in enumerate(zip(numbers, rows_to_bytes(rows), strict=True)):
            parts = {name: parts[place] for name, parts in said.items() if parts[place] is not None}
            insights = sound(Insights(now, **parts))
            predicted[number] = Predicted(insights, b"" if insights is None else written)
        return predicted

    def factors(self, task: ModelTask, version: ModelVersion, signals: Sequence[bytes]) -> Sequence[Sequence[Factor]]:
        """As the port `Predictor` promises."""
        serving = self._serving.get(task)
        if serving is None or serving.version != version:
            return [()] * len(signals)
        rows = {number: row for number, stored in enumerate(signals) if (row := row_from_bytes(stored)) is not None}
        explained = dict(zip(rows, serving.explained(matrix_of(rows.values())), strict=True))
        return [explained.get(number, ()) for number in range(len(signals))]


def _rows(subjects: Sequence[Subject], now: datetime) -> tuple[list[int], Matrix]:
    """Which subjects have signals, and their signals. Whoever breaks them breaks their own alone."""
    try:
        return [*range(len(subjects))], _signals(subjects, now)
    except Exception:
        if len(subjects) > 1:
            parts = [_rows([one], now) for one in subjects]
            numbers = [number for number, (sound_ones, _) in enumerate(parts) if sound_ones]
            return numbers, np.concatenate([row for _, row in parts])
        log.exception("signals_failed", user_id=subjects[0].profile.user_id)
        return [], matrix_of([])


def _signals(subjects: Sequence[Subject], now: datetime) -> Matrix:
    histories = [subject.profile.history for subject in subjects]
    return signals_of_all(histories, [subject.habits for subject in subjects], [now] * len(subjects))


@dataclass(slots=True)
class _Serving:
    """One model at work. `failures`: for how many users in a row it has failed."""

    loaded: LoadedModel
    kind: Kind
    failures: int = 0

    @property
    def version(self) -> ModelVersion:
        return self.loaded.manifest.version

    @property
    def is_off(self) -> bool:
        return self.failures >= MAX_FAILURES

    def parts(self, batch: Batch) -> Sequence[Any]:
        """One part of the insights for each subject, or `None`. Whoever makes the model fail fails alone."""
        users = len(batch.subjects)
        if self.is_off or not users:
            return [None] * users
        parts = self._said(batch)
        if parts is not None:
            self.failures = 0
            return parts
        if users > 1:
            return [part for number in range(users) for part in self.parts(batch.only(number))]
        self.failures += 1
        if self.failures == MAX_FAILURES:
            log.error("model_switched_off", task=self.loaded.manifest.task, version=self.version)
        return [None]

    def explained(self, signals: Matrix) -> Sequence[Sequence[Factor]]:
        """A model that cannot explain itself may still predict."""
        if self.is_off or not len(signals):
            return [()] * len(signals)
        try:
            return self.kind.explain(self.loaded.model, signals)
        except Exception:
            log.exception("model_cannot_explain", task=self.loaded.manifest.task, version=self.version)
            return [()] * len(signals)

    def _said(self, batch: Batch) -> Sequence[Any] | None:
        try:
            said = self.kind.say(self.loaded.model, self.version, batch)
            return [part for part, _ in zip(said, batch.subjects, strict=True)]
        except Exception:
            log.exception("model_failed", task=self.loaded.manifest.task, version=self.version)
            return None
