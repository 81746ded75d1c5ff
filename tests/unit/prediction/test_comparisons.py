"""Is a new model switched to exactly when it is known to be better?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from domain.model.insights import ModelQuality, ModelTask
from prediction.training.comparisons import Comparison, chosen, compared, is_better, is_loss
from prediction.training.outcomes import Trained
from tests.builders.trainers import BaseRate

if TYPE_CHECKING:
    from prediction.boosting import Boosting
    from prediction.training.logs import UserLog

NEW, OLD = BaseRate(0.5), BaseRate(0.25)


@dataclass(slots=True)
class Trainer:
    """Cannot measure other models."""

    task: ModelTask = ModelTask.CHURN

    def add(self, log: UserLog) -> None: ...

    def train(self, boosting: Boosting) -> Trained[BaseRate]:
        del boosting
        return trained(0.5)


@dataclass(slots=True)
class ComparingTrainer(Trainer):
    metric: str = "AUC"
    of_others: float = 0.5

    def measured(self, model: BaseRate) -> tuple[ModelQuality, ...]:
        assert model is OLD
        return (ModelQuality(self.metric, self.of_others, 0.5),)


def trained(*values: float, metric: str = "AUC", serves_baseline: bool = False) -> Trained[BaseRate]:
    quality = tuple(ModelQuality(metric, value, 0.5) for value in values)
    return Trained(NEW, 10, quality, serves_baseline=serves_baseline, note="")


def test_where_none_is_in_use_any_model_serves_and_be_it_a_baseline() -> None:
    expected = Comparison(switches=True, reason="no model was in use")
    assert compared(ComparingTrainer(), trained(0.6), None) == expected
    assert compared(Trainer(), trained(serves_baseline=True), None) == expected


@pytest.mark.parametrize(
    ("metric", "new", "old", "switches"),
    [
        ("AUC", 0.71, 0.7, True),
        ("AUC", 0.7, 0.7, False),
        ("AUC", 0.69, 0.7, False),
        ("log loss", 0.3, 0.31, True),
        ("log loss", 0.31, 0.31, False),
        ("log loss", 0.32, 0.31, False),
    ],
)
def test_the_better_of_two_serves_by_the_first_metric(metric: str, new: float, old: float, switches: bool) -> None:  # noqa: FBT001 - a case
    found = compared(ComparingTrainer(metric=metric, of_others=old), trained(new, metric=metric), OLD)
    assert found.switches is switches
    assert f"{metric} {new:.4f}, and {old:.4f} of the model in use, on the latest window" in found.reason


def test_what_could_not_be_measured_replaces_nothing() -> None:
    found = compared(ComparingTrainer(), trained(), OLD)
    assert found == Comparison(switches=False, reason="it could not be measured, unlike the model in use")


def test_a_trainer_that_cannot_measure_the_model_in_use_switches_if_the_baseline_is_beaten() -> None:
    assert compared(Trainer(), trained(0.9), OLD).switches
    assert not compared(Trainer(), trained(0.9, serves_baseline=True), OLD).switches


class BreakingTrainer(ComparingTrainer):
    def measured(self, model: BaseRate) -> tuple[ModelQuality, ...]:
        raise ZeroDivisionError(model)


def test_a_model_in_use_that_breaks_does_not_stand_in_the_way_of_its_successor() -> None:
    found = compared(BreakingTrainer(), trained(0.9), OLD)
    assert found.switches
    assert "cannot be measured (ZeroDivisionError)" in found.reason
    assert not compared(BreakingTrainer(), trained(0.9, serves_baseline=True), OLD).switches


def test_the_first_metric_that_both_have_decides() -> None:
    several = replace(trained(0.9), quality=(ModelQuality("log loss", 0.1, 0.5), ModelQuality("AUC", 0.6, 0.5)))
    assert not compared(ComparingTrainer(of_others=0.7), several, OLD).switches
    assert compared(ComparingTrainer(of_others=0.5), several, OLD).switches
    assert "no metric in common" in compared(ComparingTrainer(metric="recall"), several, OLD).reason


def test_figures_of_two_metrics_are_never_compared() -> None:
    with pytest.raises(ValueError, match="AUC cannot be compared with log loss"):
        is_better(ModelQuality("AUC", 0.9, 0.5), ModelQuality("log loss", 0.3, 0.5))


def test_names_tell_whether_less_is_better() -> None:
    assert all(is_loss(name) for name in ("log loss", "calibration error", "mean absolute error", "MAE", "total bias"))
    assert not any(is_loss(name) for name in ("AUC", "nDCG@10", "hit@1", "MRR@20", "Spearman"))


class RecountingTrainer(ComparingTrainer):
    def recounted(self, model: BaseRate) -> Trained[BaseRate]:
        return replace(trained(self.of_others), model=BaseRate(model.rate + 0.5))


def test_what_a_model_only_counts_is_counted_anew_even_if_what_was_learnt_is_not_better() -> None:
    kept, comparison = chosen(RecountingTrainer(of_others=0.7), trained(0.6), OLD)
    assert (kept.model, comparison.switches) == (BaseRate(0.75), True)
    assert "counted anew" in comparison.reason
    assert "not better than the model in use: AUC 0.6000, and 0.7000" in comparison.reason


def test_nothing_is_counted_anew_for_a_model_that_is_replaced_or_that_breaks() -> None:
    assert chosen(RecountingTrainer(of_others=0.5), trained(0.6), OLD)[0].model is NEW
    assert chosen(RecountingTrainer(), trained(0.6), None)[0].model is NEW
    assert chosen(ComparingTrainer(of_others=0.7), trained(0.6), OLD)[0].model is NEW
    kept, comparison = chosen(BreakingRecountingTrainer(), trained(0.6, serves_baseline=True), OLD)
    assert (kept.model, comparison.switches) == (NEW, False)


class BreakingRecountingTrainer(BreakingTrainer):
    def recounted(self, model: BaseRate) -> Trained[BaseRate]:
        raise ZeroDivisionError(model)
