"""Whether the database answers is known within seconds, also when it neither answers nor refuses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from domain.errors import Unavailable
from domain.use_cases.freshness import Freshness
from tests.fakes.clocks import ManualClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def refuse() -> None:
    raise Unavailable("away")


async def answer() -> None:
    """There is nothing to say."""


async def say_nothing() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(("ping", "answers"), [(answer, True), (refuse, False), (say_nothing, False)])
async def test_a_database_answers_or_is_away(
    ping: Callable[[], Awaitable[None]], monkeypatch: pytest.MonkeyPatch, *, answers: bool
) -> None:
    monkeypatch.setattr("domain.use_cases.freshness.ANSWER_WITHIN_SECONDS", 0.01)
    freshness = Freshness(ping, ManualClock())

    await freshness.look()

    assert freshness.database_answers is answers


async def test_a_database_that_is_back_is_believed_at_the_next_look() -> None:
    away = True

    async def ping() -> None:
        if away:
            raise Unavailable("away")

    freshness = Freshness(ping, ManualClock())
    await freshness.look()
    away = False
    await freshness.look()

    assert freshness.database_answers
