"""How often are the statistics wrong, in experiments of which the truth is known?

Seeded. `make test` runs a small number of each, within four standard errors of their claims;
`make simulate-statistics` runs many, within the claims themselves.
"""

from __future__ import annotations

import math
import os

import numpy as np
import pytest

from domain.statistics.comparisons import Compared, compare
from domain.statistics.plans import Plan
from domain.statistics.questions import VOID_BELOW, Design, Looks, Question
from domain.statistics.sample_ratios import sample_ratio_p_value, sequential_sample_ratio_p_value
from domain.statistics.samples import Sample, merged
from tests.builders.observed import MEAN, ONCE, RATE, RATIO

TIMES = int(os.environ.get("ATTUNE_TEST_SIMULATIONS", "1"))
RUNS = 1_000 * TIMES
SEQUENTIAL_RUNS = 100 * TIMES
DAYS = 30
ANY_TIME = Design(looks=Looks.ANY_TIME)
IS_LARGE = TIMES >= 10


def slack(share: float, runs: int, claimed: float) -> float:
    """How far a share may be from its claim: in large runs as far as claimed, in small ones as far as chance goes."""
    return claimed if IS_LARGE else max(claimed, 4 * math.sqrt(share * (1 - share) / runs))


def compared(control: Sample, variation: Sample, question: Question, design: Design = ONCE) -> Compared:
    answer = compare(control, variation, question, design)
    assert isinstance(answer, Compared)
    return answer


def rates(chance: np.random.Generator, users: int, rate: float) -> Sample:
    return Sample.of_rate(users, int(chance.binomial(users, rate)))


def summed(outcomes: np.ndarray, before: np.ndarray | None = None, below: np.ndarray | None = None) -> Sample:
    """Sum in floats, which is quick; no spread here is small beside its mean."""
    rest = [0.0] * 6
    for place, other in ((0, before), (3, below)):
        if other is not None:
            rest[place : place + 3] = [float(other.sum()), float(other @ other), float(outcomes @ other)]
    return Sample(len(outcomes), int((outcomes != 0).sum()), float(outcomes.sum()), float(outcomes @ outcomes), *rest)


def spent(chance: np.random.Generator, users: int, mean: float) -> Sample:
    """Skewed sums of money: most spend nothing."""
    return summed(chance.lognormal(math.log(mean), 1, users) * (chance.random(users) < 0.4))


def browsed(chance: np.random.Generator, users: int, rate: float) -> Sample:
    """Clicks per view: the users differ in how much they view, and in how often they click."""
    views = chance.poisson(4, users) + 1
    clicks = chance.binomial(views, chance.beta(rate * 5, (1 - rate) * 5, users))
    return summed(clicks.astype(float), below=views.astype(float))


def returned(chance: np.random.Generator, users: int, effect: float, correlation: float = 0.7) -> Sample:
    """Outcomes that correlate with what was before."""
    before = chance.normal(10, 2, users)
    noise = chance.normal(0, 2, users)
    after = 10 + effect + correlation * (before - 10) + math.sqrt(1 - correlation**2) * noise
    return summed(after, before=before)


@pytest.mark.parametrize(
    ("draw", "level", "question"),
    [(rates, 0.1, RATE), (spent, 20.0, MEAN), (browsed, 0.3, RATIO), (returned, 0.0, MEAN)],
    ids=["rate", "mean", "ratio", "adjusted"],
)
def test_without_effect_one_look_is_wrong_five_times_in_a_hundred(
    draw: object, level: float, question: Question
) -> None:
    assert callable(draw)
    chance = np.random.default_rng(1)
    wrong = sum(
        compared(draw(chance, 2_000, level), draw(chance, 2_000, level), question).comparison.p_value < 0.05
        for _ in range(RUNS)
    )

    assert wrong / RUNS == pytest.approx(0.05, abs=slack(0.05, RUNS, 0.005))


