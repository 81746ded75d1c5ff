"""What can this release train, and how does it read what it trained? The one place where models are registered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from app.training.runs import Curriculum
from domain.model.insights import ModelTask
from prediction.churn.trainers import ChurnTrainer
from prediction.lifetime_value.trainers import LifetimeValueTrainer
from prediction.next_actions.training import NextActionTrainer
from prediction.recommendations.segments import segment_in
from prediction.recommendations.training import RecommendationTrainer
from prediction.segments.trainers import SegmentsTrainer
from prediction.serving.kinds import KINDS
from prediction.signals.catalogue import SIGNALS, SIGNALS_VERSION
from prediction.training.jobs import Course
from prediction.training.planning import planned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prediction.training.outcomes import Trainer
    from prediction.training.plans import Plan


def _recommendations(plan: Plan) -> RecommendationTrainer:
    """Strangers are told apart by the segment that they are in when the data ends."""
    return RecommendationTrainer(plan, partial(segment_in, now=plan.ends_at))


def _next_actions(_: Plan) -> NextActionTrainer:
    """Splits the logs itself, each user's by their own actions: what comes next has no horizon."""
    return NextActionTrainer()


TRAINERS: Mapping[ModelTask, Callable[[Plan], Trainer[Any]]] = {
    ModelTask.CHURN: ChurnTrainer,
    ModelTask.LIFETIME_VALUE: LifetimeValueTrainer,
    ModelTask.NEXT_ACTION: _next_actions,
    ModelTask.RECOMMENDATION: _recommendations,
    ModelTask.SEGMENTS: SegmentsTrainer,
}
WITHOUT_SIGNALS = frozenset({ModelTask.NEXT_ACTION, ModelTask.RECOMMENDATION})
"""These read what users did one after another, and whether signals drift is nothing to them."""


def _course(task: ModelTask, trainer: Callable[[Plan], Trainer[Any]]) -> Course:
    kind = KINDS[task]
    return Course(trainer, kind.read, kind, reads_signals=task not in WITHOUT_SIGNALS)


COURSES: Mapping[ModelTask, Course] = {task: _course(task, trainer) for task, trainer in TRAINERS.items()}


def curriculum() -> Curriculum:
    """Everything that `attune train` trains by default."""
    names = tuple(signal.name for signal in SIGNALS)
    return Curriculum(COURSES, names, str(SIGNALS_VERSION), plan=planned)
