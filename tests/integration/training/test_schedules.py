"""Are models trained when it is time, or when their population has drifted, and never otherwise?"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.training.drifts import MEASURE_EVERY, MeasureDrift, ScoredUser
from app.training.schedules import BETWEEN_DRIFT_TRAININGS, LOOK_EVERY, TrainingSchedule, is_due
from domain.errors import Unavailable
from domain.model.insights import ModelTask
from domain.model.trained_models import Drift, DriftLevel, Training, TrainingCause
from prediction.drift import MAX_SAMPLE, reference_of
from tests.builders.trained_models import build_artifact
from tests.fakes.clocks import ManualClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

DAY = timedelta(days=1)
SCHEDULE, DRIFT = TrainingCause.SCHEDULE, TrainingCause.DRIFT
SIGNALS = ("steady", "moving")
THEN = np.random.default_rng(1).normal(size=(1_000, 2)).astype(np.float32)
STEADY = [ScoredUser(row.tobytes(), {ModelTask.CHURN: float(row[0])}) for row in THEN]
MOVED = [ScoredUser((row + 1).tobytes(), {ModelTask.CHURN: float(row[0])}) for row in THEN]


class Workshop:
    """A worker's schedule; the trainings it launches are only noted."""

    def __init__(self, begin: UnitsOfWork, every: timedelta | None = DAY, users: Sequence[ScoredUser] = ()) -> None:
        self.begin = begin
        self.clock = ManualClock()
        self.users = users
        self.launched: list[TrainingCause] = []
        self.asked_for: list[int] = []
        drift = MeasureDrift(begin, self.clock, self._sample)
        self.schedule = TrainingSchedule(begin, self.clock, every, drift, self._launch)

    async def after(self, passed: timedelta) -> list[TrainingCause]:
        """What is launched at a look so long after the one before."""
        self.clock.advance(passed)
        await self.schedule.look()
        launched, self.launched = self.launched, []
        return launched

    async def _sample(self, users: int) -> Sequence[ScoredUser]:
        self.asked_for.append(users)
        return self.users

    async def _launch(self, cause: TrainingCause) -> int:
        self.launched.append(cause)
        async with self.begin() as work:
            await work.trainings.save(Training(f"{self.clock.now()}", cause, self.clock.now()))
            await work.commit()
        return 0


async def use(begin: UnitsOfWork, at: datetime, scores: NDArray[np.float32] | None = THEN[:, 0]) -> None:
    reference = reference_of(SIGNALS, THEN, scores)
    artifact = build_artifact("v1", manifest={"reference": reference, "signals": SIGNALS})
    async with begin() as work:
        await work.trained_models.add(artifact)
        await work.trained_models.use(ModelTask.CHURN, artifact.manifest.version, at)
        await work.commit()


async def drift(begin: UnitsOfWork) -> Drift | None:
    async with begin() as work:
        (model,) = await work.trained_models.registered()
    return model.drift


async def test_models_are_trained_as_often_as_set(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin, every=timedelta(hours=12))
    assert await workshop.after(timedelta()) == [SCHEDULE]
    assert await workshop.after(timedelta(hours=11, minutes=59)) == []
    assert await workshop.after(timedelta(minutes=1)) == [SCHEDULE]


async def test_a_training_that_somebody_asked_for_counts(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin)
    async with begin() as work:
        await work.trainings.save(Training("asked", TrainingCause.ASKED, workshop.clock.now()))
        await work.commit()
    assert await workshop.after(DAY - LOOK_EVERY) == []
    assert await workshop.after(LOOK_EVERY) == [SCHEDULE]


async def test_off_means_never(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin, every=None, users=MOVED)
    await use(begin, workshop.clock.now())
    assert await workshop.after(timedelta(days=1_000)) == []
    measured = await drift(begin)
    assert measured is not None
    assert measured.level is DriftLevel.DRIFTED


async def test_drift_is_noted_of_the_model_in_use_and_measured_anew_every_hour(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin, users=STEADY)
    await use(begin, workshop.clock.now())
    await workshop.after(timedelta())
    first = await drift(begin)
    assert first == Drift(workshop.clock.now(), 1_000, {"steady": 0.0, "moving": 0.0}, 0.0)

    await workshop.after(MEASURE_EVERY - LOOK_EVERY)
    assert await drift(begin) == first
    await workshop.after(LOOK_EVERY)
    again = await drift(begin)
    assert again is not None
    assert again.measured_at == workshop.clock.now()
    assert workshop.asked_for == [MAX_SAMPLE, MAX_SAMPLE]


async def test_a_drifted_population_is_trained_on_but_not_all_the_time(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin, every=7 * DAY, users=STEADY)
    await use(begin, workshop.clock.now())
    assert await workshop.after(timedelta()) == [SCHEDULE]
    assert await workshop.after(DAY) == []

    workshop.users = MOVED
    assert await workshop.after(MEASURE_EVERY) == [DRIFT]
    assert await workshop.after(BETWEEN_DRIFT_TRAININGS - LOOK_EVERY) == []
    assert await workshop.after(LOOK_EVERY) == [DRIFT]


@pytest.mark.parametrize(
    "users", [[], STEADY[:50], [ScoredUser(b"\0" * 4)] * 1_000], ids=["nobody", "too few", "scored from other signals"]
)
async def test_where_there_is_too_little_to_compare_nothing_is_noted(
    begin: UnitsOfWork, users: Sequence[ScoredUser]
) -> None:
    workshop = Workshop(begin, users=users)
    await use(begin, workshop.clock.now())
    await workshop.after(timedelta())
    assert await drift(begin) is None


async def test_a_model_without_scores_drifts_by_its_signals(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin, users=MOVED)
    await use(begin, workshop.clock.now(), scores=None)
    await workshop.after(timedelta())
    measured = await drift(begin)
    assert measured is not None
    assert (measured.score, measured.level) == (None, DriftLevel.DRIFTED)


async def test_the_schedule_looks_again_and_again_whatever_happens(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin)
    looks = iter((True, False, True))

    async def outage() -> None:
        if not next(looks):
            raise Unavailable("the database does not answer")

    schedule = TrainingSchedule(begin, workshop.clock, timedelta(minutes=15), outage, workshop._launch)
    running = asyncio.create_task(schedule.run())
    for _ in range(3):
        await workshop.clock.until_somebody_waits()
        workshop.clock.advance(LOOK_EVERY)
    await workshop.clock.until_somebody_waits()
    running.cancel()
    await asyncio.wait((running,))
    assert workshop.launched == [SCHEDULE, SCHEDULE]  # at the first look and, after an outage, at the third


async def test_the_process_that_trains_asks_once_more_whether_it_is_time(begin: UnitsOfWork) -> None:
    workshop = Workshop(begin)
    now = workshop.clock.now()
    assert await is_due(begin, now, DAY, SCHEDULE)
    await workshop.after(timedelta())
    assert not await is_due(begin, now, DAY, SCHEDULE)
    assert not await is_due(begin, now + BETWEEN_DRIFT_TRAININGS - LOOK_EVERY, DAY, DRIFT)
    assert await is_due(begin, now + BETWEEN_DRIFT_TRAININGS, DAY, DRIFT)
