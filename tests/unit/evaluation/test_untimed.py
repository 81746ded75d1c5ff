"""A log without times: a part of each user's targets is hidden by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.evaluation.events import EventGathering
from app.evaluation.readings import UNTIMED
from app.evaluation.untimed import FIRST_CUT_OFF, PLAN, SECOND_CUT_OFF, with_hidden_targets

if TYPE_CHECKING:
    from app.evaluation.events import EventLog


def log_of(sizes: list[int]) -> EventLog:
    gathering = EventGathering()
    for user, size in enumerate(sizes):
        for target in range(size):
            element = {"userId": f"u{user}", "kind": "FEATURE_USE", "target": f"t{target}"}
            gathering.add(element, UNTIMED, None)
            gathering.add(element, UNTIMED, None)
    return gathering.log()


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(0, 9))
def test_of_each_user_a_third_is_hidden_and_something_is_always_left(sizes: list[int], seed: int) -> None:
    hidden = with_hidden_targets(log_of(sizes), seed)
    for size, user in zip(sizes, hidden.user_logs(), strict=True):
        told = {(one.interaction.occurred_at, one.interaction.target) for one in user.interactions}
        at_first = {target for at, target in told if at <= FIRST_CUT_OFF}
        at_second = {target for at, target in told if FIRST_CUT_OFF < at <= SECOND_CUT_OFF}
        tested = {target for at, target in told if SECOND_CUT_OFF < at <= PLAN.ends_at}
        assert len(at_second | tested) == size
        assert len(user.interactions) == size + len(at_first), "repetitions count once"
        assert at_first
        assert at_first <= at_second, "all that is known is used at the second cut-off"
        assert not tested & at_second
        assert len(tested) == (0 if size == 1 else max(1, round(size * 0.3)))
        assert len(at_second - at_first) <= len(tested)


def test_the_same_seed_hides_the_same_and_another_one_does_not() -> None:
    first, again, other = (with_hidden_targets(log_of([20] * 20), seed) for seed in (1, 1, 2))
    assert np.array_equal(first.columns.instants, again.columns.instants)
    assert np.array_equal(first.columns.deeds, again.columns.deeds)
    assert not np.array_equal(first.columns.deeds, other.columns.deeds)


def test_which_targets_are_hidden_is_chance_and_not_their_order() -> None:
    hidden = with_hidden_targets(log_of([10] * 2_000), seed=3)
    late = hidden.columns.instants == hidden.columns.instants.max()
    shares = np.bincount(hidden.columns.deeds[late], minlength=10) / 2_000
    assert np.all(np.abs(shares - 0.3) < 0.05)
