"""Which tasks can be evaluated, and what does each need of a log?"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from app.replay.fields import Field
from domain.model.insights import ModelTask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Task(StrEnum):
    """The value is its name in `--task`."""

    CHURN = "churn"
    LTV = "ltv"
    NEXT = "next"
    RECOMMEND = "recommend"
    SEGMENTS = "segments"


MODEL_TASKS: Mapping[Task, ModelTask] = {
    Task.CHURN: ModelTask.CHURN,
    Task.LTV: ModelTask.LIFETIME_VALUE,
    Task.NEXT: ModelTask.NEXT_ACTION,
    Task.RECOMMEND: ModelTask.RECOMMENDATION,
    Task.SEGMENTS: ModelTask.SEGMENTS,
}

NEEDED: Mapping[Task, Sequence[Field]] = {
    Task.CHURN: (Field.USER, Field.TIME),
    Task.LTV: (Field.USER, Field.TIME, Field.VALUE),
    Task.NEXT: (Field.USER, Field.TIME, Field.TARGET),
    Task.RECOMMEND: (Field.USER, Field.TARGET),
    Task.SEGMENTS: (Field.USER, Field.TIME),
}
"""What has to come from somewhere, beside the kind. Without times a part of each user's targets is hidden by chance."""
