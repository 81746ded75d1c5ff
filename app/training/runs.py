"""How is one training run, from the first look at the data to the models in use?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import structlog

from domain.errors import OperationRefused
from domain.model.insights import ModelTask, ModelVersion
from domain.model.news import ModelsChanged
from domain.model.trained_models import (
    ArtifactFlaw,
    ArtifactRefused,
    TaskOutcome,
    Training,
    TrainingCause,
    TrainingResult,
)
from prediction.training.jobs import Circumstances, Job, Result, read_model
from prediction.training.logs import UserLog
from prediction.training.outcomes import TrainingRefused
from prediction.training.surveys import Survey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from domain.model.trained_models import Artifact
    from domain.ports.buses import Bus
    from domain.ports.clock import Clock
    from domain.ports.training_data import DataWindow, TrainingSize
    from domain.ports.units_of_work import UnitsOfWork
    from prediction.boosting import Boosting
    from prediction.training.jobs import Course
    from prediction.training.outcomes import Storable
    from prediction.training.plans import Plan

HASH_CHARACTERS = 8

log = structlog.get_logger(__name__)


class TrainingIsRunning(OperationRefused):
    """Another process trains."""

    code = "TRAINING_IS_RUNNING"


class Progress(Protocol):
    """Whoever watches a training."""

    def reading(self, what: str, users: int) -> None:
        """All users' logs are about to be read, for this purpose."""
        ...

    def read(self, users: int, interactions: int) -> None:
        """So many were read by now."""
        ...

    def planned(self, survey: Survey, plan: Plan) -> None:
        """So much data there is, and so it will be used."""
        ...

    def training(self, tasks: int) -> None: ...

    def result(self, result: Result) -> None: ...


class Unwatched:
    """Nobody watches."""

    def reading(self, what: str, users: int) -> None: ...

    def read(self, users: int, interactions: int) -> None: ...

    def planned(self, survey: Survey, plan: Plan) -> None: ...

    def training(self, tasks: int) -> None: ...

    def result(self, result: Result) -> None: ...


