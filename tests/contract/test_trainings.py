"""Does every memory of trainings keep what the port `Trainings` promises?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.model.insights import ModelTask, ModelVersion
from domain.model.trained_models import TaskOutcome, Training, TrainingCause, TrainingResult
from domain.ports.trained_models import KEPT_TRAININGS
from tests.builders.trained_models import TRAINED_AT

if TYPE_CHECKING:
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

OUTCOMES = (
    TaskOutcome(ModelTask.CHURN, TrainingResult.SWITCHED, "beats the model before", ModelVersion("v1")),
    TaskOutcome(ModelTask.SEGMENTS, TrainingResult.REFUSED, "nobody was ever seen"),
)


class TrainingsContract:
    async def test_a_training_is_known_from_its_start_and_with_its_end(self, begin: UnitsOfWork) -> None:
        running = Training("t1", TrainingCause.SCHEDULE, TRAINED_AT)
        ended = replace(running, ended_at=TRAINED_AT + timedelta(minutes=3), outcomes=OUTCOMES)
        async with begin() as work:
            assert await work.trainings.latest(9) == []
            for known in (running, ended):
                await work.trainings.save(known)
                assert await work.trainings.latest(9) == [known]

    async def test_the_latest_come_first_and_old_ones_go(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            for number in range(KEPT_TRAININGS + 2):
                started_at = TRAINED_AT + timedelta(hours=number)
                await work.trainings.save(Training(f"t{number}", TrainingCause.ASKED, started_at))
            kept = [training.id for training in await work.trainings.latest(KEPT_TRAININGS + 2)]
            assert [one.id for one in await work.trainings.latest(1)] == [f"t{KEPT_TRAININGS + 1}"]
        assert kept == [f"t{number}" for number in range(KEPT_TRAININGS + 1, 1, -1)]

    async def test_one_at_a_time_may_train(self, begin: UnitsOfWork) -> None:
        async with begin() as first:
            assert await first.trainings.claim()
            async with begin() as second:
                assert not await second.trainings.claim()
        async with begin() as third:
            assert await third.trainings.claim()


class TestPostgresTrainings(TrainingsContract):
    pass
