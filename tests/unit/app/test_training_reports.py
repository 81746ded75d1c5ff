"""Is all that is known of models told, in words and without cutting figures off?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.training.reports import models_told, results_told, trainings_told
from domain.model.insights import ModelQuality, ModelTask, ModelVersion
from domain.model.trained_models import (
    ArtifactFlaw,
    Drift,
    RegisteredModel,
    Replacement,
    Standing,
    TaskOutcome,
    Training,
    TrainingCause,
    TrainingResult,
)
from domain.rules.standings import as_they_serve
from prediction.training.jobs import Result
from tests.builders.trained_models import TRAINED_AT, build_artifact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text


def lines(told: Iterable[Text]) -> list[str]:
    return [line for text in told for line in text.plain.splitlines()]


def test_figures_stand_below_each_other_beside_the_baselines() -> None:
    quality = (
        ModelQuality("a_metric_with_a_long_name", 0.5, 0.25, 0.4, 0.6),
        ModelQuality("MAE", 1_234.5, 1_300),
    )
    artifact = build_artifact(quality=quality, note="It pays.")
    told = lines(results_told([Result(ModelTask.CHURN, TrainingResult.SWITCHED, "no model was in use", artifact)]))
    assert told == [
        "churn  in use  v1  1,000 rows, 1 KiB",
        "  a_metric_with_a_long_name  0.5000     [0.4000, 0.6000]  baseline 0.2500",
        "  MAE                        1234.5000                    baseline 1300.0000",
        "  no model was in use. It pays.",
    ]


def test_what_was_refused_is_told_with_its_reason() -> None:
    told = lines(results_told([Result(ModelTask.CHURN, TrainingResult.REFUSED, "nobody came")]))
    assert told == ["churn  refused", "  nobody came"]


def test_a_model_that_was_not_measured_has_no_figures_and_says_that_the_baseline_answers() -> None:
    manifest = build_artifact(quality=(), serves_baseline=True).manifest
    told = lines(models_told([RegisteredModel(manifest, Standing.CANDIDATE)]))
    assert told == ["churn  candidate  v1  trained 2026-03-02 03:04", "  the baseline answers"]


@pytest.mark.parametrize(
    ("drift", "told"),
    [
        (None, "not measured"),
        (Drift(TRAINED_AT, 20, {}), "too few users (20)"),
        (Drift(TRAINED_AT, 900, {"a": 0.05, "b": 0.31}, 0.02), "drifted (b 0.31), score 0.02"),
        (Drift(TRAINED_AT, 900, {"a": 0.12}), "moving (a 0.12)"),
        (Drift(TRAINED_AT, 900, {"a": 0.01}), "stable (a 0.01)"),
    ],
)
def test_drift_is_told_of_the_model_in_use_by_the_signal_that_moved_most(drift: Drift | None, told: str) -> None:
    registered = RegisteredModel(build_artifact(quality=()).manifest, Standing.IN_USE, drift)
    assert lines(models_told([registered]))[1] == f"  drift: {told}"
    assert len(lines(models_told([replace(registered, standing=Standing.PREVIOUS)]))) == 1


def test_of_trainings_only_what_was_not_put_in_use_is_told() -> None:
    outcomes = (
        TaskOutcome(ModelTask.CHURN, TrainingResult.SWITCHED, "better"),
        TaskOutcome(ModelTask.SEGMENTS, TrainingResult.REFUSED, "nobody came"),
    )
    ended = Training("a", TrainingCause.ASKED, TRAINED_AT, TRAINED_AT + timedelta(minutes=1), outcomes)
    running = Training("b", TrainingCause.DRIFT, TRAINED_AT)
    assert [*trainings_told([running, ended])] == [
        "2026-03-02 03:04: a training began and has not ended",
        "2026-03-02 03:04: segments refused: nobody came",
    ]


def test_what_became_of_a_model_is_told_once_as_the_latest_training_left_it() -> None:
    def training(name: str, *outcomes: TaskOutcome) -> Training:
        return Training(name, TrainingCause.ASKED, TRAINED_AT, TRAINED_AT, outcomes)

    refused = TaskOutcome(ModelTask.CHURN, TrainingResult.REFUSED, "nobody came")
    still = TaskOutcome(ModelTask.SEGMENTS, TrainingResult.REFUSED, "nobody came again")
    switched = TaskOutcome(ModelTask.CHURN, TrainingResult.SWITCHED, "it is better")
    before = TaskOutcome(ModelTask.SEGMENTS, TrainingResult.REFUSED, "nobody came")

    assert [*trainings_told([training("b", switched, still), training("a", refused, before)])] == [
        "2026-03-02 03:04: segments refused: nobody came again",
    ]


def test_a_model_that_must_not_serve_says_so_and_what_does_instead() -> None:
    reason = "the churn model v2 was truncated or changed after it was trained"
    replacement = Replacement(ModelTask.CHURN, ModelVersion("v2"), ArtifactFlaw.TAMPERED, reason, ModelVersion("v1"))
    stored = [
        RegisteredModel(build_artifact("v2", quality=()).manifest, Standing.IN_USE),
        RegisteredModel(build_artifact("v1", quality=()).manifest, Standing.PREVIOUS),
        RegisteredModel(build_artifact("v0", quality=()).manifest, Standing.CANDIDATE),
    ]
    told = lines(models_told(as_they_serve(stored, {ModelTask.CHURN: replacement})))
    trained = "trained 2026-03-02 03:04"
    assert told == [
        f"churn  refused  v2  {trained}",
        f"  It is refused: {reason}. v1 serves instead.",
        f"churn  in use  v1  {trained}",
        "  drift: not measured",
        f"  It serves instead of v2, which is refused: {reason}.",
        f"churn  candidate  v0  {trained}",
    ]
    assert as_they_serve(stored, {}) == stored