@dataclass(frozen=True, slots=True)
class Curriculum:
    """All that this release can train, and on which signals. `plan` raises `TrainingRefused`."""

    courses: Mapping[ModelTask, Course]
    signals: tuple[str, ...]
    signals_version: str
    plan: Callable[[Survey], Plan]

    def read(self, artifact: Artifact) -> Storable:
        """The model that the artifact holds. Raises `ArtifactRefused`."""
        task = artifact.manifest.task
        if task not in self.courses:
            raise ArtifactRefused(ArtifactFlaw.UNREADABLE, f"this release trains no {task} models")
        return read_model(self.courses[task], artifact, self.signals_version)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be trained: which tasks, on what was received when, from which seed."""

    tasks: tuple[ModelTask, ...]
    window: DataWindow
    seed: int = 0
    cause: TrainingCause = TrainingCause.ASKED


@dataclass(frozen=True, slots=True)
class TrainModels:
    """Trains the tasks of an order one after another, and puts each model in use that is better than the one there.

    Raises `TrainingIsRunning`, and `Unavailable` when the database goes away; a task that cannot be trained is an
    outcome, and the others are trained all the same.
    """

    begin: UnitsOfWork
    bus: Bus
    clock: Clock
    curriculum: Curriculum
    boosting: Callable[[int], Boosting]
    new_id: Callable[[], str]

    async def __call__(self, order: Order, progress: Progress | None = None) -> Training:
        watching = progress or Unwatched()
        async with self.begin() as claim:
            if not await claim.trainings.claim():
                raise TrainingIsRunning("another process is training already: wait for it, or look at `attune models`")
            training = Training(self.new_id(), order.cause, self.clock.now())
            await self._save(training)
            outcomes = [outcome async for outcome in self._outcomes(order, training, watching)]
            ended = replace(training, ended_at=self.clock.now(), outcomes=tuple(outcomes))
            await self._save(ended)
        return ended

    async def _outcomes(self, order: Order, training: Training, progress: Progress) -> AsyncIterator[TaskOutcome]:
        async with self.begin() as work:
            size = await work.training_data.size()
        survey = Survey()
        await self._read(order.window, size, survey.add, progress, "looking at the data")
        try:
            job = Job(self._courses(order.tasks), self._plan(survey, order.window))
        except TrainingRefused as refusal:
            for outcome in _all_refused(order.tasks, refusal, progress):
                yield outcome
            return
        progress.planned(survey, job.plan)
        await self._read(order.window, size, job.add, progress, "reading logs")
        progress.training(len(order.tasks))
        circumstances = self._circumstances(order, training, survey, job.plan)
        for result in job.results(self.boosting(order.seed), circumstances, await self._in_use(order.tasks)):
            progress.result(result)
            yield await self._kept(result)

    def _courses(self, tasks: Iterable[ModelTask]) -> Mapping[ModelTask, Course]:
        return {task: self.curriculum.courses[task] for task in tasks}

    def _plan(self, survey: Survey, window: DataWindow) -> Plan:
        if survey.was_imported and not window.received_as_occurred:
            raise TrainingRefused(
                f"{survey.late:,} of {survey.interactions:,} interactions were received more than a day after they "
                "occurred, as happens when history is imported: nothing shows what was known when. Train with "
                "--received-as-occurred to take each as received when it occurred"
            )
        return self.curriculum.plan(survey)

    async def _read(
        self, window: DataWindow, size: TrainingSize, add: Callable[[UserLog], None], progress: Progress, what: str
    ) -> None:
        progress.reading(what, round(size.users * size.share))
        users = interactions = 0
        async with self.begin() as work:
            async for received in work.training_data.logs(window, size.share):
                add(UserLog(received[0].interaction.user_id, received))
                users += 1
                interactions += len(received)
                progress.read(users, interactions)

    def _circumstances(self, order: Order, training: Training, survey: Survey, plan: Plan) -> Circumstances:
        return Circumstances(
            plan=plan,
            signals=self.curriculum.signals,
            signals_version=self.curriculum.signals_version,
            since=survey.first_received_at or order.window.until,
            until=order.window.until,
            users=survey.users,
            seed=order.seed,
            trained_at=training.started_at,
            new_version=lambda: ModelVersion(f"{training.started_at:%Y%m%d}-{self.new_id()[:HASH_CHARACTERS]}"),
        )

    async def _in_use(self, tasks: Iterable[ModelTask]) -> Mapping[ModelTask, Storable]:
        """The models that the new ones have to be better than; one that cannot be read is no rival."""
        async with self.begin() as work:
            artifacts = (await work.trained_models.in_use()).artifacts
        models: dict[ModelTask, Storable] = {}
        for task in tasks:
            if (artifact := artifacts.get(task)) is not None:
                try:
                    models[task] = self.curriculum.read(artifact)
                except ArtifactRefused as refusal:
                    log.warning("model_refused", task=task, reason=str(refusal))
        return models

    async def _kept(self, result: Result) -> TaskOutcome:
        """Store the model, and switch to it in the same transaction if it is to serve."""
        if result.artifact is None:
            if result.fault is not None:
                log.error("training_broke", task=result.task, exc_info=result.fault)
            return TaskOutcome(result.task, result.result, result.message)
        version = result.artifact.manifest.version
        revision = None
        async with self.begin() as work:
            await work.trained_models.add(result.artifact)
            if result.result is TrainingResult.SWITCHED:
                revision = await work.trained_models.use(result.task, version, self.clock.now())
            await work.commit()
        if revision is not None:
            await self.bus.publish(ModelsChanged(revision))
        return TaskOutcome(result.task, result.result, result.message, version)

    async def _save(self, training: Training) -> None:
        async with self.begin() as work:
            await work.trainings.save(training)
            await work.commit()


def _all_refused(tasks: Iterable[ModelTask], refusal: TrainingRefused, progress: Progress) -> Iterable[TaskOutcome]:
    for task in tasks:
        progress.result(Result(task, TrainingResult.REFUSED, str(refusal)))
        yield TaskOutcome(task, TrainingResult.REFUSED, str(refusal))
