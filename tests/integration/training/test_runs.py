"""Does a training read what it may, store what comes of it, and put in use only what is better?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from app.training.runs import Curriculum, Order, TrainingIsRunning, TrainModels
from domain.model.insights import ModelTask
from domain.model.news import ModelsChanged, Resynchronised
from domain.model.trained_models import Standing, Training, TrainingCause, TrainingResult
from domain.ports.training_data import DataWindow
from prediction.boosting import LocalBoosting
from prediction.training.jobs import Course
from prediction.training.outcomes import TrainingRefused
from tests.builders.trainers import PLAN, SIGNALS, BaseRate, BaseRateTrainer
from tests.fakes.buses import InMemoryBus
from tests.fakes.clocks import ManualClock
from tests.integration.training.populations import choose, import_late, populate

if TYPE_CHECKING:
    from domain.model.trained_models import Artifact
    from domain.ports.units_of_work import UnitsOfWork
    from prediction.boosting import Boosting
    from prediction.training.outcomes import Trained
    from prediction.training.plans import Plan
    from prediction.training.surveys import Survey

pytest_plugins = ("tests.integration.postgres.databases",)

CHURN = ModelTask.CHURN
WINDOW = DataWindow(PLAN.ends_at)
FIRST = (TrainingResult.SWITCHED, "no model was in use")


class Refusing(BaseRateTrainer):
    def train(self, boosting: Boosting) -> Trained[BaseRate]:
        del boosting
        raise TrainingRefused("nothing here can be segmented")


class Broken(BaseRateTrainer):
    def train(self, boosting: Boosting) -> Trained[BaseRate]:
        del boosting
        raise ZeroDivisionError


def planned(survey: Survey) -> Plan:
    if survey.users == 0:
        raise TrainingRefused("nobody did anything")
    return PLAN


def curriculum(**courses: type[BaseRateTrainer]) -> Curriculum:
    trained = {ModelTask(task): Course(trainer, BaseRate.of_parts) for task, trainer in courses.items()}
    return Curriculum(trained, SIGNALS, "1", planned)


ONLY_CHURN = curriculum(churn=BaseRateTrainer)


@dataclass(slots=True)
class School:
    """Trains on a database, and knows what it published."""

    begin: UnitsOfWork
    bus: InMemoryBus
    train: TrainModels

    async def __call__(self, known: Curriculum = ONLY_CHURN, **order: object) -> Training:
        tasks = tuple(known.courses)
        ordered = replace(Order(tasks, WINDOW), **order)  # type: ignore[arg-type]  # any field of an order
        return await replace(self.train, curriculum=known)(ordered)

    async def in_use(self) -> Artifact:
        async with self.begin() as work:
            return (await work.trained_models.in_use()).artifacts[CHURN]

    async def standings(self) -> list[Standing]:
        async with self.begin() as work:
            return [model.standing for model in await work.trained_models.registered()]


@pytest.fixture
def school(begin: UnitsOfWork) -> School:
    bus, numbers = InMemoryBus(), count(10_000_000)
    training = TrainModels(begin, bus, ManualClock(), ONLY_CHURN, LocalBoosting, lambda: str(next(numbers)))
    return School(begin, bus, training)


async def test_a_first_model_is_put_in_use_and_everybody_is_told(begin: UnitsOfWork, school: School) -> None:
    await populate(begin)
    news = school.bus.listen()
    assert await anext(news) == Resynchronised()

    ended = await school(cause=TrainingCause.SCHEDULE, seed=7)
    (outcome,) = ended.outcomes
    assert (outcome.result, outcome.message) == FIRST
    assert await anext(news) == ModelsChanged(1)
    await news.aclose()
    manifest = (await school.in_use()).manifest
    assert manifest.version == outcome.version
    assert (manifest.until, manifest.seed, manifest.users) == (PLAN.ends_at, 7, 60)
    assert manifest.card.training_rows > 30
    async with begin() as work:
        assert await work.trainings.latest(9) == [ended]
    assert ended.cause is TrainingCause.SCHEDULE


async def test_equal_data_and_seed_give_the_same_artifact(begin: UnitsOfWork, school: School) -> None:
    await populate(begin)
    fingerprints = set()
    for _ in range(2):
        await school()
        async with begin() as work:
            fingerprints |= {model.manifest.sha256 for model in await work.trained_models.registered()}
    assert len(fingerprints) == 1


async def test_a_model_that_is_no_better_is_kept_as_a_candidate_and_said_so(begin: UnitsOfWork, school: School) -> None:
    await populate(begin)
    await school()
    first = await school.in_use()

    (again,) = (await school()).outcomes
    assert again.result is TrainingResult.KEPT_AS_CANDIDATE
    assert again.message.startswith("not better than the model in use: log loss")
    assert await school.in_use() == first
    assert sorted(await school.standings()) == [Standing.CANDIDATE, Standing.IN_USE]


async def test_a_better_model_replaces_the_one_in_use(begin: UnitsOfWork, school: School) -> None:
    await populate(begin, users=12, seed=3)
    await school()
    await populate(begin, users=80, seed=5, name="more")

    (again,) = (await school()).outcomes
    assert again.result is TrainingResult.SWITCHED
    assert again.message.startswith("better than the model in use: log loss")
    assert sorted(await school.standings()) == [Standing.IN_USE, Standing.PREVIOUS]


async def test_what_cannot_be_trained_is_said_and_stops_nobody(begin: UnitsOfWork, school: School) -> None:
    await populate(begin)
    known = curriculum(segments=Refusing, next_action=Broken, churn=BaseRateTrainer)
    with capture_logs() as logged:
        ended = await school(known)

    assert [(o.task, o.result, o.message) for o in ended.outcomes] == [
        (ModelTask.SEGMENTS, TrainingResult.REFUSED, "nothing here can be segmented"),
        (ModelTask.NEXT_ACTION, TrainingResult.FAILED, "training broke (ZeroDivisionError)"),
        (CHURN, *FIRST),
    ]
    assert [line["event"] for line in logged] == ["training_broke"]


async def test_nothing_to_train_on_refuses_every_task(school: School) -> None:
    known = curriculum(segments=BaseRateTrainer, churn=BaseRateTrainer)
    ended = await school(known)
    assert {(o.result, o.message) for o in ended.outcomes} == {(TrainingResult.REFUSED, "nobody did anything")}
    assert len(ended.outcomes) == 2


async def test_who_allows_no_models_leaves_no_trace_in_them(begin: UnitsOfWork, school: School) -> None:
    await populate(begin, users=40)
    await school()
    without = await school.in_use()

    await populate(begin, users=30, seed=9, name="private")
    for number in range(30):
        await choose(begin, f"private-{number}", use_of_models=False)
    (again,) = (await school()).outcomes
    async with begin() as work:
        assert again.version is not None
        trained = await work.trained_models.get(CHURN, again.version)
    assert trained is not None
    assert trained.manifest.sha256 == without.manifest.sha256
    assert trained.manifest.users == without.manifest.users


async def test_imported_history_is_refused_with_the_option_that_helps(begin: UnitsOfWork, school: School) -> None:
    await import_late(begin)
    (refused,) = (await school()).outcomes
    assert refused.result is TrainingResult.REFUSED
    assert "--received-as-occurred" in refused.message

    (trained,) = (await school(window=replace(WINDOW, received_as_occurred=True))).outcomes
    assert (trained.result, trained.message) == FIRST


async def test_imported_history_taken_as_it_occurred_trains_the_model_of_history_received_then(
    begin: UnitsOfWork, school: School
) -> None:
    await populate(begin)
    await school()
    (again,) = (await school(window=replace(WINDOW, received_as_occurred=True))).outcomes
    async with begin() as work:
        assert again.version is not None
        trained = await work.trained_models.get(CHURN, again.version)
    assert trained is not None
    assert trained.manifest.sha256 == (await school.in_use()).manifest.sha256


async def test_only_one_process_trains(begin: UnitsOfWork, school: School) -> None:
    async with begin() as other:
        assert await other.trainings.claim()
        with pytest.raises(TrainingIsRunning):
            await school()
    async with begin() as work:
        assert await work.trainings.latest(9) == []


async def test_a_training_that_is_interrupted_keeps_nobody_from_the_next_one(
    begin: UnitsOfWork, school: School
) -> None:
    await populate(begin, users=5)

    def interrupted(_: int) -> Boosting:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await replace(school.train, boosting=interrupted)(Order((CHURN,), WINDOW))
    async with begin() as work:
        (known,) = await work.trainings.latest(9)
    assert known.ended_at is None
    assert (await school(window=DataWindow(PLAN.ends_at + timedelta(days=1)))).ended_at is not None


async def test_a_model_in_use_that_cannot_be_read_is_no_rival(begin: UnitsOfWork, school: School) -> None:
    await populate(begin)
    await school()
    newer = replace(ONLY_CHURN, signals_version="2")
    with capture_logs() as logged:
        (again,) = (await school(newer)).outcomes
    assert (again.result, again.message) == FIRST
    assert [line["event"] for line in logged] == ["model_refused"]
    assert (await school.in_use()).manifest.signals_version == "2"
