"""Does every registry of models keep what the port `TrainedModels` promises?"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.errors import Refused
from domain.model.insights import ModelQuality, ModelTask, ModelVersion
from domain.model.trained_models import KEPT_VERSIONS, Drift, ModelsInUse, RegisteredModel, Standing
from tests.builders.trained_models import TRAINED_AT, build_artifact

if TYPE_CHECKING:
    from domain.model.trained_models import Artifact
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

CHURN = ModelTask.CHURN
V1, V2, V3 = (ModelVersion(f"v{number}") for number in (1, 2, 3))


async def add(begin: UnitsOfWork, *artifacts: Artifact) -> None:
    async with begin() as work:
        for artifact in artifacts:
            await work.trained_models.add(artifact)
        await work.commit()


async def use(begin: UnitsOfWork, *versions: ModelVersion, task: ModelTask = CHURN) -> list[int]:
    revisions = []
    for version in versions:
        async with begin() as work:
            revisions.append(await work.trained_models.use(task, version, TRAINED_AT))
            await work.commit()
    return revisions


async def standings(begin: UnitsOfWork) -> dict[str, Standing]:
    async with begin() as work:
        return {model.manifest.version: model.standing for model in await work.trained_models.registered()}


async def refusal_of_use(begin: UnitsOfWork, version: str) -> str:
    async with begin() as work:
        with pytest.raises(Refused) as refused:
            await work.trained_models.use(CHURN, ModelVersion(version), TRAINED_AT)
    return refused.value.problems[0].code


class TrainedModelsContract:
    async def test_a_model_is_read_as_it_was_stored(self, begin: UnitsOfWork) -> None:
        bare = build_artifact("bare", manifest={"reference": None, "calibration": (), "libraries": {}, "signals": ()})
        await add(begin, build_artifact(), bare)

        async with begin() as work:
            assert await work.trained_models.get(CHURN, V1) == build_artifact()
            assert await work.trained_models.get(CHURN, ModelVersion("bare")) == bare
            assert await work.trained_models.get(CHURN, V2) is None
            assert await work.trained_models.get(ModelTask.SEGMENTS, V1) is None

    async def test_a_figure_that_is_not_finite_is_never_stored(self, begin: UnitsOfWork) -> None:
        nonsense = build_artifact(quality=(ModelQuality("AUC", float("nan"), 0.5),))
        async with begin() as work:
            with pytest.raises(ValueError, match="AUC is not finite"):
                await work.trained_models.add(nonsense)

    async def test_an_empty_registry_serves_nothing_at_revision_0(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            assert await work.trained_models.in_use() == ModelsInUse(0, {}, {})
            assert await work.trained_models.revision() == 0
            assert await work.trained_models.registered() == []

    async def test_a_stored_model_is_a_candidate_until_it_is_put_in_use(self, begin: UnitsOfWork) -> None:
        await add(begin, build_artifact("v1"))
        assert await standings(begin) == {"v1": Standing.CANDIDATE}

        assert await use(begin, V1) == [1]
        async with begin() as work:
            assert await work.trained_models.in_use() == ModelsInUse(1, {CHURN: build_artifact("v1")}, {})
            assert await work.trained_models.registered() == [
                RegisteredModel(build_artifact("v1").manifest, Standing.IN_USE)
            ]

    async def test_the_model_that_was_in_use_becomes_the_previous_one(self, begin: UnitsOfWork) -> None:
        await add(begin, *(build_artifact(f"v{number}") for number in (1, 2, 3)))

        assert await use(begin, V1, V2, V3) == [1, 2, 3]
        assert await standings(begin) == {"v1": Standing.CANDIDATE, "v2": Standing.PREVIOUS, "v3": Standing.IN_USE}
        async with begin() as work:
            assert await work.trained_models.in_use() == ModelsInUse(3, {CHURN: build_artifact("v3")}, {CHURN: V2})

    async def test_rolling_back_twice_ends_where_it_began(self, begin: UnitsOfWork) -> None:
        await add(begin, build_artifact("v1"), build_artifact("v2"))
        await use(begin, V1, V2)

        for revision, (in_use, previous) in enumerate([(V1, V2), (V2, V1)], 3):
            async with begin() as work:
                assert await work.trained_models.roll_back(CHURN, TRAINED_AT) == (in_use, revision)
                await work.commit()
            assert await standings(begin) == {in_use: Standing.IN_USE, previous: Standing.PREVIOUS}

    @pytest.mark.parametrize("used", [0, 1])
    async def test_without_a_previous_model_there_is_nothing_to_roll_back_to(
        self, begin: UnitsOfWork, used: int
    ) -> None:
        await add(begin, build_artifact("v1"))
        await use(begin, *[V1][:used])

        async with begin() as work:
            with pytest.raises(Refused, match="no other churn model was in use before"):
                await work.trained_models.roll_back(CHURN, TRAINED_AT)

    async def test_what_is_not_there_or_serves_already_is_not_put_in_use(self, begin: UnitsOfWork) -> None:
        await add(begin, build_artifact("v1"))
        await use(begin, V1)

        assert await refusal_of_use(begin, "v2") == "NOT_FOUND"
        assert await refusal_of_use(begin, "v1") == "UNCHANGED"

    async def test_tasks_do_not_disturb_one_another(self, begin: UnitsOfWork) -> None:
        of_segments = build_artifact("v1", task=ModelTask.SEGMENTS)
        await add(begin, build_artifact("v1"), build_artifact("v2"), of_segments)
        await use(begin, V1, V2)
        await use(begin, V1, task=ModelTask.SEGMENTS)

        async with begin() as work:
            expected = {CHURN: build_artifact("v2"), ModelTask.SEGMENTS: of_segments}
            assert await work.trained_models.in_use() == ModelsInUse(3, expected, {CHURN: V1})

    async def test_a_switch_that_is_not_committed_never_was(self, begin: UnitsOfWork) -> None:
        await add(begin, build_artifact("v1"))
        for _ in range(2):
            async with begin() as work:
                assert await work.trained_models.use(CHURN, V1, TRAINED_AT) == 1
        assert await standings(begin) == {"v1": Standing.CANDIDATE}

    async def test_switches_wait_for_one_another_and_readers_for_none(self, begin: UnitsOfWork) -> None:
        await add(begin, build_artifact("v1"), build_artifact("v2"))
        await use(begin, V1)

        async def switch() -> int:
            async with begin() as other:
                _, revision = await other.trained_models.roll_back(CHURN, TRAINED_AT)
                await other.commit()
            return revision

        async with begin() as work:
            await work.trained_models.use(CHURN, V2, TRAINED_AT)
            later = asyncio.create_task(switch())
            async with begin() as reader:
                assert (await reader.trained_models.in_use()).artifacts == {CHURN: build_artifact("v1")}
            assert not later.done()
            await work.commit()
        assert await later == 3

    async def test_old_candidates_go_and_what_serves_or_served_before_stays(self, begin: UnitsOfWork) -> None:
        at = {number: TRAINED_AT + timedelta(days=number) for number in range(KEPT_VERSIONS + 4)}
        await add(begin, *(build_artifact(f"v{number}", trained_at=at[number]) for number in (0, 1)))
        await use(begin, ModelVersion("v0"), V1)
        for number in range(2, KEPT_VERSIONS + 4):
            await add(begin, build_artifact(f"v{number}", trained_at=at[number]))
        await add(begin, build_artifact("other", task=ModelTask.SEGMENTS))

        latest = [f"v{number}" for number in range(KEPT_VERSIONS + 3, 3, -1)]
        assert [*await standings(begin)] == [*latest, "v1", "v0", "other"]

    async def test_drift_is_remembered_of_the_model_in_use_until_another_is(self, begin: UnitsOfWork) -> None:
        drift = Drift(TRAINED_AT, 400, {"recency_days": 0.3}, score=None)
        await add(begin, build_artifact("v1"), build_artifact("v2"))
        await use(begin, V1)
        async with begin() as work:
            await work.trained_models.note_drift(CHURN, V2, drift)
            assert [model.drift for model in await work.trained_models.registered()] == [None, None]
            await work.trained_models.note_drift(CHURN, V1, drift)
            measured = {m.manifest.version: m.drift for m in await work.trained_models.registered()}
            await work.commit()
        assert measured == {V1: drift, V2: None}

        await use(begin, V2)
        async with begin() as work:
            assert [model.drift for model in await work.trained_models.registered()] == [None, None]


class TestPostgresTrainedModels(TrainedModelsContract):
    pass
