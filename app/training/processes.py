"""How is a training run in a process of its own, so that no server waits for it?"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from app.settings import OFF, PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.settings import Settings

NICENESS = 10
"""Whoever answers goes first."""

LONGEST_SECONDS = 12 * 3_600.0
"""A training that takes longer hangs, and would keep all others from beginning."""

GRACE_SECONDS = 5.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Sums over several threads come out in no fixed order, and the other cores are the server's."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingProcess:
    """Starts a command on the stores of these settings."""

    settings: Settings
    command: tuple[str, ...] = (sys.executable, "-P", "-m", "app.training")
    longest_seconds: float = LONGEST_SECONDS

    async def __call__(self) -> int:
        """Let it work, and return the exit code; what is not over in time, or when this is cancelled, is ended."""
        process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD, **as_environment(self.settings)},
            start_new_session=True,  # Ctrl-C is for the engine, which then ends this
        )
        try:
            async with asyncio.timeout(self.longest_seconds):
                await process.wait()
        except TimeoutError:
            log.warning("training_hangs", seconds=self.longest_seconds)
        finally:
            await _ended(process)
        return process.returncode or 0


def as_environment(settings: Settings) -> Mapping[str, str]:
    """What a process needs to find the same stores, and to train as these settings say."""
    every = settings.train_every
    return {
        f"{PREFIX}DATABASE_URL": settings.database_url or "",
        f"{PREFIX}REDIS_URL": settings.redis_url or "",
        f"{PREFIX}EMBEDDED": "false",
        f"{PREFIX}DATA_DIR": str(settings.data_dir.resolve()),
        f"{PREFIX}LOG_FORMAT": settings.log_format,
        f"{PREFIX}LOG_LEVEL": settings.log_level,
        f"{PREFIX}TRAIN_EVERY": OFF if every is None else f"{round(every.total_seconds())}s",
        f"{PREFIX}TRAIN_RECEIVED_AS_OCCURRED": str(settings.train_received_as_occurred).lower(),
    }


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(GRACE_SECONDS):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
