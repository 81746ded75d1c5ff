"""Which trainer evaluates which task, and when does it look at users if nobody says so?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prediction.training.outcomes import TrainingRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.evaluation.events import EventLog
    from app.evaluation.tasks import Task
    from prediction.training.outcomes import Trainer
    from prediction.training.plans import Plan

TRAINERS: Mapping[Task, Callable[[Plan], Trainer[Any]]] = {}


def planned(log: EventLog) -> Plan:
    """The plan that the log's own rhythm gives."""
    raise TrainingRefused(f"{len(log.users)} users are too few")
