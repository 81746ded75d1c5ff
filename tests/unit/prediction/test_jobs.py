"""Does a job train what can be trained, say of the rest why not, and read only what it wrote?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from domain.model.insights import ModelTask, ModelVersion
from domain.model.trained_models import Artifact, ArtifactFlaw, ArtifactRefused, TrainingResult
from domain.model.users import UserId
from domain.rules.artifacts import fingerprint
from prediction.boosting import LocalBoosting
from prediction.training.jobs import Circumstances, Course, Job, Result, plan_document, read_model
from prediction.training.outcomes import TrainingRefused
from tests.builders.interactions import interaction
from tests.builders.trainers import PLAN, SIGNALS, START, BaseRate, BaseRateTrainer
from tests.builders.training_logs import visits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prediction.boosting import Boosting
    from prediction.training.logs import UserLog
    from prediction.training.outcomes import Storable, Trained
    from prediction.training.plans import Plan

COURSE = Course(BaseRateTrainer, BaseRate.of_parts)
CIRCUMSTANCES = Circumstances(
    plan=PLAN,
    signals=SIGNALS,
    signals_version="1",
    since=START,
    until=PLAN.ends_at,
    users=3,
    seed=1,
    trained_at=PLAN.ends_at,
    new_version=lambda: ModelVersion("v1"),
)
LOGS = (
    visits("ada", 29, 31, 36, 38),
    visits("bea", 29, 36),
    visits("cy", 10, 20, 30, 32),
    visits("dee", 29, 38),
    visits("eve", 28),
)


class Refusing(BaseRateTrainer):
    def train(self, boosting: Boosting) -> Trained[BaseRate]:
        del boosting
        raise TrainingRefused("there is too little of everything")


class RefusingEarly(BaseRateTrainer):
    def add(self, log: UserLog) -> None:
        raise TrainingRefused(f"{log.user_id} has no such thing")


class Broken(BaseRateTrainer):
    def train(self, boosting: Boosting) -> Trained[BaseRate]:
        del boosting
        raise ZeroDivisionError


def no_trainer(_: Plan) -> BaseRateTrainer:
    raise ZeroDivisionError


class Pickling(BaseRateTrainer):
    def train(self, boosting: Boosting) -> Trained[Any]:
        return replace(super().train(boosting), model=Pickled(0.5))


class Pickled(BaseRate):
    def parts(self) -> Mapping[str, bytes]:
        return {"model.pkl": b""}


def results(
    courses: Mapping[ModelTask, Course], in_use: Mapping[ModelTask, Storable] | None = None
) -> Mapping[ModelTask, Result]:
    job = Job(courses, PLAN)
    for log in LOGS:
        job.add(log)
    return {result.task: result for result in job.results(LocalBoosting(), CIRCUMSTANCES, in_use or {})}


def trained(in_use: BaseRate | None = None) -> Result:
    return results({ModelTask.CHURN: COURSE}, {} if in_use is None else {ModelTask.CHURN: in_use})[ModelTask.CHURN]


def artifact() -> Artifact:
    made = trained().artifact
    assert made is not None
    return made


def test_a_model_comes_with_everything_that_is_known_of_it() -> None:
    manifest = artifact().manifest
    assert (manifest.task, manifest.version) == (ModelTask.CHURN, "v1")
    assert manifest.sha256 == fingerprint(artifact().parts)
    assert (manifest.since, manifest.until, manifest.users, manifest.seed) == (START, PLAN.ends_at, 3, 1)
    assert manifest.card.training_rows == 5
    assert manifest.card.quality[0].metric == "log loss"
    assert manifest.plan == plan_document(PLAN)
    assert manifest.plan["test"] == [PLAN.test[0].isoformat()]
    assert {*manifest.libraries} == {"numpy", "scipy", "xgboost-cpu"}
    assert manifest.reference is not None
    assert {*manifest.reference.signals} == {*SIGNALS}


def test_what_cannot_be_trained_leaves_the_others_alone() -> None:
    found = results(
        {
            ModelTask.LIFETIME_VALUE: Course(RefusingEarly, BaseRate.of_parts),
            ModelTask.NEXT_ACTION: Course(Refusing, BaseRate.of_parts),
            ModelTask.SEGMENTS: Course(Broken, BaseRate.of_parts),
            ModelTask.RECOMMENDATION: Course(no_trainer, BaseRate.of_parts),
            ModelTask.CHURN: COURSE,
        }
    )
    assert {task: (one.result, one.message) for task, one in found.items() if one.artifact is None} == {
        ModelTask.LIFETIME_VALUE: (TrainingResult.REFUSED, "ada has no such thing"),
        ModelTask.NEXT_ACTION: (TrainingResult.REFUSED, "there is too little of everything"),
        ModelTask.SEGMENTS: (TrainingResult.FAILED, "training broke (ZeroDivisionError)"),
        ModelTask.RECOMMENDATION: (TrainingResult.FAILED, "training broke (ZeroDivisionError)"),
    }
    assert found[ModelTask.CHURN].result is TrainingResult.SWITCHED


def test_a_model_whose_parts_may_not_be_stored_is_refused() -> None:
    only = results({ModelTask.CHURN: Course(Pickling, BaseRate.of_parts)})[ModelTask.CHURN]
    assert (only.result, only.message) == (TrainingResult.REFUSED, "'model.pkl' is no part of a model")


def test_a_model_is_switched_to_only_if_it_is_better_on_the_same_window() -> None:
    better, worse = trained(in_use=BaseRate(0.01)), trained(in_use=BaseRate(0.4))
    assert better.result is TrainingResult.SWITCHED
    assert better.message.startswith("better than the model in use: log loss 0.")
    assert worse.result is TrainingResult.KEPT_AS_CANDIDATE
    assert worse.message.startswith("not better than the model in use: log loss 0.")
    assert worse.artifact == artifact()


def test_an_equal_model_is_not_better() -> None:
    assert trained(in_use=BaseRate.of_parts(artifact().parts)).result is TrainingResult.KEPT_AS_CANDIDATE


def test_a_stored_model_is_read_as_it_was() -> None:
    assert read_model(COURSE, artifact(), "1").parts() == artifact().parts


def flaw(damaged: Artifact, course: Course = COURSE, signals_version: str = "1") -> ArtifactFlaw:
    with pytest.raises(ArtifactRefused) as refused:
        read_model(course, damaged, signals_version)
    return refused.value.flaw


def reparted(parts: Mapping[str, bytes]) -> Artifact:
    """A whole artifact of other parts."""
    return Artifact(replace(artifact().manifest, sha256=fingerprint(parts)), parts)


def test_whatever_is_wrong_with_an_artifact_is_a_refusal() -> None:
    whole = artifact()
    truncated = {name: content[:-1] for name, content in whole.parts.items()}
    assert flaw(replace(whole, parts=truncated)) is ArtifactFlaw.TAMPERED
    assert flaw(replace(whole, parts={})) is ArtifactFlaw.UNREADABLE
    assert flaw(whole, signals_version="2") is ArtifactFlaw.OTHER_SIGNALS
    assert flaw(reparted(truncated)) is ArtifactFlaw.UNREADABLE
    assert flaw(reparted({"other.json": b"{}"})) is ArtifactFlaw.UNREADABLE
    assert flaw(reparted({**whole.parts, "more.json": b"{}"})) is ArtifactFlaw.UNREADABLE
    assert flaw(reparted({"../rate.json": b"{}"})) is ArtifactFlaw.UNREADABLE
    assert flaw(reparted({f"p{n}.npy": b"" for n in range(65)})) is ArtifactFlaw.TOO_LARGE


def test_equal_logs_make_equal_artifacts_in_whatever_order_they_come() -> None:
    numbers = count()
    fingerprints = set()
    for logs in (LOGS, LOGS[::-1]):
        job = Job({ModelTask.CHURN: COURSE}, PLAN)
        for log in logs:
            job.add(log)
        of_this = replace(CIRCUMSTANCES, new_version=lambda: ModelVersion(f"v{next(numbers)}"))
        (result,) = job.results(LocalBoosting(), of_this, {})
        assert result.artifact is not None
        fingerprints.add(result.artifact.manifest.sha256)
    assert len(fingerprints) == 1
    assert next(numbers) == 2


def test_what_happened_after_a_cut_off_is_not_known_there() -> None:
    late = interaction(PLAN.training[0] - timedelta(days=1), user_id=UserId("late"))
    job = Job({ModelTask.CHURN: COURSE}, PLAN)
    job.add(visits("late", (29, 33)))
    assert late.occurred_at < PLAN.training[0]
    (result,) = job.results(LocalBoosting(), CIRCUMSTANCES, {})
    assert result.message == "nobody was active at a cut-off"


class Unreferring(BaseRateTrainer):
    def train(self, boosting: Boosting) -> Trained[BaseRate]:
        return replace(super().train(boosting), reference=None)


def test_what_a_trainer_does_not_say_of_its_population_the_job_says() -> None:
    reading, blind = (Course(Unreferring, BaseRate.of_parts, reads_signals=reads) for reads in (True, False))
    found = results({ModelTask.CHURN: reading, ModelTask.RECOMMENDATION: blind})
    made = {task: one.artifact for task, one in found.items() if one.artifact is not None}
    reference = made[ModelTask.CHURN].manifest.reference
    assert reference is not None
    assert (reference.rows, [*reference.signals]) == (5, [*SIGNALS])
    assert made[ModelTask.RECOMMENDATION].manifest.reference is None
