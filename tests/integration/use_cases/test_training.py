"""Does what is trained beside a running engine answer there at once, and go again at one command?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.training.courses import COURSES, curriculum
from app.training.runs import Order
from app.wiring import training, training_adapters
from domain.model.insights import ModelTask
from domain.model.news import ModelsChanged
from domain.model.trained_models import TrainingResult
from domain.model.users import UserId
from domain.ports.training_data import DataWindow
from domain.use_cases.trained_models import RollBackModel
from tests.integration.training.populations import populate_richly

if TYPE_CHECKING:
    from domain.model.insights import ModelVersion
    from tests.integration.use_cases.driving import Driven

USER, OTHER = "rich-0", UserId("rich-1")
LIFETIME_VALUE = ModelTask.LIFETIME_VALUE


async def train(engine: Driven, window: DataWindow) -> dict[ModelTask, ModelVersion | None]:
    async with training_adapters(engine.settings) as parts:
        ended = await training(parts, curriculum())(Order(tuple(COURSES), window))
    assert TrainingResult.FAILED not in {outcome.result for outcome in ended.outcomes}, ended
    return {outcome.task: outcome.version for outcome in ended.outcomes}


async def version_said_of(engine: Driven, user: str) -> ModelVersion | None:
    insights = (await engine.profile(user)).insights
    return None if insights is None or insights.lifetime_value is None else insights.lifetime_value.model


async def test_a_model_trained_beside_the_engine_answers_there(engine: Driven) -> None:
    window = DataWindow(await populate_richly(engine.begin))
    await engine.use_cases.set_personalization(OTHER, enabled=True, use_of_models=False)
    await engine.fold()
    assert await version_said_of(engine, USER) is None

    first = await train(engine, window)
    await engine.bus.until(lambda news: isinstance(news, ModelsChanged))
    await engine.fold()
    assert await version_said_of(engine, USER) == first[LIFETIME_VALUE]
    assert await version_said_of(engine, OTHER) is None

    second = (await train(engine, window))[LIFETIME_VALUE]
    assert second is not None
    async with engine.use_cases.begin() as work:
        await work.trained_models.use(LIFETIME_VALUE, second, engine.now())
        await work.commit()
    await engine.fold()
    assert await version_said_of(engine, USER) == second

    async with training_adapters(engine.settings) as parts:
        roll_back = RollBackModel(parts.begin, parts.bus, parts.clock, curriculum().signals_version)
        assert await roll_back(LIFETIME_VALUE) == first[LIFETIME_VALUE]
    await engine.fold()
    assert await version_said_of(engine, USER) == first[LIFETIME_VALUE]
    assert await version_said_of(engine, OTHER) is None
