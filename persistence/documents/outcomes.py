"""How are outcomes written as documents?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.model.interactions import InteractionKind
from domain.model.outcomes import GoalOutcome, Outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping


def outcomes_document(outcomes: Outcomes) -> dict[str, Any]:
    return {
        "goals": [_fields(goal) for goal in outcomes.goals],
        "dismissals": outcomes.dismissals,
        "converted_us": outcomes.converted_us,
        "reach_days": outcomes.reach_days,
        "kinds": outcomes.kinds,
    }


def parse_outcomes(document: Mapping[str, Any]) -> Outcomes:
    goals = tuple(GoalOutcome(*fields) for fields in document["goals"])
    kinds = tuple(InteractionKind(kind) for kind in document["kinds"])
    return Outcomes(goals, document["dismissals"], document["converted_us"], document["reach_days"], kinds)


def _fields(goal: GoalOutcome) -> list[int]:
    return [
        goal.count,
        goal.value_micros,
        goal.count_before,
        goal.value_before_micros,
        goal.measured,
        goal.measured_before,
    ]
