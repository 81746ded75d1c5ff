"""Do `attune train` and `attune models` train, show and switch models, and say in one line what they cannot do?"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.embedded.services import start_embedded
from app.training import courses
from domain.model.insights import ModelTask
from migrations.runner import migrate
from persistence.postgres.engine import create_engine
from persistence.postgres.units_of_work import PostgresUnitsOfWork
from prediction.training.jobs import Course
from prediction.training.outcomes import Trained, TrainingRefused
from tests.builders.trainers import BaseRate, BaseRateTrainer
from tests.integration.training.populations import import_late
from tests.unit.cli.shells import Ran, attune, refusal

if TYPE_CHECKING:
    from prediction.boosting import Boosting

DATA = Path("kept")
NOWHERE = {"ATTUNE_DATABASE_URL": "postgres://a:hush@127.0.0.1:1/x", "ATTUNE_REDIS_URL": "redis://127.0.0.1:1"}


class Refusing(BaseRateTrainer):
    def train(self, boosting: Boosting) -> Trained[BaseRate]:
        del boosting
        raise TrainingRefused("nothing here can be segmented")


@pytest.fixture(autouse=True)
def _small_courses(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {
        ModelTask.SEGMENTS: Course(Refusing, BaseRate.of_parts),
        ModelTask.CHURN: Course(BaseRateTrainer, BaseRate.of_parts),
    }
    monkeypatch.setattr(courses, "COURSES", known)


@pytest.fixture
def _imported() -> None:
    """A data directory with history that was imported, of an engine that was stopped."""

    async def fill(url: str) -> None:
        await migrate(url)
        engine = create_engine(url, pool_size=2)
        await import_late(PostgresUnitsOfWork(engine))
        await engine.dispose()

    with start_embedded(DATA) as services:
        asyncio.run(fill(services.database_url))


def ran(*arguments: object, code: int = 0) -> Ran:
    found = attune(*arguments, "--data-dir", DATA, COLUMNS="240")
    assert found.code == code, found
    return found


def version_in_use() -> str:
    (version,) = re.findall(r"^churn  in use  (\S+)", ran("models").output, re.MULTILINE)
    return str(version)


@pytest.mark.usefixtures("_imported")
def test_models_are_trained_listed_rolled_back_and_put_in_use() -> None:
    assert "no model was trained yet: run `attune train`" in ran("models").output

    refused = ran("train", code=1)
    assert refused.output.count("--received-as-occurred") == 2
    trained = ran("train", "--received-as-occurred", "--until", "2026-02-14").output
    assert trained.startswith("60 users, ")
    assert "received from 2026-01-01 to 2026-02-13. Nine of ten users who came back did so within" in trained
    assert re.search(r"^churn  in use  \S+  \d+ rows, 1 KiB$", trained, re.MULTILINE)
    assert re.search(r"^ +log loss +0\.\d{4} +baseline 0\.6931\s+no model was in use$", trained, re.MULTILINE)
    assert re.search(r"^segments  refused\s+nothing here can be segmented$", trained, re.MULTILINE)

    first = version_in_use()
    again = ran("train", "--model", "CHURN", "--received-as-occurred", "--until", "2026-02-14", "--seed", 3).output
    assert "churn  kept as candidate" in again
    assert "not better than the model in use" in again
    listed = ran("models").output
    assert "drift: not measured" in listed
    assert "segments refused: nothing here can be segmented" in listed
    assert version_in_use() == first

    (candidate,) = re.findall(r"^churn  candidate  (\S+)", listed, re.MULTILINE)
    assert "no other churn model was in use before" in refusal("models", "roll-back", "churn", "--data-dir", DATA)
    assert ran("models", "use", "churn", candidate).output == f"churn {candidate} is in use\n"
    assert ran("models", "roll-back", "churn").output == f"churn {first} is in use again\n"
    assert version_in_use() == first


def test_models_are_managed_beside_a_running_engine() -> None:
    with start_embedded(DATA) as services:
        asyncio.run(migrate(services.database_url))
        assert "no model was trained yet" in ran("models").output
        assert "No interaction of anybody" in ran("train", code=1).output
        assert ran("models").output.count("No interaction of anybody") == 2


def test_a_training_without_any_data_is_refused() -> None:
    assert "start `attune serve`" in refusal("train", "--data-dir", DATA)
    assert "start `attune serve`" in refusal("models", "--data-dir", DATA)
    assert not DATA.exists()


def test_a_database_behind_this_release_is_refused() -> None:
    start_embedded(DATA).stop()
    assert "run `attune migrate`" in refusal("train", "--data-dir", DATA)


def test_a_database_that_does_not_answer_is_one_line_without_its_password() -> None:
    for command in (("train",), ("models",), ("models", "roll-back", "churn")):
        message = refusal(*command, environment=NOWHERE)
        assert "database does not answer" in message
        assert "hush" not in message


def test_a_cluster_that_is_not_there_is_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prediction.cluster.CONNECT_SECONDS", 0.2)
    message = refusal("train", "--cluster", "tcp://127.0.0.1:1", environment=NOWHERE)
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in message


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "--model", "weather"),
        ("train", "--from", "yesterday"),
        ("train", "--from", "2026-02-02", "--until", "2026-02-01"),
        ("train", "--from", "2026-02-02", "--until", "2026-02-02"),
        ("train", "--from", "9999-01-01"),
        ("models", "roll-back"),
        ("models", "use", "x"),
    ],
)
def test_a_wrong_use_is_one_line_and_code_2(arguments: tuple[str, ...]) -> None:
    assert "--help" in refusal(*arguments, code=2)
