"""Do trained models, written down and read again, answer about users as insights?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from domain.model.habits import Habits
from domain.model.insights import ModelTask, ModelVersion
from domain.model.profiles import Profile
from domain.model.segments import MembershipSource
from domain.model.trained_models import Artifact, ArtifactRefused
from domain.model.users import UserId
from domain.ports.predictors import Subject
from domain.rules.artifacts import fingerprint
from domain.rules.folding.habits import habits_from_scratch
from domain.rules.profiles import fold_from_scratch
from domain.use_cases.current_models import LoadedModel
from prediction.boosting import LocalBoosting
from prediction.churn.trainers import ChurnTrainer
from prediction.lifetime_value.trainers import LifetimeValueTrainer
from prediction.next_actions.training import NextActionTrainer
from prediction.recommendations.training import RecommendationTrainer
from prediction.segments.trainers import SegmentsTrainer
from prediction.serving.kinds import KINDS, reader_of
from prediction.serving.predictors import InProcessPredictor
from tests.builders.buyers import BEGINNING, DAYS, PLAN, generated_logs, log_of
from tests.builders.interactions import feature_use
from tests.builders.tiny_models import tiny_artifact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.model.interactions import Interaction
    from prediction.training.logs import UserLog
    from prediction.training.outcomes import Trainer

NOW = BEGINNING + timedelta(days=DAYS)
V1 = ModelVersion("v1")
FEATURES = ("board", "chart", "export", "share")
STRANGER = Subject(Profile(UserId("stranger")), Habits())


def feature_logs(users: int) -> list[UserLog]:
    """Everybody takes up a feature every 100 days, some in another order than others, and uses it again."""
    return [log_of(f"user-{number}", _uses(number, len(FEATURES) - number % 2)) for number in range(users)]


def _uses(number: int, features: int) -> list[Interaction]:
    begun = [(FEATURES[(number + step) % len(FEATURES)], 30 + 100 * step) for step in range(features)]
    return [feature_use(name, BEGINNING + timedelta(days=day + later)) for name, day in begun for later in (0, 3)]


BUYERS, USERS = generated_logs(260), feature_logs(80)
TRAINED: Mapping[ModelTask, tuple[Trainer[Any], Sequence[UserLog]]] = {
    ModelTask.CHURN: (ChurnTrainer(PLAN), BUYERS),
    ModelTask.LIFETIME_VALUE: (LifetimeValueTrainer(PLAN), BUYERS),
    ModelTask.NEXT_ACTION: (NextActionTrainer(), USERS),
    ModelTask.RECOMMENDATION: (RecommendationTrainer(PLAN), USERS),
    ModelTask.SEGMENTS: (SegmentsTrainer(PLAN), BUYERS),
}


def subject(log: UserLog) -> Subject:
    done = [recorded.interaction for recorded in log.interactions]
    return Subject(Profile(log.user_id, 1, fold_from_scratch(done)), habits_from_scratch(done))


@pytest.fixture(scope="module")
def artifacts() -> list[Artifact]:
    """Of every task that this release serves."""
    return [_artifact(task, *trained) for task, trained in TRAINED.items()]


def _artifact(task: ModelTask, trainer: Trainer[Any], logs: Sequence[UserLog]) -> Artifact:
    for log in logs:
        trainer.add(log)
    parts = trainer.train(LocalBoosting()).model.parts()
    return Artifact(replace(tiny_artifact(task).manifest, sha256=fingerprint(parts)), parts)


@pytest.fixture(scope="module")
def predictor(artifacts: list[Artifact]) -> InProcessPredictor:
    read = reader_of(KINDS)
    return InProcessPredictor({a.manifest.task: LoadedModel(a.manifest, read(a)) for a in artifacts}, 1, KINDS)


def test_every_served_task_is_looked_at_here() -> None:
    assert set(TRAINED) == set(KINDS)


def test_what_buyers_will_spend_is_told_with_its_interval(predictor: InProcessPredictor) -> None:
    predicted = predictor.predict([subject(log) for log in BUYERS[:40]], NOW)
    values = [one.insights.lifetime_value for one in predicted if one.insights is not None]

    assert len(values) == 40
    assert all(value is not None and value.model == V1 and value.horizon_days == 90 for value in values)
    assert len({value.expected for value in values if value is not None}) > 10


def test_how_likely_buyers_stay_away_is_told_with_what_speaks_for_it(predictor: InProcessPredictor) -> None:
    predicted = predictor.predict([subject(log) for log in BUYERS[:40]], NOW)

    churns = [one.insights.churn for one in predicted if one.insights is not None]
    long_away = [NOW - log.interactions[-1].received_at >= PLAN.active for log in BUYERS[:40]]
    assert [churn is None for churn in churns] == long_away
    assert 0 < sum(long_away) < 40
    assert all(0 < churn.risk < 1 and churn.model == V1 for churn in churns if churn is not None)
    factors = predictor.factors(ModelTask.CHURN, V1, [one.signals for one in predicted])
    assert all(of_one and all(factor.text for factor in of_one) for of_one in factors)


def test_the_segments_of_the_next_horizon_are_told_as_the_models(predictor: InProcessPredictor) -> None:
    (predicted,) = predictor.predict([subject(BUYERS[0])], NOW)

    assert predicted.insights is not None
    outlook = predicted.insights.outlook
    assert {one.source for one in outlook} == {MembershipSource.MODEL}
    assert sum(one.confidence for one in outlook) <= 1 + 1e-9


def test_features_are_recommended_that_a_user_does_not_have(predictor: InProcessPredictor) -> None:
    known = subject(USERS[1])
    (predicted,) = predictor.predict([known], NOW)

    assert predicted.insights is not None
    recommended = [one.feature for one in predicted.insights.recommendations]
    assert recommended == sorted(set(FEATURES) - set(known.profile.history.features))
    assert all(one.reason for one in predicted.insights.recommendations)


def test_what_comes_next_follows_from_what_came_before(predictor: InProcessPredictor) -> None:
    (predicted,) = predictor.predict([subject(USERS[1])], NOW)

    assert predicted.insights is not None
    actions = predicted.insights.next_actions
    assert {action.target for action in actions} <= set(FEATURES)
    assert [action.probability for action in actions] == sorted((a.probability for a in actions), reverse=True)
    assert sum(action.probability for action in actions) <= 1 + 1e-9


def test_only_what_is_offered_is_recommended_if_anything_is(predictor: InProcessPredictor) -> None:
    (predicted,) = predictor.predict([STRANGER], NOW, frozenset({"export", "never heard of"}))

    assert predicted.insights is not None
    assert [one.feature for one in predicted.insights.recommendations] == ["export"]


def test_of_a_stranger_nothing_is_said_but_what_is_said_to_everybody(predictor: InProcessPredictor) -> None:
    (predicted,) = predictor.predict([STRANGER], NOW)

    assert predicted.insights is not None
    assert predicted.insights.lifetime_value is None
    assert predicted.insights.churn is None
    assert predicted.insights.next_actions == ()
    assert predicted.insights.outlook
    assert {one.feature for one in predicted.insights.recommendations} == set(FEATURES)


def test_a_user_gets_the_same_bits_alone_and_with_others(predictor: InProcessPredictor) -> None:
    everybody = [subject(log) for log in (*BUYERS[:30], *USERS[:30])] + [STRANGER]

    assert predictor.predict(everybody, NOW) == [predictor.predict([one], NOW)[0] for one in everybody]


@pytest.mark.parametrize("task", KINDS)
def test_an_artifact_with_a_part_missing_or_cut_is_refused(artifacts: list[Artifact], task: ModelTask) -> None:
    (artifact,) = [a for a in artifacts if a.manifest.task is task]
    for name, content in artifact.parts.items():
        without = {other: part for other, part in artifact.parts.items() if other != name}
        for parts in (without, {**artifact.parts, name: content[: len(content) // 2]}):
            with pytest.raises(ArtifactRefused):
                reader_of(KINDS)(replace(artifact, parts=parts))
