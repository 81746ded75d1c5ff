"""Is drift measured on users as they are now, and only on those who allow models?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.training.drifts import MEASURE_EVERY, MeasureDrift
from domain.model.insights import ModelTask
from domain.model.trained_models import Artifact, Drift, DriftLevel
from domain.model.users import UserId
from prediction.drift import FEWEST_ROWS, reference_of
from prediction.signals.catalogue import SIGNALS
from tests.builders.interactions import DAY, MINUTE, interaction
from tests.builders.tiny_models import TINY_KINDS, TINY_MODELS, TinyChurn, tiny_artifact
from tests.integration.use_cases.driving import Driven, driving, key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.settings import Settings
    from prediction.matrices import Matrix
    from tests.fakes.clocks import ManualClock

USERS = FEWEST_ROWS + 20
NAMES = tuple(signal.name for signal in SIGNALS)


@pytest.fixture
async def predicting(engine_settings: Settings, clock: ManualClock) -> AsyncIterator[Driven]:
    async with driving(engine_settings, clock, TINY_KINDS) as driven:
        yield driven


async def visit(engine: Driven) -> None:
    """Each once, one minute after the other from two days ago on."""
    began = engine.now() - 2 * DAY
    await engine.track(
        *(
            interaction(began + number * MINUTE, user_id=UserId(f"user-{number}"), key=key(number))
            for number in range(USERS)
        )
    )
    await engine.fold()


async def use(engine: Driven, artifact: Artifact) -> None:
    async with engine.use_cases.begin() as work:
        await work.trained_models.add(artifact)
        await work.trained_models.use(ModelTask.CHURN, artifact.manifest.version, engine.now())
        await work.commit()


def trained_on(rows: Matrix, version: str = "v1") -> Artifact:
    artifact = tiny_artifact(version=version)
    churn = TINY_MODELS[ModelTask.CHURN]
    assert isinstance(churn, TinyChurn)
    reference = reference_of(NAMES, rows, np.array(churn.risks(rows)))
    return Artifact(replace(artifact.manifest, reference=reference), artifact.parts)


async def rows_now(engine: Driven) -> Matrix:
    """The signals of everybody who is sampled."""
    measuring = measure(engine)
    return np.stack((await measuring._sample(engine.now() - 30 * DAY, engine.now())).rows)


def measure(engine: Driven) -> MeasureDrift:
    return MeasureDrift(engine.use_cases.begin, engine.clock, engine.use_cases.models)


async def drift(engine: Driven) -> Drift:
    await measure(engine)()
    async with engine.use_cases.begin() as work:
        found = [model.drift for model in await work.trained_models.registered() if model.drift is not None]
    return found[0]


async def test_a_population_that_stayed_as_it_was_has_not_drifted(predicting: Driven) -> None:
    await use(predicting, tiny_artifact(version="first"))
    await visit(predicting)
    await use(predicting, trained_on(await rows_now(predicting)))

    measured = await drift(predicting)
    assert (measured.users, measured.score, measured.level) == (USERS, 0.0, DriftLevel.STABLE)
    assert measured.signals == dict.fromkeys(NAMES, 0.0)


async def test_users_are_seen_as_they_are_now_and_drift_away_by_staying_away(predicting: Driven) -> None:
    await use(predicting, tiny_artifact(version="first"))
    await visit(predicting)
    await use(predicting, trained_on(await rows_now(predicting)))
    first = await drift(predicting)

    predicting.clock.advance(MEASURE_EVERY - timedelta(minutes=1))
    assert await drift(predicting) == first
    predicting.clock.advance(9 * DAY)  # nobody is folded meanwhile
    later = await drift(predicting)
    assert later.measured_at == predicting.now()
    assert later.signals["days_since_last"] > 1
    assert later.score is not None
    assert later.score > 1
    assert later.level is DriftLevel.DRIFTED


async def test_who_allows_no_models_is_not_looked_at(predicting: Driven) -> None:
    await use(predicting, tiny_artifact(version="first"))
    await visit(predicting)
    rows = await rows_now(predicting)
    for number in range(30):
        allows_something = number % 2 == 0
        await predicting.use_cases.set_personalization(
            UserId(f"user-{number}"), enabled=allows_something, use_of_models=False
        )
    await use(predicting, trained_on(rows))

    measured = await drift(predicting)
    assert (measured.users, measured.signals, measured.score) == (USERS - 30, {}, None)  # too few to tell


async def test_models_without_a_reference_are_left_alone(predicting: Driven) -> None:
    await use(predicting, tiny_artifact())
    await measure(predicting)()
    async with predicting.use_cases.begin() as work:
        (model,) = await work.trained_models.registered()
    assert model.drift is None
