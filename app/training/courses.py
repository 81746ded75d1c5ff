"""What can this release train, and how does it read what it trained? The one place where models are registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.training.runs import Curriculum
from domain.model.insights import ModelTask
from prediction.lifetime_value.estimates import LifetimeValueModel
from prediction.lifetime_value.trainers import LifetimeValueTrainer
from prediction.recommendations.recommenders import RecommendationModel
from prediction.recommendations.training import RecommendationTrainer
from prediction.signals.catalogue import SIGNALS, SIGNALS_VERSION
from prediction.training.jobs import Course
from prediction.training.planning import planned

if TYPE_CHECKING:
    from collections.abc import Mapping


COURSES: Mapping[ModelTask, Course] = {
    ModelTask.LIFETIME_VALUE: Course(LifetimeValueTrainer, LifetimeValueModel.of_parts),
    ModelTask.RECOMMENDATION: Course(RecommendationTrainer, RecommendationModel.of_parts),
}


def curriculum() -> Curriculum:
    """Everything that `attune train` trains by default."""
    names = tuple(signal.name for signal in SIGNALS)
    return Curriculum(COURSES, names, str(SIGNALS_VERSION), plan=planned)
