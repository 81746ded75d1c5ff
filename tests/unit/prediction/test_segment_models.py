"""Is the next segment learnt as probabilities that sum to 1, beside a transition table?"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from domain.model.habits import Habits
from domain.model.insights import ModelQuality
from domain.model.profiles import History
from domain.model.segments import MembershipSource
from prediction.boosting import LocalBoosting
from prediction.evaluation.comparisons import calibration_told
from prediction.segments.classes import BEHAVIOURAL, CLASSES, INPUTS, NONE, class_of, current_classes, inputs_of
from prediction.segments.outlooks import SegmentsModel, memberships
from prediction.segments.trainers import SegmentsTrainer
from prediction.signals.rows import matrix_of
from prediction.training.labels import Labelled
from prediction.training.outcomes import Comparing, Trained, TrainingRefused
from prediction.training.snapshots import active_snapshots_of
from tests.builders.populations import BEGIN, PLAN, population

if TYPE_CHECKING:
    from prediction.training.logs import UserLog

BOOSTING = LocalBoosting()


def trainer_of(logs: list[UserLog]) -> SegmentsTrainer:
    trainer = SegmentsTrainer(PLAN)
    for log in logs:
        trainer.add(log)
    return trainer


@cache
def trained() -> tuple[SegmentsTrainer, Trained[SegmentsModel]]:
    trainer = trainer_of(list(population(300)))
    return trainer, trainer.train(BOOSTING)


@cache
def inputs() -> np.ndarray:
    """Of users that nothing was trained on."""
    snapshots = (snapshot for log in population(60, seed=2) for snapshot in active_snapshots_of(log, PLAN))
    return matrix_of(inputs_of(snapshot.history, snapshot.habits, snapshot.at) for snapshot in snapshots)


def test_the_model_beats_the_transition_table() -> None:
    _, outcome = trained()
    loss, calibration = outcome.quality

    assert not outcome.serves_baseline
    assert (loss.metric, calibration.metric) == ("log loss", "calibration error")
    assert loss.value < loss.baseline
    assert calibration.value < 0.1
    assert sum(one.rows for one in outcome.calibration) > 0
    assert ("less exact" in outcome.note) == (calibration.value > calibration.baseline)


def test_a_model_that_is_less_well_calibrated_than_what_it_replaces_says_so() -> None:
    worse = (ModelQuality("log loss", 0.4, 0.5), ModelQuality("calibration error", 0.0355, 0.0262))
    assert calibration_told(worse, "the table") == (
        " Its probabilities are less exact than those of the table (calibration error 0.035 against 0.026): it tells "
        "users apart better than it tells how many."
    )
    assert calibration_told((replace(worse[1], value=0.02),), "the table") == ""


def test_probabilities_of_segments_sum_to_one() -> None:
    for model in (trained()[1].model, replace(trained()[1].model, trees=None)):
        probabilities = model.probabilities(inputs())
        assert probabilities.shape == (len(inputs()), CLASSES)
        assert (probabilities >= 0).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)


def test_a_user_without_history_gets_the_prior() -> None:
    model = trained()[1].model
    outlook = model.outlook_of_nobody_known(BEGIN)

    assert model.prior.sum() == pytest.approx(1)
    assert outlook == memberships(model.prior, BEGIN)
    assert {one.segment for one in outlook} <= set(BEHAVIOURAL)


def test_the_outlook_is_of_segments_the_likeliest_first_and_from_a_model() -> None:
    model = trained()[1].model
    for row, outlook in zip(model.probabilities(inputs()), model.outlook(inputs(), BEGIN), strict=True):
        told = [one.confidence for one in outlook]
        assert told == sorted(told, reverse=True)
        assert all(one.source is MembershipSource.MODEL and one.since == BEGIN for one in outlook)
        assert {one.segment: one.confidence for one in outlook} == {
            segment: probability
            for segment, probability in zip(BEHAVIOURAL, row[1:].tolist(), strict=True)
            if probability >= 0.05
        }


def test_the_baseline_answers_by_the_segment_that_a_user_is_in() -> None:
    baseline = replace(trained()[1].model, trees=None)
    current = current_classes(inputs())

    assert len(set(current.tolist())) > 1
    np.testing.assert_array_equal(baseline.probabilities(inputs()), baseline.transitions[current])


def test_nobody_known_is_in_no_segment() -> None:
    assert class_of(History(), BEGIN) == NONE
    assert inputs_of(History(), Habits(), BEGIN).shape == (INPUTS,)


def test_a_model_read_from_its_parts_answers_with_the_same_bits() -> None:
    for model in (trained()[1].model, replace(trained()[1].model, trees=None)):
        read = SegmentsModel.of_parts(model.parts())

        assert read.probabilities(inputs()).tobytes() == model.probabilities(inputs()).tobytes()
        assert read.parts() == model.parts()


def test_a_user_is_answered_the_same_alone_and_among_others() -> None:
    model = trained()[1].model
    alone = np.concatenate([model.probabilities(inputs()[place : place + 1]) for place in range(20)])

    assert alone.tobytes() == model.probabilities(inputs())[:20].tobytes()


def test_users_may_be_added_in_any_order() -> None:
    logs = list(population(100))
    one, other = trainer_of(logs).train(BOOSTING), trainer_of(logs[::-1]).train(BOOSTING)

    assert one.model.parts() == other.model.parts()
    assert one.quality == other.quality


def test_few_users_and_equal_ends_are_refused() -> None:
    with pytest.raises(TrainingRefused, match=r"Only \d+ users were active at the training cut-offs; 50 are needed"):
        trainer_of(list(population(30))).train(BOOSTING)
    trainer = SegmentsTrainer(PLAN)
    for number in range(60):
        row = np.zeros(INPUTS, dtype=np.float32)
        everywhere = [Labelled(place, row, 1.0) for place in range(len(PLAN.cut_offs))]
        trainer._users.add(f"user {number}", everywhere)  # type: ignore[arg-type]
    with pytest.raises(TrainingRefused, match="in the same segment a horizon later"):
        trainer.train(BOOSTING)


def test_where_trees_know_no_more_the_table_answers_and_says_why() -> None:
    trainer = SegmentsTrainer(PLAN)
    for number in range(80):
        row = np.zeros(INPUTS, dtype=np.float32)
        everywhere = [Labelled(place, row, float(number % 2)) for place in range(len(PLAN.cut_offs))]
        trainer._users.add(f"user {number}", everywhere)  # type: ignore[arg-type]
    outcome = trainer.train(BOOSTING)

    assert outcome.serves_baseline
    assert outcome.model.trees is None
    assert "not better by more than chance" in outcome.note


def test_a_trainer_measures_other_models_once_it_has_trained() -> None:
    trainer, outcome = trained()

    assert isinstance(trainer, Comparing)
    assert trainer.measured(outcome.model) == outcome.quality
    with pytest.raises(RuntimeError):
        SegmentsTrainer(PLAN).measured(outcome.model)


def test_parts_that_were_tampered_with_are_refused() -> None:
    parts = dict(trained()[1].model.parts())
    document = json.loads(parts["model.json"])
    broken = [
        {**document, "signals_version": 0},
        {**document, "signals": document["signals"][1:]},
        {**document, "segments": document["segments"][1:]},
        {**document, "prior": [1.0] * CLASSES},
        {**document, "transitions": document["transitions"][1:]},
    ]
    for one in broken:
        with pytest.raises(ValueError, match=r"\w"):
            SegmentsModel.of_parts({**parts, "model.json": json.dumps(one).encode()})
