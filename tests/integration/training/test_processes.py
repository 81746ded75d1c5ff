"""Does the process that trains do so on the engine's stores, and end with the engine?"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from app.training.processes import TrainingProcess
from domain.model.trained_models import TrainingCause
from persistence.postgres.engine import create_engine
from persistence.postgres.units_of_work import PostgresUnitsOfWork
from tests.builders.interactions import DAY

if TYPE_CHECKING:
    from app.settings import Settings

# Says where it runs, and then waits to be ended.
PATIENT = """
import os, signal, socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as told:
    told.sendall(f"{os.environ['ATTUNE_DATABASE_URL']} {os.environ['OMP_NUM_THREADS']}\\n".encode())
    signal.pause()
"""


async def test_it_trains_on_the_stores_of_the_engine_and_only_if_it_is_time(settings: Settings) -> None:
    for every in (None, DAY, DAY):
        process = TrainingProcess(settings.replaced(train_every=every))
        assert await process() == 0
    assert settings.database_url is not None
    engine = create_engine(settings.database_url, pool_size=1)
    async with PostgresUnitsOfWork(engine)() as work:
        trainings = await work.trainings.latest(9)
    await engine.dispose()
    assert [training.cause for training in trainings] == [TrainingCause.SCHEDULE]
    assert trainings[0].ended_at is not None


async def test_it_ends_when_the_engine_does(settings: Settings) -> None:
    came: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Future()
    server = await asyncio.start_server(lambda *streams: came.set_result(streams), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = TrainingProcess(settings, (sys.executable, "-c", PATIENT, str(port)))
    running = asyncio.create_task(process())

    reader, writer = await came
    assert (await reader.readline()).decode().split() == [settings.database_url, "1"]
    running.cancel()
    assert await reader.read() == b""
    assert await asyncio.wait((running,)) == ({running}, set())
    assert running.cancelled()
    writer.close()
    server.close()


async def test_it_ends_when_it_takes_too_long(settings: Settings) -> None:
    hanging = (sys.executable, "-c", "import signal; signal.pause()")
    with capture_logs() as logged:
        assert await TrainingProcess(settings, hanging, longest_seconds=0.1)() == -signal.SIGTERM
    assert [line["event"] for line in logged] == ["training_hangs"]


async def test_its_exit_code_is_told(settings: Settings) -> None:
    assert await TrainingProcess(settings, (sys.executable, "-c", "raise SystemExit(3)"))() == 3
