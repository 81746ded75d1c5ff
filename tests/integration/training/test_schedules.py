"""Are models trained when it is time, or when their population has drifted, and never otherwise?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from app.training.drifts import MEASURE_EVERY
from app.training.schedules import BETWEEN_DRIFT_TRAININGS, LOOK_EVERY, TrainIfDue, TrainingSchedule
from domain.errors import Unavailable
from domain.model.insights import ModelTask
from domain.model.trained_models import Drift, Training, TrainingCause
from tests.builders.trained_models import build_artifact
from tests.fakes.clocks import ManualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

DAY = timedelta(days=1)
SCHEDULE, DRIFT = TrainingCause.SCHEDULE, TrainingCause.DRIFT
STEADY, MOVED = 0.01, 0.4


class Workshop:
    """A worker's schedule, and what its process does; trainings are only noted, and drift is what a test says."""

    def __init__(self, begin: UnitsOfWork, every: timedelta | None = DAY, drift: float = STEADY) -> None:
        self.begin = begin
        self.clock = ManualClock()
        self.drift = drift
        self.launches = 0
        self.exit_code = 0
        self._trained: list[TrainingCause] = []
        self.process = TrainIfDue(begin, self.clock, every, self._measure, self._train)
        self.schedule = TrainingSchedule(begin, self.clock, every, self._launch)

    async def after(self, passed: timedelta) -> list[TrainingCause]:
        """What is trained for at a look so long after the one before."""
        self.clock.advance(passed)
        await self.schedule.look()
        trained, self._trained = self._trained, []
        return trained

    async def use_a_model(self) -> None:
        artifact = build_artifact()
        async with self.begin() as work:
            await work.trained_models.add(artifact)
            await work.trained_models.use(ModelTask.CHURN, artifact.manifest.version, self.clock.now())
            await work.commit()

    async def _launch(self) -> int:
        self.launches += 1
        await self.process()
        return self.exit_code

    async def _measure(self) -> None:
        async with self.begin() as work:
            measured = Drift(self.clock.now(), 400, {"recency_days": self.drift})
            await work.trained_models.note_drift(ModelTask.CHURN, build_artifact().manifest.version, measured)
            await work.commit()

    async def _train(self, cause: TrainingCause) -> None:
        self._trained.append(cause)
        async with self.begin() as work:
            await work.trainings.save(Training(f"{self.clock.now()}", cause, self.clock.now()))
            await work.commit()


async def test_models_are_trained_as_often_as_set(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin, every=timedelta(hours=12))
    assert await workshop.after(timedelta()) == [SCHEDULE]
    assert await workshop.after(timedelta(hours=11, minutes=59)) == []
    assert await workshop.after(timedelta(minutes=1)) == [SCHEDULE]
    assert workshop.launches == 2


async def test_a_training_that_somebody_asked_for_counts(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin)
    async with begin() as work:
        await work.trainings.save(Training("asked", TrainingCause.ASKED, workshop.clock.now()))
        await work.commit()
    assert await workshop.after(DAY - LOOK_EVERY) == []
    assert await workshop.after(LOOK_EVERY) == [SCHEDULE]


async def test_off_means_never_and_drift_is_measured_all_the_same(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin, every=None, drift=MOVED)
    assert await workshop.after(1_000 * DAY) == []
    assert workshop.launches == 0
    await workshop.use_a_model()
    assert await workshop.after(DAY) == []
    assert workshop.launches == 1


async def test_drift_is_measured_every_hour(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin, every=7 * DAY)
    await workshop.use_a_model()
    assert await workshop.after(timedelta()) == [SCHEDULE]
    await workshop.after(MEASURE_EVERY - LOOK_EVERY)
    assert workshop.launches == 1
    await workshop.after(LOOK_EVERY)
    assert workshop.launches == 2


async def test_a_drifted_population_is_trained_on_but_not_all_the_time(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin, every=7 * DAY)
    await workshop.use_a_model()
    assert await workshop.after(timedelta()) == [SCHEDULE]
    assert await workshop.after(DAY) == []

    workshop.drift = MOVED
    assert await workshop.after(MEASURE_EVERY) == [DRIFT]
    assert await workshop.after(BETWEEN_DRIFT_TRAININGS - LOOK_EVERY) == []
    assert await workshop.after(LOOK_EVERY) == [DRIFT]


async def test_what_another_process_did_just_before_is_not_done_again(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin)
    assert await workshop.after(timedelta()) == [SCHEDULE]
    await workshop.process()  # launched by another worker at the same moment
    assert await workshop.after(timedelta()) == []


async def test_a_training_that_fails_is_logged(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin)
    workshop.exit_code = 3
    with capture_logs() as logged:
        await workshop.after(timedelta())
    assert [(line["event"], line["exit_code"]) for line in logged] == [("training_failed", 3)]


async def test_the_schedule_looks_again_and_again_whatever_happens(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin, every=timedelta(minutes=15))
    answers = iter((True, False, True, True))

    @asynccontextmanager
    async def sometimes() -> AsyncIterator[UnitOfWork]:
        if not next(answers):
            raise Unavailable("the database does not answer")
        async with begin() as work:
            yield work

    schedule = TrainingSchedule(sometimes, workshop.clock, timedelta(minutes=15), workshop._launch)
    running = asyncio.create_task(schedule.run())
    for _ in range(2):
        await workshop.clock.until_somebody_waits()
        workshop.clock.advance(LOOK_EVERY)
    await workshop.clock.until_somebody_waits()
    running.cancel()
    await asyncio.wait((running,))
    assert workshop.launches == 1  # the first look met an outage