@pytest.mark.parametrize(("draw", "level", "question"), [(rates, 0.1, RATE), (spent, 20.0, MEAN)], ids=["rate", "mean"])
def test_without_effect_daily_looks_are_wrong_less_than_five_times_in_a_hundred(
    draw: object, level: float, question: Question
) -> None:
    assert callable(draw)
    chance = np.random.default_rng(2)
    wrong, peeked = 0, 0
    for _ in range(SEQUENTIAL_RUNS):
        days = [(draw(chance, 150, level), draw(chance, 150, level)) for _ in range(DAYS)]
        looks = [
            compared(merged(one for one, _ in days[:day]), merged(other for _, other in days[:day]), question)
            for day in range(1, DAYS + 1)
        ]
        wrong += any(look.comparison.sequential_p_value < 0.05 for look in looks)
        peeked += any(look.comparison.p_value < 0.05 for look in looks)

    assert wrong / SEQUENTIAL_RUNS < 0.05
    assert peeked / SEQUENTIAL_RUNS > 0.2  # what one look's p-value would do to who looks every day


@pytest.mark.parametrize(
    ("draw", "levels", "question", "truth", "relative"),
    [
        (rates, (0.1, 0.12), RATE, 0.02, 0.2),
        (spent, (20.0, 22.0), MEAN, 0.4 * 2 * math.exp(0.5), 0.1),
        (browsed, (0.3, 0.33), RATIO, 0.03, 0.1),
        (returned, (0.0, 0.5), MEAN, 0.5, 0.05),
    ],
    ids=["rate", "mean", "ratio", "adjusted"],
)
def test_intervals_cover_the_truth_95_times_in_a_hundred(
    draw: object, levels: tuple[float, float], question: Question, truth: float, relative: float
) -> None:
    assert callable(draw)
    chance = np.random.default_rng(3)
    covered, lifted = 0, 0
    for _ in range(RUNS):
        answer = compared(draw(chance, 2_000, levels[0]), draw(chance, 2_000, levels[1]), question)
        covered += answer.comparison.low <= truth <= answer.comparison.high
        assert answer.lift is not None
        lifted += answer.lift.low <= relative <= answer.lift.high

    assert covered / RUNS == pytest.approx(0.95, abs=slack(0.95, RUNS, 0.01))
    assert lifted / RUNS == pytest.approx(0.95, abs=slack(0.95, RUNS, 0.01))


def test_what_correlates_at_seven_tenths_removes_45_percent_of_variance_or_more() -> None:
    chance = np.random.default_rng(4)
    comparison = compared(returned(chance, 20_000, 0), returned(chance, 20_000, 0.1), MEAN).comparison

    assert comparison.variance_reduction is not None
    assert comparison.variance_reduction >= 0.45


def test_a_right_split_is_hardly_ever_called_a_mismatch() -> None:
    """Looked at once, or on each of thirty days: fewer than one in a thousand."""
    chance = np.random.default_rng(5)
    shares = [0.5, 0.3, 0.2]
    runs = 20_000 * TIMES
    once = sum(
        sample_ratio_p_value(split.tolist(), shares) < VOID_BELOW for split in chance.multinomial(3_000, shares, runs)
    )
    daily_runs = 1_000 * TIMES
    days = chance.multinomial(300, shares, (daily_runs, DAYS)).cumsum(axis=1)
    daily = sum(
        any(sequential_sample_ratio_p_value(split.tolist(), shares) < VOID_BELOW for split in looks) for looks in days
    )

    assert once / runs <= 0.001 + 4 * math.sqrt(0.001 / runs)
    assert daily / daily_runs < 0.001


def test_a_broken_split_is_found() -> None:
    chance = np.random.default_rng(6)
    found = sum(
        sequential_sample_ratio_p_value(split.tolist(), [1, 1]) < VOID_BELOW
        for split in chance.multinomial(40_000, [0.52, 0.48], 200)
    )

    assert found == 200


@pytest.mark.parametrize("design", [ONCE, ANY_TIME], ids=["once", "any time"])
def test_a_planned_experiment_finds_its_difference_as_often_as_planned(design: Design) -> None:
    chance = np.random.default_rng(7)
    users = Plan(Sample.of_rate(10_000, 1_000), RATE, (1, 1), design).users_needed(0.2)
    assert isinstance(users, int)
    found = sum(
        compared(
            rates(chance, users // 2, 0.1), rates(chance, users // 2, 0.12), RATE, design
        ).comparison.adjusted_p_value
        < 0.05
        for _ in range(RUNS)
    )

    assert found / RUNS == pytest.approx(0.8, abs=slack(0.8, RUNS, 0.02))
