"""When is one forecast of spending better than another by more than chance?"""

from __future__ import annotations

import numpy as np
import pytest

from prediction.lifetime_value.measures import COVERED, beats, coverage_of, quality_of

USERS = np.arange(400, dtype=np.int64)
SPENT = np.random.default_rng(1).gamma(0.5, 40, len(USERS))
NOISE = np.random.default_rng(2).lognormal(0, 1, len(USERS))


def test_a_better_order_wins() -> None:
    assert beats(SPENT, SPENT + 1, SPENT * NOISE + 1, USERS)
    assert not beats(SPENT, SPENT * NOISE + 1, SPENT + 1, USERS)


def test_equal_forecasts_do_not_beat_each_other() -> None:
    assert not beats(SPENT, SPENT * NOISE, SPENT * NOISE, USERS)


def test_a_better_order_at_the_cost_of_a_much_larger_error_does_not_win() -> None:
    assert not beats(SPENT, SPENT * 10, SPENT * NOISE, USERS)


def test_a_smaller_error_in_the_same_order_wins() -> None:
    assert beats(SPENT, SPENT * NOISE, SPENT * NOISE * 10, USERS)


def test_of_few_users_nothing_is_said_to_be_better() -> None:
    assert not beats(SPENT[:20], SPENT[:20], SPENT[:20] * NOISE[:20], USERS[:20])


def test_every_figure_stands_beside_the_baselines() -> None:
    figures = {one.metric: one for one in quality_of(SPENT, SPENT * 2, SPENT * NOISE, USERS)}
    assert list(figures) == ["Spearman", "MAE", "normalised Gini", "total bias"]
    assert figures["Spearman"].value == pytest.approx(1)
    assert figures["MAE"].value == pytest.approx(SPENT.mean())
    assert figures["total bias"].value == pytest.approx(1)
    assert 0 < figures["Spearman"].baseline < 1


def test_coverage_stands_beside_what_was_promised() -> None:
    covered = coverage_of(COVERED, USERS % 4 > 0, USERS)
    assert (covered.value, covered.baseline) == (0.75, 0.8)
    assert covered.low is not None
    assert covered.low < 0.75
