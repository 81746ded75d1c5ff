"""Does a manifest that was changed, or written by another release, cost more than its own model?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from domain.model.insights import ModelTask, ModelVersion
from domain.model.trained_models import ArtifactRefused, Replacement, Standing
from domain.use_cases.current_models import CurrentModels, ReadModels
from domain.use_cases.trained_models import UseModel
from persistence.documents.manifests import manifest_document
from persistence.postgres.tables import trained_models
from tests.builders.trained_models import TRAINED_AT, build_artifact
from tests.fakes.buses import InMemoryBus
from tests.fakes.clocks import ManualClock

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

CHURN, SEGMENTS = ModelTask.CHURN, ModelTask.SEGMENTS
V1, V2 = ModelVersion("v1"), ModelVersion("v2")

OTHER_LAYOUT = {name: what for name, what in manifest_document(build_artifact("v2").manifest).items() if name != "plan"}
BROKEN = pytest.mark.parametrize(
    "broken",
    [
        {},
        [1, None],
        OTHER_LAYOUT,
        {**OTHER_LAYOUT, "plan": {}, "since": "soon"},
        manifest_document(build_artifact("v1").manifest),
    ],
    ids=["empty", "list", "other layout", "no time", "of another model"],
)


async def stored(begin: UnitsOfWork, engine: AsyncEngine, broken: Any) -> None:
    """Two models of churn, the later of them in use and broken, and a whole one of segments."""
    async with begin() as work:
        for artifact in (build_artifact("v1"), build_artifact("v2"), build_artifact("v2", task=SEGMENTS)):
            await work.trained_models.add(artifact)
            await work.trained_models.use(artifact.manifest.task, artifact.manifest.version, TRAINED_AT)
        await work.commit()
    async with engine.begin() as connection:
        of_churn = update(trained_models).where(trained_models.c.task == CHURN, trained_models.c.version == V2)
        await connection.execute(of_churn.values(manifest=broken))


@BROKEN
async def test_the_model_before_it_serves_and_so_do_other_tasks(
    begin: UnitsOfWork, engine: AsyncEngine, broken: Any
) -> None:
    await stored(begin, engine, broken)
    refused: list[Replacement] = []

    loaded = await CurrentModels(begin, ReadModels("1", lambda artifact: artifact, refused.append)).refresh()

    assert {task: one.manifest.version for task, one in loaded.items()} == {CHURN: V1, SEGMENTS: V2}
    reason = "the churn model v2 was truncated or changed after it was trained"
    assert [(one.refused, one.reason, one.serves) for one in refused] == [(V2, reason, V1)]


@BROKEN
async def test_it_is_listed_under_its_name_and_says_what_is_wrong(
    begin: UnitsOfWork, engine: AsyncEngine, broken: Any
) -> None:
    await stored(begin, engine, broken)

    async with begin() as work:
        listed = {
            (model.manifest.task, model.standing): model.manifest for model in await work.trained_models.registered()
        }

    found = listed[CHURN, Standing.IN_USE]
    assert (found.version, found.card.trained_at, found.card.quality) == (V2, TRAINED_AT, ())
    assert found.card.note == (
        "What is stored about this model cannot be read: it was changed, or written by another release of Attune."
    )
    assert listed[SEGMENTS, Standing.IN_USE] == build_artifact("v2", task=SEGMENTS).manifest


async def test_nobody_can_put_it_in_use(begin: UnitsOfWork, engine: AsyncEngine) -> None:
    await stored(begin, engine, {})
    use = UseModel(begin, InMemoryBus(), ManualClock(), "1")

    with pytest.raises(ArtifactRefused, match="the churn model v2 was truncated or changed after it was trained"):
        await use(CHURN, V2)
