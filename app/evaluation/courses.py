"""Which trainer evaluates which task, and when does it look at users if nobody says so? The same as in the product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.evaluation.tasks import MODEL_TASKS
from app.training.courses import curriculum
from prediction.training.outcomes import TrainingRefused
from prediction.training.surveys import Survey

if TYPE_CHECKING:
    from app.evaluation.events import EventLog
    from app.evaluation.tasks import Task
    from prediction.training.outcomes import Trainer
    from prediction.training.plans import Plan


def begun(task: Task, plan: Plan) -> Trainer[Any]:
    """The trainer with which `attune train` begins; raises `TrainingRefused` where nothing is registered."""
    course = curriculum().courses.get(MODEL_TASKS[task])
    if course is None:
        raise TrainingRefused(f"this release has no model for {task} yet")
    return course.trainer(plan)


def planned(log: EventLog) -> Plan:
    """The plan that the log's own rhythm gives; raises `TrainingRefused` if it gives none."""
    survey = Survey()
    for user in log.user_logs():
        survey.add(user)
    return curriculum().plan(survey)
