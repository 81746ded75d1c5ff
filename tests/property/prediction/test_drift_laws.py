"""Which laws does the stability index obey, whatever the populations?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from prediction.drift import LEAST_SHARE, counted, shares_of, stability_index

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

values = arrays(np.float32, st.integers(1, 60), elements=st.floats(-1e6, 1e6, width=32) | st.just(float("nan")))
weights = st.lists(st.integers(1, 1_000), min_size=2, max_size=8)


def shares(drawn: list[int]) -> tuple[float, ...]:
    return tuple(weight / sum(drawn) for weight in drawn)


@given(weights, st.randoms())
def test_it_is_never_negative_symmetric_and_0_only_for_equal_shares(drawn: list[int], random: Random) -> None:
    shuffled = [*drawn]
    random.shuffle(shuffled)
    then, now = shares(drawn), shares(shuffled)

    index = stability_index(then, now)
    assert index >= 0
    assert index == pytest.approx(stability_index(now, then))
    differs = any(abs(a - b) > LEAST_SHARE for a, b in zip(then, now, strict=True))
    assert (index > 1e-12) == differs or not differs
    assert stability_index(then, then) == 0


@given(values)
def test_shares_sum_to_1_and_a_population_has_not_moved_from_itself(population: NDArray[np.float32]) -> None:
    then = shares_of(population)
    assert sum(then.shares) == pytest.approx(1)
    assert len(then.shares) == len(then.edges) + 2
    assert [*then.edges] == sorted(set(then.edges))
    assert stability_index(then.shares, counted(population, then.edges)) == 0


@given(values, st.randoms(use_true_random=False))
def test_the_order_of_users_does_not_matter(population: NDArray[np.float32], random: Random) -> None:
    shuffled = [*population]
    random.shuffle(shuffled)
    assert shares_of(np.array(shuffled, dtype=np.float32)) == shares_of(population)
