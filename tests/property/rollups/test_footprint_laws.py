"""Do the sums that folding keeps equal those made from scratch, and do they count different users?"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from domain.model.footprints import NO_FOOTPRINT, Footprint
from domain.model.rollups import GAPS_PER_BLOCK, LONGEST_GAP_DAYS
from domain.rules.instants import DAY_US, microseconds
from domain.rules.rollups.contributions import (
    ACTIVE,
    ACTIVITY,
    CONVERTED,
    HELD_OUT,
    IN_ALL,
    PERSONALIZED,
    changes,
    contributions,
    footprint_totals,
)
from domain.rules.rollups.footprints import COUNTED_DAYS, fold_footprint, whole
from persistence.documents.footprints import MOST_LATEST_DAYS
from tests.builders.profiles import NOW
from tests.property.profiles.strategies import interactions
from tests.property.rollups.footprints import CATALOGUES, SEGMENTS, Someone, Step, added_up, footprints, read_back

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.model.interactions import Interaction
    from domain.model.rollups import RollUpKey, Sums

TODAY = microseconds(NOW) // DAY_US
RECEIVED = st.sampled_from([0, 5, 260]).flatmap(lambda days: st.lists(interactions(days), max_size=40))
CUTS = st.lists(st.integers(0, 40), max_size=12) | st.just(list(range(41)))
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["ada", "grace"]),
        st.sampled_from(["does", "does", "starts over", "goes"]),
        st.lists(interactions(200), max_size=6),
        st.lists(st.sampled_from(SEGMENTS), unique=True),
        st.sampled_from(CATALOGUES),
        st.integers(TODAY, TODAY + 3),
    ),
    max_size=12,
)


@given(RECEIVED, CUTS)
def test_any_batches_give_the_days_folded_from_scratch(received: list[Interaction], cuts: list[int]) -> None:
    someone, at_once = Someone("ada"), Someone("ada")
    ends = sorted({0, len(received), *(cut % (len(received) + 1) for cut in cuts)})
    for start, end in pairwise(ends):
        someone.does(received[start:end])
    at_once.does(received)
    assert someone.footprint == at_once.footprint
    at_once.start_over()
    assert someone.footprint == at_once.footprint
    sessions = at_once.history.older_sessions + len(at_once.history.sessions)
    assert sum(day.sessions for day in someone.footprint.days) == sessions


@given(
    RECEIVED.flatmap(lambda drawn: st.tuples(st.just(drawn), st.permutations(drawn))),
    st.sampled_from([1, 3, COUNTED_DAYS]),
)
def test_neither_order_nor_old_days_matter_to_the_days_that_are_kept(
    orders: tuple[list[Interaction], list[Interaction]], limit: int
) -> None:
    first, second = (fold_footprint(NO_FOOTPRINT, order, (), limit) for order in orders)
    assert first == second
    assert first.days == fold_footprint(NO_FOOTPRINT, orders[0], ()).days[-limit:]


@given(STEPS)
def test_what_folds_append_adds_up_to_the_sums_made_from_scratch(steps: list[Step]) -> None:
    people = {name: Someone(name) for name in ("ada", "grace")}
    appended: list[dict[RollUpKey, Sums]] = []
    for name, verb, batch, segments, catalogue, today in steps:
        someone = people[name]
        before = someone.footprint
        if verb == "goes":
            people[name] = someone = Someone(name)
        else:
            someone.does(batch)
            if verb == "starts over":
                someone.start_over()
            someone.settle(before, segments, catalogue, today)
        appended.append(dict(changes([(before, someone.footprint)])))

    assert added_up(appended) == added_up([footprint_totals(one.footprint for one in people.values())])


@given(st.lists(footprints, min_size=2, max_size=6))
def test_going_through_any_footprints_ends_in_the_contributions_of_the_last(through: list[Footprint]) -> None:
    assert added_up([changes(pairwise([NO_FOOTPRINT, *through]))]) == added_up([contributions(through[-1])])


def counted_by_hand(some: list[Footprint], days: range, measure: str, segment: str, subject: str) -> int:
    groups = {IN_ALL: (True, False, None), HELD_OUT: (True,), PERSONALIZED: (False,)}[subject]
    return sum(
        any(
            day.day in days
            and (measure == ACTIVE or day.conversions > 0)
            and day.standing is not None
            and segment in ("", *day.standing.segments)
            and day.standing.held_out in groups
            for day in footprint.days
        )
        for footprint in some
    )


def distinct(totals: Mapping[RollUpKey, Sums], days: range, measure: str, segment: str, subject: str) -> int:
    """Place by place, as the port says."""
    found = 0
    for key, sums in totals.items():
        if (key.measure, key.segment, key.subject) == (measure, segment, subject) and key.day in days:
            gaps = {key.number * GAPS_PER_BLOCK + place: amount for place, amount in enumerate(sums[1:])}
            assert sums[0] == sum(gaps.values())
            found += sum(amount for gap, amount in gaps.items() if gap >= key.day - days.start)
    return found


@given(
    st.lists(footprints, max_size=5),
    st.integers(20_000, 20_900),
    st.integers(1, LONGEST_GAP_DAYS),
    st.sampled_from([ACTIVE, CONVERTED]),
)
def test_different_users_of_any_period_are_counted_from_sums(
    some: list[Footprint], first: int, length: int, measure: str
) -> None:
    totals, days = footprint_totals(some), range(first, first + length)
    for segment, subject in (*((segment, IN_ALL) for segment in ("", *SEGMENTS)), ("", HELD_OUT), ("", PERSONALIZED)):
        expected = counted_by_hand(some, days, measure, segment, subject)
        assert distinct(totals, days, measure, segment, subject) == expected


@given(st.lists(footprints, max_size=5))
def test_activity_is_added_up_by_day_and_segment(some: list[Footprint]) -> None:
    totals = footprint_totals(some)
    for segment in ("", *SEGMENTS):
        own = [d for f in some for d in f.days if d.standing is not None and segment in ("", *d.standing.segments)]
        activity = added_up([{k: v} for k, v in totals.items() if k.measure == ACTIVITY and k.segment == segment])
        assert sum(sums[0] for sums in activity.values()) == len(own)
        assert sum(sums[1] for sums in activity.values()) == sum(day.interactions for day in own)


@given(STEPS)
def test_a_footprint_is_read_as_it_was_written(steps: list[Step]) -> None:
    someone = Someone("ada")
    for _, _, batch, segments, catalogue, today in steps:
        before = someone.footprint
        someone.does(batch)
        assert whole(read_back(someone.footprint)) == someone.footprint
        someone.settle(before, segments, catalogue, today)
        assert whole(read_back(someone.footprint)) == someone.footprint


@given(STEPS, st.integers(1, 12))
def test_a_footprint_whose_earlier_days_are_stored_apart_becomes_and_adds_what_one_in_memory_does(
    steps: list[Step], limit: int
) -> None:
    stored, remembered = Someone("ada", limit=limit), Someone("ada", limit=limit)
    for _, verb, batch, segments, catalogue, today in steps:
        before = stored.footprint, remembered.footprint
        for someone, footprint in zip((stored, remembered), before, strict=True):
            someone.does(batch)
            if verb == "starts over":
                someone.start_over()
            someone.settle(footprint, segments, catalogue, today)
        assert whole(stored.footprint) == remembered.footprint
        added, expected = ([(was, one.footprint)] for was, one in zip(before, (stored, remembered), strict=True))
        assert added_up([changes(added)]) == added_up([changes(expected)])
        stored.footprint = read_back(stored.footprint)
        assert len(stored.footprint.days) <= MOST_LATEST_DAYS
    assert added_up([contributions(stored.footprint)]) == added_up([contributions(remembered.footprint)])
