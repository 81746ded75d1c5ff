"""What follows from a user's history and traits at an instant: skill, segments, and when to look again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.model.contexts import Context
from domain.rules.conditions import compile_condition
from domain.rules.segments import assess_segments, next_assessment_at
from domain.rules.situations import Situation
from domain.rules.skills import skill_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.model.profiles import Profile
    from domain.model.segments import Segment, SegmentMembership
    from domain.model.skills import SkillLevel

# Segments are about a user, not about one request: their conditions never read this context.
_NOWHERE = Context(place="")


@dataclass(frozen=True, slots=True)
class Assessment:
    """`due_at`: the instant from which the answer may differ although nothing is received; `None`: never."""

    skill: SkillLevel
    memberships: tuple[SegmentMembership, ...]
    due_at: datetime | None


def assess_profile(profile: Profile, segments: Sequence[Segment], now: datetime) -> Assessment:
    """Skill first, then the built-in segments, then the condition segments, which may build on both."""
    level = skill_of(profile.history)
    built_in = assess_segments(profile.history, now, (), _never, profile.memberships)
    situation = Situation(replace(profile, skill=level, memberships=built_in), _NOWHERE, now)
    compiled = {s.key: compile_condition(s.condition) for s in segments if s.condition is not None}
    memberships = assess_segments(
        profile.history, now, segments, lambda segment: compiled[segment.key].holds(situation), profile.memberships
    )
    instants = [next_assessment_at(profile.history, now), *(p.changes_at(situation) for p in compiled.values())]
    return Assessment(level, memberships, min((i for i in instants if i is not None), default=None))


def _never(_: Segment) -> bool:
    return False
