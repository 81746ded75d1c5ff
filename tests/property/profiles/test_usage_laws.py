"""Shares sum to one, measures stay in their ranges, and more of something means more of its measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.profiles import TagHistory
from domain.model.skills import SkillLevel
from domain.rules.profiles import fold_from_scratch
from domain.rules.skills import skill_of
from domain.rules.usage import (
    activity,
    affinity,
    content_preferences,
    device_shares,
    feature_usage,
    section_shares,
    usage_pattern,
)
from tests.builders.interactions import DAY, MONDAY
from tests.property.profiles.strategies import interactions

if TYPE_CHECKING:
    from domain.model.interactions import Interaction

RECEIVED = st.lists(interactions(), min_size=1, max_size=40)
COUNTS = st.integers(0, 10**9)
LEVELS = list(SkillLevel)


@given(RECEIVED)
def test_shares_sum_to_one_where_anything_is_known(received: list[Interaction]) -> None:
    history = fold_from_scratch(received)
    pattern = usage_pattern(history, MONDAY)
    assert sum(pattern.hours) == pytest.approx(1)
    assert sum(pattern.weekdays) == pytest.approx(1)
    assert sum(share.share for share in device_shares(history)) == pytest.approx(1 if history.devices else 0)
    assert sum(share.share for share in section_shares(history)) == pytest.approx(1 if history.sections else 0)


@given(RECEIVED, st.integers(0, 400))
def test_recent_sessions_are_part_of_all_sessions(received: list[Interaction], days: int) -> None:
    counted = activity(fold_from_scratch(received), MONDAY + days * DAY)
    assert counted.sessions_last_7_days <= counted.sessions_last_30_days <= counted.sessions <= counted.interactions
    assert 1 <= counted.active_days <= counted.interactions


@given(RECEIVED)
def test_measures_stay_in_their_ranges(received: list[Interaction]) -> None:
    history = fold_from_scratch(received)
    consistency = usage_pattern(history, MONDAY).consistency
    assert consistency is None or 0 < consistency <= 1
    assert all(0 < preference.affinity < 1 for preference in content_preferences(history))
    assert sum(usage.uses for usage in feature_usage(history)) <= history.interactions


@given(COUNTS, COUNTS)
def test_a_view_raises_affinity_and_a_dismissal_lowers_it(seen: int, dismissed: int) -> None:
    now = affinity(TagHistory(seen, dismissed))
    assert 0 < now < 1
    assert affinity(TagHistory(seen + 1, dismissed)) >= now >= affinity(TagHistory(seen, dismissed + 1))


@given(RECEIVED)
def test_skill_never_falls_with_one_more_interaction(received: list[Interaction]) -> None:
    levels = [LEVELS.index(skill_of(fold_from_scratch(received[:count]))) for count in range(len(received))]
    assert levels == sorted(levels)
