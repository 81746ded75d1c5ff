"""How is the model of segments trained, and is it good enough to answer instead of a transition table?"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from domain.model.insights import ModelQuality, ModelTask
from prediction.evaluation.comparisons import CALIBRATION, calibration_told
from prediction.evaluation.metrics import calibration_bins, calibration_error, class_log_loss
from prediction.evaluation.resampling import interval
from prediction.segments.classes import NONE, class_of, with_confidences
from prediction.segments.learning import certainty, fit_baseline, fit_trees
from prediction.signals.words import only
from prediction.training.labels import Labelled, LabelledUsers
from prediction.training.outcomes import Trained, TrainingRefused
from prediction.training.snapshots import Sightings, rows_of, snapshots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prediction.boosting import Boosting
    from prediction.matrices import Counts, Vector
    from prediction.segments.outlooks import SegmentsModel
    from prediction.training.labels import LabelledRows
    from prediction.training.logs import UserLog
    from prediction.training.plans import Plan

TABLE = "the table of which segment follows on which"
MIN_USERS = 50
"""Labelled users to train on, and to measure on: of fewer, nothing is learnt but chance."""


@dataclass(slots=True)
class SegmentsTrainer:
    """Labels users who were active at a cut-off: in which segment would the product see them a horizon later?

    What serves is what was measured on the test cut-offs: nothing is fitted again afterwards.
    """

    plan: Plan
    _users: LabelledUsers = field(default_factory=LabelledUsers)
    _measured: tuple[LabelledRows, SegmentsModel] | None = field(init=False, default=None)

    @property
    def task(self) -> ModelTask:
        return ModelTask.SEGMENTS

    def add(self, log: UserLog) -> None:
        """Remember the user's signals at the cut-offs at which they were active, and the segment that followed."""
        if self._users.wants(log.user_id):
            self._users.add(log.user_id, self._labelled(log))

    def train(self, boosting: Boosting) -> Trained[SegmentsModel]:
        """Trees where they beat the transition table, else the table. Raises `TrainingRefused`."""
        rows, first_test = self._users.rows(), len(self.plan.training)
        training, test = rows.of(rows.cut_offs < first_test), rows.of(rows.cut_offs >= first_test)
        _refuse_unfit(training, "training")
        _refuse_unfit(test, "test")
        baseline = fit_baseline(training, self.plan)
        candidate = fit_trees(training, self.plan, boosting, baseline)
        wins = _beats(test, candidate, baseline)
        model = candidate if wins else baseline
        self._measured = test, baseline
        quality = self.measured(model)
        latest = test.of(test.cut_offs == test.cut_offs.max())
        came_true, probabilities = certainty(model.probabilities(latest.signals), latest.labels)
        return Trained(
            model=model,
            rows=len(training),
            quality=quality,
            serves_baseline=not wins,
            note=_note(test, candidate, baseline, wins=wins) + (calibration_told(quality, TABLE) if wins else ""),
            calibration=calibration_bins(came_true, probabilities),
        )

    def measured(self, model: SegmentsModel) -> tuple[ModelQuality, ...]:
        """Of any model of segments, on the test cut-offs of the training that ended, beside its baseline."""
        if self._measured is None:
            raise RuntimeError("nothing was trained yet that could be measured")
        test, baseline = self._measured
        return tuple(_quality_of(test, model, baseline))

    def _labelled(self, log: UserLog) -> Iterator[Labelled]:
        plan, sightings = self.plan, Sightings.of(log)
        instants = sorted({*plan.cut_offs, *(at + plan.horizon for at in plan.cut_offs)})
        known = {snapshot.at: snapshot for snapshot in snapshots_of(log, instants)}
        places = {at: place for place, at in enumerate(plan.cut_offs)}
        active = [then for at, then in known.items() if at in places and then.was_active(plan.active)]
        for then, signals in zip(active, rows_of(active), strict=True):
            seen, end = sightings.any_after(then.at, plan.horizon), then.at + plan.horizon
            later = class_of(known[end].history, end) if seen else NONE
            (inputs,) = with_confidences(signals[np.newaxis, :], [then.history], then.at)
            yield Labelled(places[then.at], inputs, float(later))


def _refuse_unfit(rows: LabelledRows, purpose: str) -> None:
    if rows.user_count < MIN_USERS:
        raise TrainingRefused(
            f"{only(rows.user_count, 'user')} active at the {purpose} cut-offs; {MIN_USERS} are needed."
        )
    if len(np.unique(rows.labels)) == 1:
        raise TrainingRefused(
            f"Everybody who was active at the {purpose} cut-offs was in the same segment a horizon later: "
            "there is no difference to learn."
        )


def _beats(test: LabelledRows, model: SegmentsModel, baseline: SegmentsModel) -> bool:
    classes = test.labels.astype(np.int64)
    ours, theirs = model.probabilities(test.signals), baseline.probabilities(test.signals)

    def gain(rows: Counts) -> float:
        return _loss(classes[rows], theirs[rows]) - _loss(classes[rows], ours[rows])

    gained = interval(gain, test.users)
    return gained is not None and gained.is_above_zero


def _quality_of(test: LabelledRows, model: SegmentsModel, baseline: SegmentsModel) -> Iterator[ModelQuality]:
    classes = test.labels.astype(np.int64)
    ours, theirs = model.probabilities(test.signals), baseline.probabilities(test.signals)
    for name, metric in (("log loss", _loss), (CALIBRATION, _miscalibration)):
        spread = interval(partial(_on, metric, classes, ours), test.users)
        low, high = (None, None) if spread is None else (spread.low, spread.high)
        yield ModelQuality(name, metric(classes, ours), metric(classes, theirs), low, high)


def _loss(classes: Counts, probabilities: Vector) -> float:
    return class_log_loss(classes, probabilities) or 0.0


def _miscalibration(classes: Counts, probabilities: Vector) -> float:
    came_true, given = certainty(probabilities, classes.astype(np.float64))
    return calibration_error(came_true, given) or 0.0


def _on(metric: Callable[[Counts, Vector], float], classes: Counts, probabilities: Vector, rows: Counts) -> float:
    return metric(classes[rows], probabilities[rows])


def _note(test: LabelledRows, candidate: SegmentsModel, baseline: SegmentsModel, *, wins: bool) -> str:
    if wins:
        return "Boosted trees on all signals answer."
    classes = test.labels.astype(np.int64)
    ours, theirs = (_loss(classes, model.probabilities(test.signals)) for model in (candidate, baseline))
    return (
        f"{TABLE.capitalize()} answers: boosted trees were not better by more than chance "
        f"(log loss {ours:.3f} against {theirs:.3f})."
    )
