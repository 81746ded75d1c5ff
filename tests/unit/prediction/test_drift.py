"""Does the stability index say how far a population moved, by the formula and at the edges?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from domain.model.trained_models import DRIFT_TO_RETRAIN, Drift, DriftLevel, Shares
from prediction.drift import FEWEST_ROWS, counted, drift_of, reference_of, shares_of, stability_index
from tests.builders.trained_models import TRAINED_AT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def of(values: Sequence[float]) -> NDArray[np.float32]:
    return np.array(values, dtype=np.float32)


TEN = np.arange(1, 11, dtype=np.float32)
NAN = float("nan")


def test_the_index_of_two_bins_is_the_one_computed_by_hand() -> None:
    # (.4 - .5) ln(.4 / .5) + (.6 - .5) ln(.6 / .5)
    assert stability_index((0.5, 0.5), (0.4, 0.6)) == pytest.approx(0.0405465108, abs=1e-10)


def test_the_index_of_a_usual_scorecard_example() -> None:
    then = (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)
    now = (0.05, 0.08, 0.08, 0.08, 0.12, 0.1, 0.1, 0.12, 0.12, 0.15)
    expected = sum((b - a) * math.log(b / a) for a, b in zip(then, now, strict=True))
    assert stability_index(then, now) == pytest.approx(expected, abs=1e-12)
    assert expected == pytest.approx(0.0793, abs=1e-4)


def test_a_bin_that_emptied_counts_much_but_not_without_end() -> None:
    index = stability_index((0.5, 0.5), (0.0, 1.0))
    assert DRIFT_TO_RETRAIN < index < math.inf


def test_bins_hold_equal_shares_of_the_values_they_were_made_from() -> None:
    shares = shares_of(TEN, bins=5)
    assert [*shares.edges] == [3, 5, 7, 9]
    assert shares.shares == pytest.approx((0.2, 0.2, 0.2, 0.2, 0.2, 0))


def test_what_is_not_finite_is_missing() -> None:
    values = np.array([1, 2, NAN, np.inf], dtype=np.float32)
    assert counted(values, (2.0,)) == (0.25, 0.25, 0.5)
    assert shares_of(np.full(3, NAN)) == Shares((), (0.0, 1.0))
    assert shares_of(np.array([], dtype=np.float32)).edges == ()


@pytest.mark.parametrize("moved_to", [0.0, 7.0])
def test_a_signal_that_never_varied_has_drifted_when_it_takes_another_value(moved_to: float) -> None:
    then = shares_of(np.full(500, 5, dtype=np.float32))
    assert stability_index(then.shares, counted(np.full(500, 5.0), then.edges)) == 0
    assert stability_index(then.shares, counted(np.full(500, moved_to), then.edges)) > DRIFT_TO_RETRAIN


def test_most_users_having_none_of_something_does_not_hide_that_more_have_it_now() -> None:
    then = shares_of(np.repeat(of([0, 1]), [950, 50]))
    now = np.repeat(of([0, 1]), [500, 500])
    assert stability_index(then.shares, counted(now, then.edges)) > DRIFT_TO_RETRAIN


def test_a_population_is_compared_signal_by_signal_and_by_its_scores() -> None:
    generator = np.random.default_rng(5)
    rows = generator.normal(size=(2_000, 2)).astype(np.float32)
    scores = generator.uniform(size=2_000)
    reference = reference_of(("steady", "moved"), rows, scores)
    now = rows + of([0, 1.5])

    drift = drift_of(reference, ("moved", "steady"), now[:, ::-1], scores, TRAINED_AT)
    assert (drift.measured_at, drift.users, drift.score) == (TRAINED_AT, 2_000, 0)
    assert drift.signals["steady"] == 0
    assert drift.signals["moved"] > 1
    assert drift.level is DriftLevel.DRIFTED


NOBODY = np.empty(0)


def rows_of(value: float, rows: int) -> NDArray[np.float32]:
    return np.full((rows, 1), value, dtype=np.float32)


def test_a_signal_that_is_not_computed_any_more_is_left_out() -> None:
    reference = reference_of(("gone",), rows_of(0, 500))
    assert drift_of(reference, ("new",), rows_of(1, 500), NOBODY, TRAINED_AT) == Drift(TRAINED_AT, 500, {}, None)


def test_too_few_rows_tell_nothing() -> None:
    enough, few = rows_of(0, FEWEST_ROWS), rows_of(0, FEWEST_ROWS - 1)
    for then, now in ((enough, few), (few, enough)):
        drift = drift_of(reference_of(("a",), then, then[:, 0]), ("a",), now, now[:, 0], TRAINED_AT)
        assert drift == Drift(TRAINED_AT, len(now), {}, None)


@pytest.mark.parametrize(
    ("greatest", "level"),
    [(0.0999, DriftLevel.STABLE), (0.1, DriftLevel.MOVING), (0.25, DriftLevel.DRIFTED)],
)
def test_the_level_follows_the_usual_thresholds(greatest: float, level: DriftLevel) -> None:
    assert Drift(TRAINED_AT, 500, {"a": greatest, "b": 0.01}).level is level
    assert Drift(TRAINED_AT, 500, {"a": 0.0}, score=greatest).level is level
