"""How is the churn model trained, and is it good enough to answer instead of four signals?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from domain.model.insights import ModelTask
from prediction.churn.learning import FEW_USERS, fit_baseline, fit_mean
from prediction.evaluation.comparisons import beats, calibration_told, quality_of
from prediction.evaluation.metrics import area_under_curve, calibration_bins, log_loss
from prediction.signals.words import only
from prediction.training.labels import Labelled, LabelledUsers
from prediction.training.outcomes import Trained, TrainingRefused
from prediction.training.snapshots import Sightings, active_snapshots_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.insights import ModelQuality
    from prediction.boosting import Boosting
    from prediction.churn.risks import ChurnModel
    from prediction.training.labels import LabelledRows
    from prediction.training.logs import UserLog
    from prediction.training.plans import Plan

MIN_USERS = 50
"""Labelled users to train on, and to measure on: of fewer, nothing is learnt but chance."""


@dataclass(slots=True)
class ChurnTrainer:
    """Labels users who were active at a cut-off: did nothing happen within the horizon after it?

    What serves is what was measured on the test cut-offs: nothing is fitted again afterwards.
    """

    plan: Plan
    _users: LabelledUsers = field(default_factory=LabelledUsers)
    _measured: tuple[LabelledRows, ChurnModel] | None = field(init=False, default=None)

    @property
    def task(self) -> ModelTask:
        return ModelTask.CHURN

    def add(self, log: UserLog) -> None:
        """Remember the user's signals at the cut-offs at which they were active, and whether they came back."""
        if self._users.wants(log.user_id):
            self._users.add(log.user_id, self._labelled(log))

    def train(self, boosting: Boosting) -> Trained[ChurnModel]:
        """The mean of both models where it beats the baseline, else the baseline. Raises `TrainingRefused`."""
        rows, first_test = self._users.rows(), len(self.plan.training)
        training, test = rows.of(rows.cut_offs < first_test), rows.of(rows.cut_offs >= first_test)
        _refuse_unfit(training, "training")
        _refuse_unfit(test, "test")
        baseline = fit_baseline(training, self.plan)
        candidate = fit_mean(training, self.plan, boosting)
        wins = beats(test.labels, candidate.risks(test.signals), baseline.risks(test.signals), test.users)
        model = candidate if wins else baseline
        self._measured = test, baseline
        latest = test.of(test.cut_offs == test.cut_offs.max())
        quality = self.measured(model)
        return Trained(
            model=model,
            rows=len(training),
            quality=quality,
            serves_baseline=not wins,
            note=_note(training, test, candidate, baseline, wins=wins)
            + (calibration_told(quality, "a logistic regression on four signals") if wins else ""),
            calibration=calibration_bins(latest.labels, model.risks(latest.signals)),
        )

    def measured(self, model: ChurnModel) -> tuple[ModelQuality, ...]:
        """Of any churn model, on the test cut-offs of the training that ended, beside its baseline."""
        if self._measured is None:
            raise RuntimeError("nothing was trained yet that could be measured")
        test, baseline = self._measured
        return tuple(quality_of(test.labels, model.risks(test.signals), baseline.risks(test.signals), test.users))

    def _labelled(self, log: UserLog) -> Iterator[Labelled]:
        places = {at: place for place, at in enumerate(self.plan.cut_offs)}
        sightings = Sightings.of(log)
        snapshots = [*active_snapshots_of(log, self.plan)]
        for snapshot, row in zip(snapshots, rows_of(snapshots), strict=True):
            stayed_away = not sightings.any_after(snapshot.at, self.plan.horizon)
            yield Labelled(places[snapshot.at], row, float(stayed_away))


def _refuse_unfit(rows: LabelledRows, purpose: str) -> None:
    if rows.user_count < MIN_USERS:
        raise TrainingRefused(
            f"{only(rows.user_count, 'user')} active at the {purpose} cut-offs; {MIN_USERS} are needed."
        )
    left = int(np.count_nonzero(rows.labels))
    if left in {0, len(rows)}:
        everybody = "Nobody" if left == 0 else "Everybody"
        raise TrainingRefused(
            f"{everybody} who was active at the {purpose} cut-offs stayed away for the whole horizon: "
            "there is no difference to learn."
        )


def _note(
    training: LabelledRows, test: LabelledRows, candidate: ChurnModel, baseline: ChurnModel, *, wins: bool
) -> str:
    few = (
        f"; fewer than {FEW_USERS} users were labelled, so both read little" if training.user_count < FEW_USERS else ""
    )
    if wins:
        answers = f"The mean of a logistic regression and boosted trees answers{few}."
        return answers + _warning(training, test, candidate)
    figures = " and ".join(
        f"{name} {metric(test.labels, candidate.risks(test.signals)) or 0:.3f} against "
        f"{metric(test.labels, baseline.risks(test.signals)) or 0:.3f}"
        for name, metric in (("area under the curve", area_under_curve), ("log loss", log_loss))
    )
    return (
        "A logistic regression on four signals answers: boosted trees on all signals were not better by more than "
        f"chance ({figures}){few}."
    ) + _warning(training, test, baseline)


def _warning(training: LabelledRows, test: LabelledRows, model: ChurnModel) -> str:
    """Where the world has changed so much that no model helps, that is said."""
    before, since = float(training.labels.mean()), float(test.labels.mean())
    told = log_loss(test.labels, model.risks(test.signals)) or 0.0
    if told < (log_loss(test.labels, np.full(len(test), before)) or 0.0):
        return ""
    return (
        f" Beware: {before:.0%} stayed away while it was trained and {since:.0%} since then; to say {before:.0%} of "
        "everybody would have been no worse."
    )
