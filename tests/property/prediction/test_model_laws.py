"""Whatever the signals are: answers are probabilities, factors add up, and known signs hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit

from prediction.boosting import LocalBoosting
from prediction.churn.factors import factors
from prediction.churn.risks import READ, ChurnModel
from prediction.churn.trainers import ChurnTrainer
from prediction.segments.classes import INPUTS
from prediction.segments.trainers import SegmentsTrainer
from prediction.signals.catalogue import SIGNALS
from tests.builders.populations import PLAN, population

if TYPE_CHECKING:
    from prediction.segments.outlooks import SegmentsModel

SIGNED = [place for place in READ if SIGNALS[place].sign is not None]

AMOUNTS = st.sampled_from([0.0, 1.0]) | st.floats(-(2.0**20), 2.0**40, width=32) | st.floats(0, 100, width=32)


def rows(width: int) -> st.SearchStrategy[np.ndarray]:
    return st.lists(AMOUNTS, min_size=width, max_size=width).map(lambda drawn: np.array([drawn], dtype=np.float32))


@pytest.fixture(scope="module")
def churn() -> ChurnModel:
    trainer = ChurnTrainer(PLAN)
    for log in population(500):
        trainer.add(log)
    model = trainer.train(LocalBoosting()).model
    assert model.trees is not None
    return model


@pytest.fixture(scope="module")
def segments() -> SegmentsModel:
    trainer = SegmentsTrainer(PLAN)
    for log in population(300):
        trainer.add(log)
    return trainer.train(LocalBoosting()).model


@given(row=rows(len(SIGNALS)))
def test_factors_and_bias_are_the_margin(churn: ChurnModel, row: np.ndarray) -> None:
    added, bias = churn.contributions(row)

    np.testing.assert_allclose(added.sum() + bias, churn.margins(row)[0], atol=1e-4)
    np.testing.assert_allclose(logit(churn.risks(row)), churn.margins(row), rtol=1e-9, atol=1e-9)
    told = sum(factor.contribution for factor in factors(churn, row)[0])
    np.testing.assert_allclose(told + bias, churn.margins(row)[0], atol=0.05)


@given(row=rows(len(SIGNALS)), place=st.sampled_from(SIGNED), other=AMOUNTS)
def test_risk_is_monotone_in_every_signal_of_known_sign(
    churn: ChurnModel, row: np.ndarray, place: int, other: float
) -> None:
    less, more = row.copy(), row.copy()
    less[0, place], more[0, place] = sorted((float(row[0, place]), other))
    sign = SIGNALS[place].sign or 0

    assert (churn.margins(more)[0] - churn.margins(less)[0]) * sign <= 1e-5


@given(row=rows(INPUTS))
def test_probabilities_of_segments_sum_to_one(segments: SegmentsModel, row: np.ndarray) -> None:
    probabilities = segments.probabilities(row)[0]

    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(), 1, atol=1e-12)
