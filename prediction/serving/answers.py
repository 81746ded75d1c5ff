"""What do models of each task say of users, in the words of the domain?

Nobody is judged of whom nothing is known: only what is recommended, or expected, of everybody is said of them, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.insights import ChurnRisk, LifetimeValue
from domain.rules.insights import MAX_NEXT_ACTIONS, MAX_RECOMMENDED_FEATURES
from prediction.churn.risks import level_of
from prediction.recommendations.segments import dominant_segment
from prediction.segments.classes import with_confidences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.insights import ModelVersion, NextAction, RecommendedFeature
    from domain.model.segments import SegmentMembership
    from domain.ports.predictors import Subject
    from prediction.churn.risks import ChurnModel
    from prediction.lifetime_value.estimates import LifetimeValueModel
    from prediction.next_actions.predictors import NextActionModel
    from prediction.recommendations.recommenders import RecommendationModel
    from prediction.segments.outlooks import SegmentsModel
    from prediction.serving.kinds import Batch


def churn_risks(model: ChurnModel, version: ModelVersion, batch: Batch) -> Sequence[ChurnRisk | None]:
    """Of nobody who was away for longer than those whom the model was trained on: there it would only guess."""
    rows = zip(batch.subjects, model.risks(batch.signals).tolist(), model.knows(batch.signals).tolist(), strict=True)
    return [
        ChurnRisk(risk, level_of(risk), model.horizon_days, version) if _is_known(subject) and known else None
        for subject, risk, known in rows
    ]


def lifetime_values(model: LifetimeValueModel, version: ModelVersion, batch: Batch) -> Sequence[LifetimeValue | None]:
    estimates = model.estimate([subject.habits for subject in batch.subjects], batch.signals, batch.at)
    columns = zip(
        estimates.told.tolist(),
        estimates.expected.tolist(),
        estimates.low.tolist(),
        estimates.high.tolist(),
        estimates.expected_conversions.tolist(),
        estimates.probability_active.tolist(),
        strict=True,
    )
    values = [
        LifetimeValue(expected, low, high, model.horizon_days, conversions, active, version) if told else None
        for told, expected, low, high, conversions, active in columns
    ]
    return [value if _is_known(subject) else None for subject, value in zip(batch.subjects, values, strict=True)]


def next_actions(model: NextActionModel, _: ModelVersion, batch: Batch) -> Sequence[tuple[NextAction, ...] | None]:
    said = model.next_actions_of_all([subject.habits.trail for subject in batch.subjects], MAX_NEXT_ACTIONS)
    return [actions if _is_known(subject) else None for subject, actions in zip(batch.subjects, said, strict=True)]


def recommendations(
    model: RecommendationModel, _: ModelVersion, batch: Batch
) -> Sequence[tuple[RecommendedFeature, ...]]:
    """Also to strangers: what people like them take up, or what is popular now."""
    histories = [subject.profile.history for subject in batch.subjects]
    return model.recommend_to_all(
        [history.features for history in histories],
        lambda number: dominant_segment(histories[number], batch.at),
        batch.at,
        MAX_RECOMMENDED_FEATURES,
        batch.offered,
    )


def outlooks(model: SegmentsModel, _: ModelVersion, batch: Batch) -> Sequence[tuple[SegmentMembership, ...]]:
    """Also of strangers: how likely each segment is for anybody."""
    histories = [subject.profile.history for subject in batch.subjects]
    told = model.outlook(with_confidences(batch.signals, histories, batch.at), batch.at)
    return [
        outlook if _is_known(subject) else model.outlook_of_nobody_known(batch.at)
        for subject, outlook in zip(batch.subjects, told, strict=True)
    ]


def _is_known(subject: Subject) -> bool:
    return subject.profile.history.last_seen_us is not None
