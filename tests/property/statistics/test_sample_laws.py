"""Samples are sums: in any order and grouping the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from domain.statistics.samples import Sample, merged

if TYPE_CHECKING:
    from random import Random

Users: TypeAlias = Sequence[tuple[float, int, float]]
USERS = st.lists(
    st.tuples(
        st.floats(-1e9, 1e9, allow_nan=False), st.integers(-(10**12), 10**12), st.floats(0, 1e6, allow_nan=False)
    ),
    max_size=12,
)


def sample_of(users: Users) -> Sample:
    return Sample.of(*([user[place] for user in users] for place in range(3)))


@given(USERS, USERS, USERS)
def test_samples_are_a_commutative_monoid(one: Users, other: Users, third: Users) -> None:
    a, b, c = (sample_of(users) for users in (one, other, third))

    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Sample() == a
    assert a + b - b == a


@given(USERS, st.randoms(use_true_random=False), st.integers(0, 12))
def test_days_in_any_order_merge_into_the_whole(users: Users, random: Random, cut: int) -> None:
    shuffled = random.sample(users, len(users))

    assert merged([sample_of(shuffled[:cut]), sample_of(shuffled[cut:])]) == sample_of(users)


@given(USERS, st.integers(-1000, 1000))
def test_other_units_of_every_user_are_other_units_of_the_sums(users: Users, factor: int) -> None:
    whole = [(round(outcome), before, below) for outcome, before, below in users]

    assert sample_of(whole).scaled(factor).total_squares == sum((outcome * factor) ** 2 for outcome, _, _ in whole)
    assert sample_of(whole).scaled(factor).product == sum(outcome * factor * before for outcome, before, _ in whole)
