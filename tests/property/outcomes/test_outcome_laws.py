"""Do outcomes and their sums keep their laws, however interactions are batched?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from domain.model.outcomes import GoalOutcome, Outcomes
from domain.model.segments import SegmentKey
from domain.rules.outcomes.contributions import (
    EVERYBODY,
    EXPOSED,
    ExposureSums,
    GoalSums,
    Place,
    change,
    contribution,
    difference,
    summed,
)
from domain.rules.outcomes.counting import count, nothing_yet
from tests.builders.interactions import conversion
from tests.builders.outcomes import BOUGHT, EXPOSED_AT, SPENT, TERMS, build_exposure, doings

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

    from domain.model.interactions import Interaction


def from_scratch(interactions: list[Interaction]) -> Outcomes:
    return count(nothing_yet(TERMS), TERMS, EXPOSED_AT, interactions)


@given(interactions=doings(), data=st.data())
def test_counting_in_any_order_and_batches_equals_counting_from_scratch(
    interactions: list[Interaction], data: DataObject
) -> None:
    shuffled = data.draw(st.permutations(interactions))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    outcomes = nothing_yet(TERMS)
    for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True):
        outcomes = count(outcomes, TERMS, EXPOSED_AT, shuffled[start:end])

    assert outcomes == from_scratch(interactions)


@given(interactions=doings())
def test_what_is_counted_is_what_a_plain_reading_of_the_goals_counts(interactions: list[Interaction]) -> None:
    outcomes = from_scratch(interactions)

    for goal, outcome in zip(TERMS.goals, outcomes.goals, strict=True):
        window = timedelta(days=goal.window_days)
        wanted = [i for i in interactions if i.kind is goal.kind and goal.target in (None, i.target)]
        after = [i for i in wanted if EXPOSED_AT <= i.occurred_at < EXPOSED_AT + window]
        before = [i for i in wanted if EXPOSED_AT - window <= i.occurred_at < EXPOSED_AT]
        assert (outcome.count, outcome.count_before) == (len(after), len(before))
        assert outcome.value_micros == sum(round((i.value or 0) * 1_000_000) for i in after)
    reached = [i.occurred_at for i in interactions if _bought(i)]
    assert (outcomes.converted_us is None) == (not reached)


def _bought(one: Interaction) -> bool:
    after = one.occurred_at - EXPOSED_AT
    return one.kind is BOUGHT.kind and one.target == BOUGHT.target and timedelta() <= after < timedelta(days=7)


@given(steps=st.lists(doings(8), max_size=4), segments=st.sets(st.sampled_from(("new", "power"))))
def test_differences_add_up_to_what_is_summed_from_what_is_stored(
    steps: list[list[Interaction]], segments: set[str]
) -> None:
    keys = tuple(map(SegmentKey, sorted(segments)))
    exposure = build_exposure(segments=keys)
    totals = [contribution(exposure)]
    for step in steps:
        outcomes = count(exposure.outcomes or nothing_yet(TERMS), TERMS, EXPOSED_AT, step)
        after = replace(exposure, outcomes=outcomes)
        totals.append(change(exposure, after))
        assert totals[-1] == difference(contribution(exposure), contribution(after))
        exposure = after

    summed_up = {place: sums for place, sums in summed(totals).items() if any(sums)}
    assert summed_up == contribution(exposure)
    gone = change(exposure, replace(exposure, outcomes=None))
    assert gone == difference(contribution(exposure), {})
    moved = replace(exposure, segments=(*keys, SegmentKey("late")), first_exposed_at=EXPOSED_AT - timedelta(days=1))
    assert change(exposure, moved) == difference(contribution(exposure), contribution(moved))
    assert not any(any(sums) for sums in summed([summed_up, gone]).values())


def test_the_sums_of_one_user_are_as_reckoned_by_hand() -> None:
    goals = (GoalOutcome(2, 50_000_000, 1, 4, 1, 1), GoalOutcome(0, 0, 3, 7_000_000, 0, 7_000_000))
    exposure = build_exposure(
        probability=0.25, segments=(SegmentKey("new"),), outcomes=Outcomes(goals, dismissals=2, reach_days=7)
    )
    day = 20_516  # 4 March 2026

    added = contribution(exposure)

    assert added == {
        Place(day, segment, "r1/1", "bold", number): tuple(sums)
        for segment in (EVERYBODY, "new")
        for number, sums in (
            (EXPOSED, ExposureSums(1, 2, 4_000_000, 16_000_000)),
            (0, GoalSums(1, 1, 1, 1, 1, 1, 1)),
            (1, GoalSums(1, 0, 0, 0, 7_000_000, 49_000_000_000_000, 0)),
        )
    }


def test_whoever_is_not_counted_yet_adds_nothing() -> None:
    assert contribution(build_exposure(outcomes=from_scratch([])))
    assert contribution(build_exposure()) == {}


@given(values=st.lists(st.sampled_from((0.5, 12.5, 30.0)), max_size=4))
def test_one_user_counts_for_no_more_than_the_cap(values: list[float]) -> None:
    bought = [conversion(EXPOSED_AT, value=value) for value in values]

    spent = from_scratch(bought).goals[TERMS.goals.index(SPENT)]

    assert spent.measured == min(sum(values), 20.0) * 1_000_000
    assert spent.value_micros == sum(values) * 1_000_000
