"""Are the estimators of off-policy evaluation what theory says of them, in every small world?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.statistics.bandits.evidence import Evidence
from domain.statistics.off_policy import estimates
from domain.statistics.off_policy.logs import Logged, NoPolicyValue, Target, weighted_cells
from domain.statistics.off_policy.values import PolicyValue, evaluate_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.statistics.off_policy.logs import Cell

VARIATIONS = ("a", "b", "c")
probabilities = st.lists(st.integers(1, 9), min_size=3, max_size=3).map(
    lambda parts: dict(zip(VARIATIONS, (part / sum(parts) for part in parts), strict=True))
)
targets = (
    st.lists(st.integers(0, 9), min_size=3, max_size=3)
    .filter(any)
    .map(lambda parts: Target(dict(zip(VARIATIONS, (part / sum(parts) for part in parts), strict=True))))
)
outcomes = st.integers(-5, 5).map(float)


@dataclass(frozen=True)
class User:
    group: str
    variation: str
    probability: float
    outcome: float

    @property
    def logged(self) -> Logged:
        return Logged(self.variation, self.probability, Evidence(1, self.outcome, self.outcome**2), self.group)


users = st.builds(User, st.sampled_from("xy"), st.sampled_from(VARIATIONS), st.sampled_from((0.1, 0.25, 0.5)), outcomes)


def cells_of(people: Sequence[User], target: Target) -> tuple[Cell, ...]:
    """Also of logs that would not be answered; of a log without spread a user of no weight is told apart."""
    cells = weighted_cells([user.logged for user in people], target)
    assert not isinstance(cells, NoPolicyValue)
    return cells


def spread(people: Sequence[User]) -> bool:
    return len({user.outcome for user in people}) > 1


@given(
    people=st.lists(users, min_size=2, max_size=12).filter(spread), target=targets, prior=st.sampled_from((0.0, 3.0))
)
def test_sums_of_cells_give_what_users_one_by_one_do(people: list[User], target: Target, prior: float) -> None:
    """The plain reading: each user's term, with a model of everybody else."""
    cells = cells_of(people, target)
    weights = np.array([target.everywhere[user.variation] / user.probability for user in people])
    found = np.array([user.outcome for user in people])
    terms = np.array([_term(people, place, target, prior) for place in range(len(people))])

    weighted = estimates.inverse_weighted(cells)
    robust = estimates.mean_of(cells, estimates.doubly_robust_lines(cells, target, prior))

    assert weighted.value == pytest.approx(np.mean(weights * found), abs=1e-9)
    assert weighted.error == pytest.approx(np.std(weights * found, ddof=1) / math.sqrt(len(people)), abs=1e-6)
    assert robust.value == pytest.approx(terms.mean(), abs=1e-9)
    assert robust.error == pytest.approx(terms.std(ddof=1) / math.sqrt(len(people)), abs=1e-6)
    if weights.any():
        assert estimates.effective_users(cells) == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
        assert estimates.self_normalised(cells).value == pytest.approx(np.average(found, weights=weights), abs=1e-9)


def _term(people: Sequence[User], place: int, target: Target, prior: float) -> float:
    user, others = people[place], [*people[:place], *people[place + 1 :]]

    def model(variation: str) -> float:
        alike = [one.outcome for one in others if (one.group, one.variation) == (user.group, variation)]
        mean = float(np.mean([one.outcome for one in others]))
        return (sum(alike) + prior * mean) / (len(alike) + prior) if alike or prior else mean

    expected = sum(share * model(variation) for variation, share in target.everywhere.items())
    weight = target.everywhere[user.variation] / user.probability
    return expected + weight * (user.outcome - model(user.variation))


