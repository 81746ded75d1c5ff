"""Is a segment said to underperform where its users convert less often than otherwise, and nowhere else?"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.analytics import Attendance
from domain.model.rule_performance import Period
from domain.use_cases.analytics import is_underperforming

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MONTH = Period(20_000, 20_030)
SIMULATIONS = 200
USERS = 600


def plus(*some: Attendance) -> Attendance:
    return Attendance(*map(sum, zip(*some, strict=True)))


@pytest.mark.parametrize(
    ("segment", "rest", "expected"),
    [
        (Attendance(1_000, 4_000, 200), Attendance(10_000, 40_000, 8_000), True),  # 5 % against 20 %
        (Attendance(1_000, 4_000, 0), Attendance(10_000, 40_000, 8_000), True),  # never
        (Attendance(1_000, 4_000, 760), Attendance(10_000, 40_000, 8_000), False),  # 19 % against 20 %: may be chance
        (Attendance(1_000, 4_000, 1_600), Attendance(10_000, 40_000, 8_000), False),  # better
        (Attendance(5, 20, 0), Attendance(10_000, 40_000, 8_000), False),  # too few to say
        (Attendance(1_000, 4_000, 200), Attendance(), False),  # there is no rest
        (Attendance(), Attendance(1_000, 4_000, 200), False),
        (Attendance(), Attendance(), False),
    ],
)
def test_a_segment_underperforms_only_where_chance_does_not_explain_it(
    segment: Attendance, rest: Attendance, *, expected: bool
) -> None:
    assert is_underperforming(segment, plus(segment, rest), MONTH) is expected


def test_a_user_who_came_on_many_days_counts_as_one() -> None:
    once = (Attendance(300, 300, 30), Attendance(300, 300, 90))
    ten_times = (Attendance(30, 300, 30), Attendance(30, 300, 90))
    assert [is_underperforming(one, plus(one, rest), MONTH) for one, rest in (once, ten_times)] == [True, False]


def test_who_leaves_the_segment_and_converts_later_does_not_count_against_it() -> None:
    """2,000 newcomers are in it on two of ten days, 1,000 others never; everybody converts on every tenth day."""
    newcomers, later, veterans = Attendance(2_000, 4_000, 400), (16_000, 1_600), Attendance(1_000, 10_000, 1_000)
    everybody = Attendance(3_000, 4_000 + later[0] + 10_000, 400 + later[1] + 1_000)
    assert everybody.rate == newcomers.rate == veterans.rate
    assert not is_underperforming(newcomers, everybody, MONTH)


def test_where_everybody_was_in_it_once_the_rest_are_at_least_as_many_as_their_days_need() -> None:
    everybody = Attendance(3_000, 30_000, 3_000)
    assert is_underperforming(Attendance(3_000, 6_000, 60), everybody, MONTH)
    assert not is_underperforming(Attendance(3_000, 29_000, 2_600), everybody, MONTH)  # 34 users could be all the rest


def test_of_segments_that_are_like_the_rest_hardly_any_is_said_to_underperform() -> None:
    """Though users differ in how often they come and convert: that is what makes days of one user alike."""
    chance = random.Random(20_261_126)  # noqa: S311 # reproducible, not secret
    alarms = 0
    for _ in range(SIMULATIONS):
        lives = list(_lives(chance))
        everybody, half = _attendance(lives), _attendance(lives[: USERS // 2])
        alarms += is_underperforming(half, everybody, MONTH)
    assert alarms <= 0.05 * SIMULATIONS


def _lives(chance: random.Random) -> Iterator[tuple[int, int]]:
    """On how many days a user came, and on how many of them converted."""
    for _ in range(USERS):
        days = min(30, 1 + int(chance.expovariate(1 / 5)))
        rate = chance.betavariate(1, 4)
        yield days, sum(chance.random() < rate for _ in range(days))


def _attendance(lives: Iterable[tuple[int, int]]) -> Attendance:
    return plus(*(Attendance(1, *life) for life in lives))


COUNTS = st.integers(0, 5_000)


@st.composite
def attendances(draw: st.DrawFn) -> Attendance:
    users = draw(COUNTS)
    days = draw(st.integers(users, users * 30))
    return Attendance(users, days, draw(st.integers(0, days)))


@given(segment=attendances(), rest=attendances())
def test_who_converts_at_least_as_often_never_underperforms_and_of_two_sides_at_most_one_does(
    segment: Attendance, rest: Attendance
) -> None:
    everybody = plus(segment, rest)
    says = is_underperforming(segment, everybody, MONTH)
    assert not (says and segment.rate >= rest.rate)
    assert not (says and is_underperforming(rest, everybody, MONTH))


@given(segment=attendances(), rest=attendances(), fewer=st.integers(0, 1_000))
def test_with_fewer_conversions_it_does_not_stop_underperforming(
    segment: Attendance, rest: Attendance, fewer: int
) -> None:
    less = segment._replace(converting_days=max(0, segment.converting_days - fewer))
    same_rest = is_underperforming(segment, plus(segment, rest), MONTH)
    # Unless so few convert at all that no approximation holds.
    everybody = plus(less, rest)
    enough = min(segment.users, rest.users) * min(everybody.rate, 1 - everybody.rate) >= 10
    assert not (same_rest and enough) or is_underperforming(less, everybody, MONTH)
