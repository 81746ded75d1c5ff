"""Confidences lie in [0, 1], move smoothly, and in the direction one expects."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from domain.model.interactions import Device, Interaction, InteractionKind
from domain.model.segments import SegmentKey, SegmentMembership
from domain.rules.profiles import fold_from_scratch
from domain.rules.segments import assess_segments, built_in_confidences, segment_changes
from tests.builders.interactions import DAY, MINUTE, MONDAY, interaction
from tests.property.profiles.strategies import interactions

if TYPE_CHECKING:
    from domain.model.profiles import History

SMOOTH = 0.35
NOW = MONDAY + 262 * DAY

LIVELY = st.lists(interactions(days=60), min_size=1, max_size=60).map(
    lambda drawn: sorted(drawn, key=lambda one: one.occurred_at)
)


def confidence(key: str, history: History, later: timedelta = timedelta(0)) -> float:
    return built_in_confidences(history, MONDAY + 61 * DAY + later)[SegmentKey(key)]


@given(st.lists(interactions(), min_size=1, max_size=60), st.integers(0, 400))
def test_confidences_lie_between_zero_and_one(received: list[Interaction], days: int) -> None:
    confidences = built_in_confidences(fold_from_scratch(received), MONDAY + days * DAY)
    assert len(confidences) == 7
    assert all(0 <= value <= 1 for value in confidences.values())


@given(LIVELY)
def test_one_more_interaction_moves_no_confidence_far(received: list[Interaction]) -> None:
    for count in range(1, len(received)):
        now = received[count].occurred_at
        before = built_in_confidences(fold_from_scratch(received[:count]), now)
        after = built_in_confidences(fold_from_scratch(received[: count + 1]), now)
        assert {key: abs(after[key] - before[key]) for key in after if abs(after[key] - before[key]) > SMOOTH} == {}


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.sampled_from([1, 3]))
def test_conversions_move_goal_orientation_smoothly(converted: list[bool], per_session: int) -> None:
    received = [
        interaction(
            MONDAY + n // per_session * DAY + n % per_session * MINUTE,
            kind=InteractionKind.CONVERSION if conversion else InteractionKind.PAGE_VIEW,
        )
        for n, conversion in enumerate(converted)
    ]
    values = [confidence("goal_oriented", fold_from_scratch(received[: n + 1])) for n in range(len(received))]
    assert all(abs(after - before) <= SMOOTH for before, after in itertools.pairwise(values))


@given(LIVELY)
def test_the_same_interactions_all_from_a_mobile_are_never_less_mobile_first(received: list[Interaction]) -> None:
    mobile = [replace(one, device=Device.MOBILE) for one in received]
    assert confidence("mobile_first", fold_from_scratch(mobile)) >= confidence(
        "mobile_first", fold_from_scratch(received)
    )


@given(LIVELY)
def test_a_conversion_instead_of_anything_never_lowers_goal_orientation(received: list[Interaction]) -> None:
    converted = [*received[:-1], replace(received[-1], kind=InteractionKind.CONVERSION)]
    assert confidence("goal_oriented", fold_from_scratch(converted)) >= confidence(
        "goal_oriented", fold_from_scratch(received)
    )


@given(LIVELY, st.integers(0, 200), st.integers(0, 200))
def test_time_alone_makes_nobody_newer_or_more_of_a_power_user(
    received: list[Interaction], some_days: int, more_days: int
) -> None:
    history = fold_from_scratch(received)
    sooner, later = some_days * DAY, (some_days + more_days) * DAY
    for key in ("new_user", "power_user", "feature_explorer"):
        assert confidence(key, history, later) <= confidence(key, history, sooner)
    assert confidence("casual_user", history, later) >= confidence("casual_user", history, sooner)


@given(LIVELY, st.integers(121, 500), st.integers(0, 500))
def test_once_unseen_for_120_days_the_clock_moves_no_confidence(
    received: list[Interaction], away: int, longer: int
) -> None:
    history = fold_from_scratch(received)
    left = received[-1].occurred_at + away * DAY
    sooner, later = built_in_confidences(history, left), built_in_confidences(history, left + longer * DAY)
    assert all(abs(sooner[key] - later[key]) < 1e-9 for key in sooner)


@given(LIVELY, LIVELY)
def test_changes_lead_from_the_segments_before_to_those_after(one: list[Interaction], other: list[Interaction]) -> None:
    before = assess_segments(fold_from_scratch(one), NOW, (), bool, ())
    after = assess_segments(fold_from_scratch(other), NOW, (), bool, before)
    changes = segment_changes(before, after)
    joined = {change.segment for change in changes if change.joined}
    left = {change.segment for change in changes if not change.joined}
    assert (_counted(before) - left) | joined == _counted(after)


def _counted(memberships: tuple[SegmentMembership, ...]) -> set[SegmentKey]:
    return {membership.segment for membership in memberships if membership.counts}