@settings(max_examples=25, deadline=None)
@given(shares=probabilities, target=targets, rates=st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_weighted_and_doubly_robust_estimates_are_right_on_average_over_every_log_there_can_be(
    shares: dict[str, float], target: Target, rates: list[float]
) -> None:
    """Three users, three variations, outcomes 0 and 1: 216 logs, each as probable as the world makes it."""
    by_variation = dict(zip(VARIATIONS, rates, strict=True))
    truth = sum(target.everywhere[variation] * by_variation[variation] for variation in VARIATIONS)
    mean = np.zeros(3)
    for fates in product(product(VARIATIONS, (0.0, 1.0)), repeat=3):
        chance = math.prod(
            shares[variation] * (by_variation[variation] if outcome else 1 - by_variation[variation])
            for variation, outcome in fates
        )
        people = [User("x", variation, shares[variation], outcome) for variation, outcome in fates]
        mean += chance * np.array([*_estimated(people, target), 1.0])

    assert mean == pytest.approx((truth, truth, 1.0), abs=1e-9)


def _estimated(people: Sequence[User], target: Target) -> tuple[float, float]:
    """Weighted and doubly robust. A log of equal outcomes is answered by no interval, but has its estimates."""
    if not spread(people):
        weights = [target.everywhere[user.variation] / user.probability for user in people]
        return people[0].outcome * float(np.mean(weights)), people[0].outcome
    cells = cells_of(people, target)
    robust = estimates.mean_of(cells, estimates.doubly_robust_lines(cells, target, prior_users=1.0))
    return estimates.inverse_weighted(cells).value, robust.value


@given(
    people=st.lists(users, min_size=4, max_size=12),
    target=targets,
    truths=st.lists(outcomes, min_size=6, max_size=6, unique=True),
)
def test_the_doubly_robust_estimate_is_right_with_wrong_probabilities_if_the_model_is(
    people: list[User], target: Target, truths: list[float]
) -> None:
    """Every user does what group and variation say, the model knows all of them, and probabilities are made up."""
    truth = dict(zip(product("xy", VARIATIONS), truths, strict=True))
    known = [User(group, variation, 0.5, 0.0) for group, variation in truth for _ in range(2)]
    everybody = [
        User(user.group, user.variation, user.probability, truth[user.group, user.variation]) for user in people + known
    ]
    cells = cells_of(everybody, target)

    value = estimates.mean_of(cells, estimates.doubly_robust_lines(cells, target, prior_users=0.0)).value

    assert value == pytest.approx(
        np.mean([sum(target.everywhere[v] * truth[user.group, v] for v in VARIATIONS) for user in everybody]), abs=1e-9
    )


@given(people=st.lists(users, min_size=2, max_size=12).filter(spread), target=targets, more=st.integers(-9, 9))
def test_the_self_normalised_estimate_stays_within_outcomes_and_moves_with_them(
    people: list[User], target: Target, more: int
) -> None:
    cells = cells_of(people, target)
    if not any(cell.weight for cell in cells):
        return
    moved = [User(user.group, user.variation, user.probability, user.outcome + more) for user in people]

    value = estimates.self_normalised(cells)
    other = estimates.self_normalised(cells_of(moved, target))

    lowest, highest = min(user.outcome for user in people), max(user.outcome for user in people)
    assert lowest - 1e-9 <= value.value <= highest + 1e-9
    assert other.value == pytest.approx(value.value + more, abs=1e-9)
    assert other.error == pytest.approx(value.error, abs=1e-6)


odd = st.floats() | st.sampled_from((0.0, 1.0, 30.0, 1e6, 1e-8, 1e30, 1e60, 1e150, -1.0))


@settings(deadline=None)
@given(
    logged=st.lists(
        st.builds(Logged, st.sampled_from(VARIATIONS), odd, st.builds(Evidence, odd, odd, odd), st.sampled_from("xy")),
        max_size=6,
    ),
    target=st.builds(Target, st.dictionaries(st.sampled_from(VARIATIONS), odd), st.just({})) | targets,
    confidence=odd,
)
def test_whatever_was_logged_the_answer_is_finite_or_a_reason(
    logged: list[Logged], target: Target, confidence: float
) -> None:
    value = evaluate_policy(logged, target, confidence)

    if isinstance(value, PolicyValue):
        found = (value.logged, value.weighted, value.self_normalised, value.doubly_robust, value.gain)
        assert all(math.isfinite(number) for one in found for number in (one.value, one.low, one.high))
    else:
        assert value.text


@settings(deadline=None)
@given(
    counts=st.lists(st.tuples(st.integers(0, 10**9), st.floats(0, 1)), min_size=3, max_size=3),
    size=st.sampled_from((1e-20, 1.0, 1e9, 1e20)),
    shares=probabilities,
    target=targets,
)
def test_large_and_small_outcomes_are_answered_finitely(
    counts: list[tuple[int, float]], size: float, shares: dict[str, float], target: Target
) -> None:
    logged = [
        Logged(variation, shares[variation], Evidence(count, count * share * size, count * share * size**2))
        for variation, (count, share) in zip(VARIATIONS, counts, strict=True)
    ]

    value = evaluate_policy(logged, target)

    assert isinstance(value, NoPolicyValue) or math.isfinite(value.doubly_robust.high)
