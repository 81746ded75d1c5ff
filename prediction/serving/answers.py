"""What do models of each task say of users, in the words of the domain?

Nobody is judged of whom nothing is known: only what is recommended, or expected, of everybody is said of them, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.insights import LifetimeValue
from domain.rules.insights import MAX_NEXT_ACTIONS, MAX_RECOMMENDED_FEATURES
from prediction.recommendations.segments import dominant_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.insights import ModelVersion, NextAction, RecommendedFeature
    from domain.ports.predictors import Subject
    from prediction.lifetime_value.estimates import LifetimeValueModel
    from prediction.next_actions.predictors import NextActionModel
    from prediction.recommendations.recommenders import RecommendationModel
    from prediction.serving.kinds import Batch


def lifetime_values(model: LifetimeValueModel, version: ModelVersion, batch: Batch) -> Sequence[LifetimeValue | None]:
    estimates = model.estimate([subject.habits for subject in batch.subjects], batch.signals, batch.at)
    columns = zip(
        estimates.expected.tolist(),
        estimates.low.tolist(),
        estimates.high.tolist(),
        estimates.expected_conversions.tolist(),
        estimates.probability_active.tolist(),
        strict=True,
    )
    values = [
        LifetimeValue(expected, low, high, model.horizon_days, conversions, active, version)
        for expected, low, high, conversions, active in columns
    ]
    return [value if _is_known(subject) else None for subject, value in zip(batch.subjects, values, strict=True)]


def next_actions(model: NextActionModel, _: ModelVersion, batch: Batch) -> Sequence[tuple[NextAction, ...] | None]:
    said = model.next_actions_of_all([subject.habits.trail for subject in batch.subjects], MAX_NEXT_ACTIONS)
    return [actions if _is_known(subject) else None for subject, actions in zip(batch.subjects, said, strict=True)]


def recommendations(
    model: RecommendationModel, _: ModelVersion, batch: Batch
) -> Sequence[tuple[RecommendedFeature, ...]]:
    """Also to strangers: what people like them take up, or what is popular now."""

    def one(subject: Subject) -> tuple[RecommendedFeature, ...]:
        history = subject.profile.history
        segment = dominant_segment(history, batch.at)
        return model.recommend(history.features, segment, batch.at, MAX_RECOMMENDED_FEATURES)

    return [one(subject) for subject in batch.subjects]


def _is_known(subject: Subject) -> bool:
    return subject.profile.history.last_seen_us is not None
