"""Is what variations brought compared among users of the same days?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.statistics.bandits.evidence import Evidence
from domain.statistics.bandits.stratified import Day, stratified


def day(age_days: float, *reached: tuple[int, int]) -> Day:
    """Of each variation: users, and how many of them reached the goal."""
    return Day(age_days, tuple(Evidence(users, hits, hits) for users, hits in reached))


def test_a_variation_that_got_more_of_the_late_users_does_not_look_worse() -> None:
    """Both reach 20 % among those of ten days ago, 5 % among those of today, who have had less time."""
    first, second = stratified([day(10, (900, 180), (100, 20)), day(0, (100, 5), (900, 45))])

    assert first.mean == pytest.approx(0.125)
    assert second.mean == pytest.approx(0.125)


def test_with_equal_shares_on_every_day_it_is_the_plain_sum() -> None:
    first, second = stratified([day(3, (200, 40), (200, 10)), day(1, (50, 5), (50, 20))])

    assert (first.users, first.total) == pytest.approx((250, 45))
    assert (second.users, second.total) == pytest.approx((250, 30))


def test_what_is_a_half_life_ago_counts_half() -> None:
    (found,) = stratified([day(30, (100, 100)), day(0, (100, 0))], half_life_days=30)

    assert found.mean == pytest.approx(1 / 3)
    assert found.users <= 150


def test_what_is_all_but_forgotten_still_has_a_mean() -> None:
    """After 544 half-lives."""
    (found,) = stratified([day(68, (4, 1))], half_life_days=0.125)

    assert found.mean == pytest.approx(0.25)
    assert 0 < found.users < 1e-100


def test_days_on_which_nobody_got_a_variation_tell_nothing_of_it() -> None:
    first, second = stratified([day(1, (100, 30), (0, 0)), day(0, (100, 10), (100, 20))])

    assert first.mean == pytest.approx((100 * 0.3 + 200 * 0.1) / 300)
    assert (second.mean, second.users) == pytest.approx((0.2, 100))
    assert stratified([]) == ()
    assert stratified([day(0, (0, 0))]) == (Evidence(),)


counts = st.tuples(st.integers(0, 1_000), st.integers(0, 1_000)).map(lambda pair: (max(pair), min(pair)))


@given(
    days=st.lists(st.tuples(st.floats(0, 500), counts, counts), max_size=5),
    half_life=st.none() | st.floats(0.1, 100),
)
def test_it_is_always_a_possible_sum_of_rates_of_no_more_users_than_there_were(
    days: list[tuple[float, tuple[int, int], tuple[int, int]]], half_life: float | None
) -> None:
    for index, found in enumerate(stratified([day(age, *each) for age, *each in days], half_life)):
        assert found.users <= sum(each[index][0] for _, *each in days) + 1e-6
        assert -1e-9 <= found.mean <= 1 + 1e-9
