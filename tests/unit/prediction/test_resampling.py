"""Intervals by resampling users."""

from __future__ import annotations

import numpy as np
import pytest

from prediction.evaluation.resampling import drawings, interval


def test_the_interval_of_a_mean_is_as_wide_as_the_normal_one() -> None:
    values = np.random.default_rng(1).normal(10, 2, 400)

    drawn = interval(lambda rows: float(values[rows].mean()), np.arange(400), seed=2, resamples=2_000)

    assert drawn is not None
    half = 1.96 * values.std() / 20
    assert drawn.low == pytest.approx(values.mean() - half, abs=0.02)
    assert drawn.high == pytest.approx(values.mean() + half, abs=0.02)
    assert drawn.is_above_zero


def test_repeating_every_row_of_a_user_makes_no_interval_narrower() -> None:
    values = np.random.default_rng(1).normal(0, 1, 50)
    once, often = np.arange(50), np.repeat(np.arange(50), 20)

    alone = interval(lambda rows: float(values[once[rows]].mean()), once)
    repeated = interval(lambda rows: float(values[often[rows]].mean()), often)

    assert alone is not None
    assert repeated is not None
    assert repeated.high - repeated.low == pytest.approx(alone.high - alone.low)


def test_too_few_users_give_no_interval() -> None:
    assert interval(lambda rows: float(len(rows)), np.repeat(np.arange(29), 100)) is None


def test_a_statistic_that_is_mostly_undefined_gives_no_interval() -> None:
    assert interval(lambda _: None, np.arange(100)) is None


def test_a_drawing_holds_each_user_wholly_or_not() -> None:
    users = np.repeat(np.arange(40), 3)

    (rows,) = drawings(users, seed=5, resamples=1)

    counts = np.bincount(rows, minlength=120).reshape(40, 3)
    assert (counts == counts[:, :1]).all()
    assert counts[:, 0].sum() == 40
