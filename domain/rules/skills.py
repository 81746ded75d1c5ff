"""How far has a user come with the host application?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.skills import SkillLevel
from domain.rules.usage import adopted_features

if TYPE_CHECKING:
    from domain.model.profiles import History


@dataclass(frozen=True, slots=True)
class SkillThreshold:
    """A level is reached when all three are: practice needs breadth, time and repetition."""

    level: SkillLevel
    adopted_features: int
    active_days: int
    interactions: int


SKILL_THRESHOLDS = (
    SkillThreshold(SkillLevel.ADVANCED, adopted_features=8, active_days=15, interactions=300),
    SkillThreshold(SkillLevel.INTERMEDIATE, adopted_features=3, active_days=4, interactions=30),
)
"""Highest level first."""


def skill_of(history: History) -> SkillLevel:
    """The highest level whose threshold the history reaches; it never falls while nothing is forgotten."""
    adopted = adopted_features(history)
    active_days = history.older_days + len(history.days)
    for threshold in SKILL_THRESHOLDS:
        if (
            adopted >= threshold.adopted_features
            and active_days >= threshold.active_days
            and history.interactions >= threshold.interactions
        ):
            return threshold.level
    return SkillLevel.BEGINNER
