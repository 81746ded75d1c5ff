"""Whatever users did: nothing they have is recommended, and neither order nor storing changes an answer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model.profiles import FeatureHistory
from domain.rules.instants import DAY_US, microseconds
from prediction.boosting import LocalBoosting
from prediction.recommendations.landscapes import landscape_at
from prediction.recommendations.neighbours import ease
from prediction.recommendations.recommenders import RecommendationModel
from prediction.recommendations.training import RecommendationTrainer
from prediction.recommendations.uses import UseLedger
from tests.builders.uses import DAY, PLAN, START, log_of, teams

if TYPE_CHECKING:
    from random import Random

    from prediction.recommendations.rankings import Learnt
    from prediction.training.logs import UserLog

NAMES = [f"feature-{letter}" for letter in "abcdefgh"]
NOW = START + 100 * DAY

USES = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 99).map(float)), min_size=1, max_size=8)
POPULATIONS = st.lists(USES, min_size=2, max_size=12).filter(
    lambda people: len({feature for uses in people for feature, _ in uses}) > 1
)
HISTORIES = st.dictionaries(
    st.sampled_from([*NAMES, "unheard of"]),
    st.tuples(st.integers(0, 120), st.integers(0, 120)).map(
        lambda days: FeatureHistory(
            2, microseconds(START) + min(days) * DAY_US, microseconds(START) + max(days) * DAY_US
        )
    ),
)
TABLES = st.integers(2, 6).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 1), min_size=width, max_size=width), min_size=1, max_size=12)
)


@cache
def learnt() -> Learnt:
    order = fitted(teams()).learnt
    assert order is not None
    return order


def fitted(logs: list[UserLog]) -> RecommendationModel:
    trainer = RecommendationTrainer(PLAN, lambda log: f"team {log.user_id[-1]}")
    for log in logs:
        trainer.add(log)
    return trainer.train(LocalBoosting()).model


def model_of(people: list[list[tuple[str, float]]], *, with_order: bool) -> RecommendationModel:
    ledger = UseLedger()
    for number, uses in enumerate(people):
        ledger.add(log_of(f"user-{number}", uses))
    known = ledger.uses()
    landscape = landscape_at(known.known_at(), known.names, microseconds(NOW), 30)
    return RecommendationModel(landscape, 1, learnt() if with_order else None)


@given(POPULATIONS, HISTORIES, st.booleans(), st.integers(0, 9), st.sets(st.sampled_from(NAMES)))
@settings(deadline=None)
def test_only_allowed_features_that_a_user_never_used_come_in_order_of_bounded_scores(
    people: list[list[tuple[str, float]]],
    features: dict[str, FeatureHistory],
    with_order: bool,  # noqa: FBT001
    first: int,
    allowed: set[str],
) -> None:
    best = model_of(people, with_order=with_order).recommend(features, None, NOW, first, allowed)

    names = [each.feature for each in best]
    scores = [each.score for each in best]
    assert len(names) == len(set(names)) <= first
    assert not set(names) & set(features)
    assert not allowed or set(names) <= allowed
    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert all(each.reason for each in best)


@given(POPULATIONS, HISTORIES, st.booleans())
@settings(deadline=None)
def test_a_model_read_back_answers_bit_for_bit_as_before(
    people: list[list[tuple[str, float]]],
    features: dict[str, FeatureHistory],
    with_order: bool,  # noqa: FBT001
) -> None:
    model = model_of(people, with_order=with_order)

    again = RecommendationModel.of_parts(model.parts())

    assert again.parts() == model.parts()
    assert again.recommend(features, None, NOW, 8) == model.recommend(features, None, NOW, 8)


@given(POPULATIONS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_users_changes_no_number(people: list[list[tuple[str, float]]], random: Random) -> None:
    logs = [log_of(f"user-{number}", uses) for number, uses in enumerate(people)]
    shuffled = random.sample(logs, len(logs))
    first, second = UseLedger(), UseLedger()
    for one, other in zip(logs, shuffled, strict=True):
        first.add(one)
        second.add(other)

    known, again = first.uses(), second.uses()

    assert known.names == again.names
    landscapes = [landscape_at(each.known_at(), each.names, microseconds(NOW), 30) for each in (known, again)]
    assert RecommendationModel(landscapes[0], 0).parts() == RecommendationModel(landscapes[1], 0).parts()


def test_the_order_of_users_changes_no_byte_of_a_trained_model() -> None:
    logs = teams(90)

    assert fitted(logs).parts() == fitted(logs[::-1]).parts()


@given(POPULATIONS, USES)
@settings(deadline=None)
def test_what_is_received_after_an_instant_changes_nothing_known_at_it(
    people: list[list[tuple[str, float]]], later: list[tuple[str, float]]
) -> None:
    before, after = UseLedger(), UseLedger()
    for number, uses in enumerate(people):
        before.add(log_of(f"user-{number}", uses))
        after.add(log_of(f"user-{number}", [*uses, *((feature, 101 + day) for feature, day in later)]))
    parts = []
    for ledger in (before, after):
        known = ledger.uses()
        landscape = landscape_at(known.known_at(microseconds(NOW)), known.names, microseconds(NOW), 30)
        parts.append(RecommendationModel(landscape, 0).parts())

    assert parts[0] == parts[1]


@given(TABLES, st.floats(0.1, 500))
def test_ease_is_where_the_ridge_regression_without_self_weights_is_flat(table: list[list[int]], ridge: float) -> None:
    having = np.array(table, np.float64)
    both = having.T @ having

    weights = ease(both.copy(), ridge)

    assert not np.diag(weights).any()
    slope = both @ weights - both + ridge * weights
    np.fill_diagonal(slope, 0)
    assert np.abs(slope).max() < 1e-6
