"""An engine with a retention takes nothing that happened before it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.errors import Refused
from domain.use_cases.interactions import TrackInteractions
from tests.builders.interactions import interaction

if TYPE_CHECKING:
    from tests.integration.use_cases.driving import Driven


async def test_what_is_older_than_the_retention_is_refused_by_index_and_nothing_is_stored(engine: Driven) -> None:
    parts = engine.engine.adapters
    track = TrackInteractions(parts.begin, parts.bus, parts.clock, parts.counters, timedelta(days=30))
    new = interaction(engine.now(), key="new", user_id="ada")
    old = interaction(engine.now() - timedelta(days=31), key="old", user_id="ada")

    with pytest.raises(Refused) as refused:
        await track([new, old])

    assert [(problem.code, problem.path) for problem in refused.value.problems] == [
        ("TOO_OLD", ("input", "1", "occurredAt"))
    ]
    assert (await track([new])).accepted == 1
