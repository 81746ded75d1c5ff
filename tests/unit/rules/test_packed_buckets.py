"""Does a user fall under many salts at once where each salt alone puts them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.buckets import bucket_after, code_units, salted
from domain.rules.packed_buckets import MAX_LANES, buckets_after
from tests.unit.rules.specifications import cases, growthbook_cases

if TYPE_CHECKING:
    from collections.abc import Sequence

STATES = st.integers(0, 2**32 - 1) | st.integers(0, 32).flatmap(lambda bits: st.integers(0, 2**bits - 1))


@pytest.mark.parametrize("case", cases("buckets"), ids=lambda case: f"{case['salt']}/{case['user'][:8]}")
def test_a_user_falls_into_the_specified_bucket(case: dict[str, Any]) -> None:
    salts = [f"{case['salt']}{suffix}" for suffix in ("", "-1", "-2", "-3", "-4")]

    assert buckets_after([*map(salted, salts)], code_units(case["user"]))[0] == case["bucket"]


def test_growthbook_hashes_alike() -> None:
    known = [case for case in growthbook_cases("hash") if case[2] == 2]
    states = [salted(case[0]) for case in known]

    for index, case in enumerate(known):
        assert buckets_after(states, code_units(case[1]))[index] == case[3]


@given(states=st.lists(STATES, max_size=2 * MAX_LANES + 1), user=st.text(max_size=12))
def test_together_is_the_same_as_one_by_one(states: Sequence[int], user: str) -> None:
    units = code_units(user)

    assert buckets_after(states, units) == [bucket_after(state, units) for state in states]


def test_a_hash_is_hashed_again_without_leading_zeros() -> None:
    """After nothing but a state, that state is the first hash."""
    borders = [10**digits + step for digits in range(10) for step in (-1, 0, 1)]
    hashes = [*borders, 2**31, 2**32 - 1]

    assert buckets_after(hashes, b"") == [bucket_after(number, b"") for number in hashes]
