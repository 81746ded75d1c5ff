"""How far users have come."""

from __future__ import annotations

import pytest

from domain.model.profiles import FeatureHistory, History
from domain.model.skills import SkillLevel
from domain.rules.instants import DAY_US
from domain.rules.skills import skill_of


def practised(adopted: int, active_days: int, interactions: int) -> History:
    feature = FeatureHistory(uses=3, first_us=0, last_us=DAY_US)
    return History(
        interactions=interactions,
        older_days=2,
        days=tuple(range(active_days - 2)),
        features={f"f{n}": feature for n in range(adopted)} | {"tried": FeatureHistory(2, 0, 9 * DAY_US)},
    )


def test_who_is_unknown_is_a_beginner() -> None:
    assert skill_of(History()) is SkillLevel.BEGINNER


@pytest.mark.parametrize(
    ("adopted", "active_days", "interactions", "level"),
    [
        (3, 4, 30, SkillLevel.INTERMEDIATE),
        (2, 4, 30, SkillLevel.BEGINNER),
        (3, 3, 30, SkillLevel.BEGINNER),
        (3, 4, 29, SkillLevel.BEGINNER),
        (8, 15, 300, SkillLevel.ADVANCED),
        (7, 15, 300, SkillLevel.INTERMEDIATE),
        (8, 14, 300, SkillLevel.INTERMEDIATE),
        (8, 15, 299, SkillLevel.INTERMEDIATE),
    ],
)
def test_a_level_needs_breadth_time_and_repetition(
    adopted: int, active_days: int, interactions: int, level: SkillLevel
) -> None:
    assert skill_of(practised(adopted, active_days, interactions)) is level
