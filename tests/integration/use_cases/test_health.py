"""Does a process say truly whether it can serve?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson

from app import health
from domain.errors import Unavailable

if TYPE_CHECKING:
    import pytest

    from tests.integration.use_cases.driving import Driven


async def silent() -> None:
    await asyncio.Event().wait()


async def away() -> None:
    raise Unavailable("the database does not answer")


async def test_a_process_whose_stores_answer_is_ready(engine: Driven) -> None:
    answer = await health.ready(engine.engine.adapters.pings)

    assert answer.status_code == 200
    assert orjson.loads(answer.body) == {"status": "ready", "checks": {"postgres": "ok", "redis": "ok"}}


async def test_a_store_that_is_away_or_silent_is_named(engine: Driven, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.health.PING_TIMEOUT_SECONDS", 0.5)
    answer = await health.ready({**engine.engine.adapters.pings, "postgres": away, "other": silent})

    assert answer.status_code == 503
    expected = {"postgres": "unavailable", "redis": "ok", "other": "unavailable"}
    assert orjson.loads(answer.body) == {"status": "degraded", "checks": expected}


async def test_a_process_that_has_not_begun_is_not_ready() -> None:
    assert (await health.ready({})).status_code == 503


def test_a_process_that_answers_is_live() -> None:
    assert health.live().status_code == 200
