"""Do sampled users stand for all, as they were known at the latest cut-off, in whatever order they came?"""

from __future__ import annotations

import numpy as np
import pytest

from domain.model.insights import ModelTask, ModelVersion
from prediction.drift import drift_of
from prediction.signals.catalogue import PLACES, SIGNALS
from prediction.training.samples import Sample, reference_in
from tests.builders.tiny_models import TINY_KINDS, TINY_MODELS
from tests.builders.trainers import PLAN
from tests.builders.training_logs import visits

NAMES = tuple(signal.name for signal in SIGNALS)
LOGS = [visits(f"user-{number}", 20 + number % 15, 36) for number in range(300)]
MODEL = ModelVersion("v1")


def sample(size: int, *, backwards: bool = False) -> Sample:
    drawn = Sample(PLAN, size)
    for log in reversed(LOGS) if backwards else LOGS:
        drawn.add(log)
    return drawn


@pytest.mark.parametrize("size", [10, 299, 300, 1_000])
def test_the_same_users_are_drawn_in_any_order_and_no_more_than_wanted(size: int) -> None:
    forwards, backwards = (sample(size, backwards=backwards).batch() for backwards in (False, True))
    assert len(forwards.subjects) == min(size, 300)
    assert forwards.subjects == backwards.subjects
    assert np.array_equal(forwards.signals, backwards.signals)


def test_a_smaller_sample_is_part_of_a_larger_one() -> None:
    few, many = ({one.profile.user_id for one in sample(size).batch().subjects} for size in (40, 120))
    assert few < many


def test_only_users_active_at_the_latest_cut_off_are_drawn_as_they_were_known_then() -> None:
    drawn = Sample(PLAN)
    drawn.add(visits("gone", 3))
    drawn.add(visits("not yet", 40))
    drawn.add(visits("told later", (36, 41)))
    drawn.add(visits("active", 30, 35, 40))
    batch = drawn.batch()
    assert [subject.profile.user_id for subject in batch.subjects] == ["active"]
    assert batch.at == PLAN.test[-1]
    assert batch.signals[0, PLACES["interactions"]] == 2
    assert batch.signals[0, PLACES["days_since_last"]] == 2


def test_a_population_has_not_drifted_from_its_own_reference() -> None:
    drawn = sample(250)
    churn, kind = TINY_MODELS[ModelTask.CHURN], TINY_KINDS[ModelTask.CHURN]
    reference = reference_in(drawn, NAMES, ModelTask.CHURN, kind, (churn, MODEL))
    batch = drawn.batch()
    risks = np.array([one.risk for one in kind.say(churn, MODEL, batch)])

    drift = drift_of(reference, NAMES, batch.signals, risks, batch.at)
    assert (drift.users, drift.score) == (250, 0.0)
    assert drift.signals == dict.fromkeys(NAMES, 0.0)


def test_a_model_that_says_no_single_number_has_no_score_to_drift() -> None:
    drawn = sample(50)
    kind, model = TINY_KINDS[ModelTask.NEXT_ACTION], TINY_MODELS[ModelTask.NEXT_ACTION]
    assert reference_in(drawn, NAMES, ModelTask.NEXT_ACTION, kind, (model, MODEL)).score is None
    assert reference_in(drawn, NAMES, ModelTask.CHURN, None, (model, MODEL)).score is None


def test_of_nobody_there_is_an_empty_reference() -> None:
    reference = reference_in(Sample(PLAN), NAMES, ModelTask.CHURN, None, (None, MODEL))
    assert reference.rows == 0
    assert set(reference.signals) == set(NAMES)
