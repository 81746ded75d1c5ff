"""Are the models of this release trained alike every time, stored, read again, and able to answer?"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from app.training.courses import COURSES, curriculum
from app.training.runs import Order, TrainModels
from domain.model.trained_models import TrainingResult
from domain.ports.training_data import DataWindow
from domain.use_cases.current_models import CurrentModels, ReadModels
from prediction.boosting import LocalBoosting
from prediction.serving.kinds import KINDS, PART_OF_INSIGHTS, reader_of
from prediction.serving.predictors import InProcessPredictor
from prediction.training.logs import UserLog
from prediction.training.planning import planned
from prediction.training.samples import Sample
from prediction.training.surveys import Survey
from tests.fakes.buses import InMemoryBus
from tests.fakes.clocks import ManualClock
from tests.integration.training.populations import populate_richly

if TYPE_CHECKING:
    from domain.model.insights import ModelTask
    from domain.model.trained_models import Replacement
    from domain.ports.units_of_work import UnitsOfWork
    from prediction.serving.kinds import Batch

pytest_plugins = ("tests.integration.postgres.databases",)


async def fingerprints(begin: UnitsOfWork) -> dict[ModelTask, set[str]]:
    found: dict[ModelTask, set[str]] = {}
    async with begin() as work:
        for model in await work.trained_models.registered():
            found.setdefault(model.manifest.task, set()).add(model.manifest.sha256)
    return found


async def active_users(begin: UnitsOfWork, window: DataWindow) -> Batch:
    async with begin() as work:
        read = [log async for log in work.training_data.logs(window, 1.0)]
    survey = Survey()
    logs = [UserLog(log[0].interaction.user_id, log) for log in read]
    for log in logs:
        survey.add(log)
    sample = Sample(planned(survey))
    for log in logs:
        sample.add(log)
    return sample.batch()


async def test_every_model_of_this_release_is_trained_alike_twice_and_answers(begin: UnitsOfWork) -> None:
    window = DataWindow(await populate_richly(begin))
    numbers = count(10_000_000)
    train = TrainModels(begin, InMemoryBus(), ManualClock(), curriculum(), LocalBoosting, lambda: str(next(numbers)))
    first, again = [await train(Order(tuple(COURSES), window)) for _ in range(2)]
    assert {outcome.result for outcome in first.outcomes} == {TrainingResult.SWITCHED}, first
    assert TrainingResult.FAILED not in {outcome.result for outcome in again.outcomes}, again
    assert {task: len(different) for task, different in (await fingerprints(begin)).items()} == dict.fromkeys(
        COURSES, 1
    )

    refused: list[Replacement] = []
    loaded = await CurrentModels(
        begin, ReadModels(curriculum().signals_version, reader_of(KINDS), refused.append)
    ).refresh()
    assert (set(loaded), refused) == (set(COURSES), [])
    users = await active_users(begin, window)
    said = [one.insights for one in InProcessPredictor(loaded, 1, KINDS).predict(users.subjects, users.at)]
    for task in COURSES:  # who will be in no segment is told none
        assert any(getattr(insights, PART_OF_INSIGHTS[task]) for insights in said), task
