"""Which one number does a model say of a user, if it says one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.insights import ModelTask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.model.insights import Insights


def _risk(insights: Insights) -> float | None:
    return None if insights.churn is None else insights.churn.risk


def _expected_value(insights: Insights) -> float | None:
    return None if insights.lifetime_value is None else insights.lifetime_value.expected


_SCORES: Mapping[ModelTask, Callable[[Insights], float | None]] = {
    ModelTask.CHURN: _risk,
    ModelTask.LIFETIME_VALUE: _expected_value,
}


def score_in(insights: Insights, task: ModelTask) -> float | None:
    """What the task's model said; `None` where it said nothing, or says several things of everybody."""
    score = _SCORES.get(task)
    return None if score is None else score(insights)
