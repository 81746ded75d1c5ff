"""Do models that must not serve leave serving alone, and who may put which model in use?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.errors import Refused
from domain.model.insights import ModelTask, ModelVersion
from domain.model.news import ModelsChanged, Resynchronised
from domain.model.trained_models import ArtifactFlaw, ArtifactRefused, Standing
from domain.rules.artifacts import fingerprint
from domain.rules.standings import as_they_serve, serving
from domain.use_cases.current_models import CurrentModels, ReadModels
from domain.use_cases.trained_models import RollBackModel, UseModel
from prediction.training.jobs import Course, read_model
from tests.builders.trained_models import TRAINED_AT, build_artifact
from tests.builders.trainers import BaseRate, BaseRateTrainer
from tests.fakes.buses import InMemoryBus
from tests.fakes.clocks import ManualClock

if TYPE_CHECKING:
    from domain.model.trained_models import Artifact
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

CHURN = ModelTask.CHURN
COURSE = Course(BaseRateTrainer, BaseRate.of_parts)


def base_rate(version: str, rate: float) -> Artifact:
    return build_artifact(version, BaseRate(rate).parts())


TAMPERED = build_artifact("bad", BaseRate(0.9).parts(), {"sha256": fingerprint(BaseRate(0.1).parts())})
OTHER_SIGNALS = build_artifact("bad", BaseRate(0.9).parts(), {"signals_version": "0"})
UNREADABLE = build_artifact("bad", {"rate.json": b"[]"})
BAD = pytest.mark.parametrize(
    ("bad", "flaw"),
    [
        (TAMPERED, ArtifactFlaw.TAMPERED),
        (OTHER_SIGNALS, ArtifactFlaw.OTHER_SIGNALS),
        (UNREADABLE, ArtifactFlaw.UNREADABLE),
    ],
    ids=lambda value: value.value if isinstance(value, ArtifactFlaw) else "",
)


class Process:
    """A server's view of the models."""

    def __init__(self, begin: UnitsOfWork) -> None:
        self.refused: list[ArtifactFlaw] = []
        self.reads = 0
        read = ReadModels("1", self._read, lambda refusal: self.refused.append(refusal.flaw))
        self.models = CurrentModels(begin, read)

    async def serves(self) -> float | None:
        loaded = (await self.models.refresh()).get(CHURN)
        return None if loaded is None else loaded.model.rate

    def _read(self, artifact: Artifact) -> object:
        self.reads += 1
        return read_model(COURSE, artifact, "1")


async def store(begin: UnitsOfWork, *artifacts: Artifact, use: bool = True) -> None:
    for artifact in artifacts:
        async with begin() as work:
            await work.trained_models.add(artifact)
            if use:
                await work.trained_models.use(CHURN, artifact.manifest.version, TRAINED_AT)
            await work.commit()


async def test_a_process_serves_the_newest_model_in_use(begin: UnitsOfWork) -> None:
    process = Process(begin)
    assert (await process.serves(), process.models.revision) == (None, 0)
    await store(begin, base_rate("v1", 0.1))
    assert (await process.serves(), process.models.revision) == (0.1, 1)
    await store(begin, base_rate("v2", 0.2))
    assert [await process.serves() for _ in range(3)] == [0.2, 0.2, 0.2]
    assert (process.reads, process.models.known[CHURN].manifest.version) == (2, "v2")


@BAD
async def test_a_bad_model_changes_nothing_where_another_serves(
    begin: UnitsOfWork, bad: Artifact, flaw: ArtifactFlaw
) -> None:
    process = Process(begin)
    await store(begin, base_rate("v1", 0.1))
    await process.serves()
    await store(begin, bad)

    assert await process.serves() == 0.1
    assert process.refused == [flaw]
    assert await process.serves() == 0.1
    assert process.refused == [flaw]  # it is not read again and again


