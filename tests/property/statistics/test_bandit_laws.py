"""Does every allocation of a bandit sum to 1, keep its floor and follow the evidence?"""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.statistics.bandits.allocations import BUCKETS, in_whole_buckets, is_allocation
from domain.statistics.bandits.evidence import Evidence
from domain.statistics.bandits.reallocations import BanditGoal, reallocate

A_BUCKET = 1 / BUCKETS
NUMERIC = 2e-5
"""What quadrature may be off."""


@st.composite
def rates(draw: st.DrawFn, most_users: int = 100_000) -> Evidence:
    users = draw(st.integers(0, most_users))
    hits = draw(st.integers(0, users))
    return Evidence(users, hits, hits)


@st.composite
def values(draw: st.DrawFn) -> Evidence:
    outcomes = draw(st.lists(st.integers(-1_000, 1_000), max_size=12))
    return Evidence(len(outcomes), sum(outcomes), sum(outcome**2 for outcome in outcomes))


odd_numbers = st.floats() | st.sampled_from((0.0, 1.0, -1.0, 1e-300, 1e150, 1e300, 2.0**60))
odd = st.builds(Evidence, odd_numbers, odd_numbers, odd_numbers)
goals = st.builds(BanditGoal, st.booleans(), st.booleans(), odd_numbers | st.just(0.01))


@settings(deadline=None)
@given(variations=st.lists(rates() | values() | odd, max_size=8), current=st.lists(odd_numbers, max_size=8), goal=goals)
def test_whatever_is_counted_the_allocation_is_one(
    variations: list[Evidence], current: list[float], goal: BanditGoal
) -> None:
    found = reallocate(variations, current, goal)

    assert len(found.allocation) == len(variations)
    assert not variations or is_allocation(found.allocation)
    assert (found.chances is None) is (found.reason is not None)
    assert found.chances is None or all(0 <= chance <= 1 for chance in found.chances)


@settings(deadline=None)
@given(variations=st.lists(rates(), min_size=1, max_size=12), floor=st.floats(0, 0.3))
def test_an_allocation_sums_to_one_exactly_in_whole_buckets_and_keeps_the_floor(
    variations: list[Evidence], floor: float
) -> None:
    allocation = reallocate(variations, (), BanditGoal(floor=floor)).allocation

    assert math.fsum(allocation) == 1
    assert sum(round(share * BUCKETS) for share in allocation) == BUCKETS
    assert all(math.isclose(share * BUCKETS, round(share * BUCKETS), abs_tol=1e-9) for share in allocation)
    lowest = min(floor, 1 / len(variations))
    assert min(allocation) > lowest - A_BUCKET


@given(shares=st.lists(st.floats(0, 1), min_size=1, max_size=50).filter(lambda shares: sum(shares) > 0))
def test_whole_buckets_are_less_than_one_bucket_off(shares: list[float]) -> None:
    total = math.fsum(shares)
    exact = [share / total for share in shares]

    whole = in_whole_buckets(exact)

    assert math.fsum(whole) == 1
    assert all(abs(given_ - share) < A_BUCKET * 1.001 for given_, share in zip(whole, exact, strict=True))


@settings(deadline=None)
@given(evidence=rates() | values(), variations=st.integers(2, 20), goal=st.builds(BanditGoal, st.booleans()))
def test_variations_that_brought_the_same_get_the_same(evidence: Evidence, variations: int, goal: BanditGoal) -> None:
    found = reallocate((evidence,) * variations, (), goal)

    assert max(found.allocation) - min(found.allocation) <= A_BUCKET * 1.001
    assert found.chances is None or max(found.chances) - min(found.chances) < NUMERIC


@settings(deadline=None)
@given(variations=st.lists(rates(), min_size=2, max_size=6), turn=st.integers(0, 5))
def test_the_order_of_the_variations_does_not_matter(variations: list[Evidence], turn: int) -> None:
    chances = reallocate(variations, ()).chances
    turned = reallocate(variations[turn:] + variations[:turn], ()).chances

    assert (chances is None) is (turned is None)
    assert (
        not chances
        or not turned
        or (max(abs(one - other) for one, other in zip(chances[turn:] + chances[:turn], turned, strict=True)) < NUMERIC)
    )


@settings(deadline=None)
@given(variations=st.lists(rates(5_000), min_size=2, max_size=5), more=st.integers(1, 5_000))
def test_more_conversions_of_as_many_users_never_lower_a_share(variations: list[Evidence], more: int) -> None:
    first = variations[0]
    hits = min(first.users, first.total + more)

    before = reallocate(variations, ())
    after = reallocate([Evidence(first.users, hits, hits), *variations[1:]], ())

    assert before.chances is None or after.chances is None or after.chances[0] >= before.chances[0] - NUMERIC
    assert before.chances is None or after.allocation[0] >= before.allocation[0] - A_BUCKET * 1.001


@settings(deadline=None)
@given(variations=st.lists(rates(), min_size=2, max_size=5))
def test_where_less_is_better_misses_count_as_hits(variations: list[Evidence]) -> None:
    mirrored = [Evidence(one.users, one.users - one.total, one.users - one.total) for one in variations]

    less = reallocate(variations, (), BanditGoal(increase=False)).chances
    more = reallocate(mirrored, (), BanditGoal(increase=True)).chances

    assert less == more