@BAD
async def test_a_process_that_starts_with_a_bad_model_serves_the_previous_one(
    begin: UnitsOfWork, bad: Artifact, flaw: ArtifactFlaw
) -> None:
    await store(begin, base_rate("v1", 0.1), bad)

    process = Process(begin)
    assert await process.serves() == 0.1
    assert process.refused == [flaw]


@BAD
async def test_a_bad_model_alone_serves_nobody(begin: UnitsOfWork, bad: Artifact, flaw: ArtifactFlaw) -> None:
    await store(begin, bad)

    process = Process(begin)
    assert await process.serves() is None
    assert process.refused == [flaw]
    assert process.models.replacements[CHURN].serves is None


async def test_it_is_known_what_serves_instead_of_a_bad_model_until_a_good_one_does(begin: UnitsOfWork) -> None:
    await store(begin, base_rate("v1", 0.1))
    running = Process(begin)
    await running.serves()
    await store(begin, base_rate("v2", 0.2), OTHER_SIGNALS)
    starting = Process(begin)

    assert (await running.serves(), await starting.serves()) == (0.1, 0.2)
    assert [process.models.replacements[CHURN].serves for process in (running, starting)] == ["v1", "v2"]
    replacement = starting.models.replacements[CHURN]
    assert (replacement.refused, replacement.flaw) == ("bad", ArtifactFlaw.OTHER_SIGNALS)
    assert "version 0 of the signals, and this release computes version 1" in replacement.reason
    async with begin() as work:
        registered = await work.trained_models.registered()
    (answering,) = serving(as_they_serve(registered, running.models.replacements))
    assert (answering.manifest.version, answering.standing) == ("v1", Standing.IN_USE)
    assert answering.remark.startswith("It serves instead of bad, which is refused: the churn model bad was trained on")

    await store(begin, base_rate("v3", 0.3))
    assert (await running.serves(), running.models.replacements) == (0.3, {})


async def test_a_bad_model_and_a_bad_one_before_it_leave_nothing_to_serve(begin: UnitsOfWork) -> None:
    await store(begin, build_artifact("worse", {"rate.json": b"[]"}), OTHER_SIGNALS)
    process = Process(begin)

    assert await process.serves() is None
    async with begin() as work:
        registered = await work.trained_models.registered()
    (refused,) = serving(as_they_serve(registered, process.models.replacements))
    assert (refused.manifest.version, refused.standing) == ("bad", Standing.REFUSED)
    assert refused.remark.endswith("train it again. Nothing serves instead.")


async def test_one_command_goes_back_and_one_puts_any_stored_model_in_use(begin: UnitsOfWork) -> None:
    bus = InMemoryBus()
    news = bus.listen()
    assert await anext(news) == Resynchronised()
    clock = ManualClock()
    roll_back, use = RollBackModel(begin, bus, clock, "1"), UseModel(begin, bus, clock, "1")
    await store(begin, base_rate("v1", 0.1), base_rate("v2", 0.2), base_rate("v3", 0.3))

    assert await roll_back(CHURN) == "v2"
    assert await anext(news) == ModelsChanged(4)
    await use(CHURN, ModelVersion("v1"))
    assert await anext(news) == ModelsChanged(5)
    assert await Process(begin).serves() == 0.1
    with pytest.raises(Refused, match="there is no churn model v9"):
        await use(CHURN, ModelVersion("v9"))
    await news.aclose()


async def test_nobody_can_put_a_bad_model_in_use_by_hand(begin: UnitsOfWork) -> None:
    bus, clock = InMemoryBus(), ManualClock()
    await store(begin, TAMPERED, base_rate("v1", 0.1))
    with pytest.raises(ArtifactRefused):
        await RollBackModel(begin, bus, clock, "1")(CHURN)
    with pytest.raises(ArtifactRefused):
        await UseModel(begin, bus, clock, "1")(CHURN, ModelVersion("bad"))
    assert await Process(begin).serves() == 0.1
