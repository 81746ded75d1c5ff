"""A compiled operation answers exactly as graphql-core's executor does: the same data, errors, paths and order."""

from __future__ import annotations

import asyncio
import gc
import os
from typing import TYPE_CHECKING

import pytest
from graphql import parse, validate
from hypothesis import HealthCheck, given, note, settings

from tests.builders.operations import Drawn, operations
from tests.property.transport.answers import Question, everything_settled
from tests.transport import oddities

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = int(os.environ.get("ATTUNE_TEST_DIFFERENTIAL_EXAMPLES", "300"))
SCHEMA = oddities.schema
CORE = SCHEMA._schema


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Garbage is collected within the test that made it."""
    yield
    gc.collect()


# Who waits for a field that has failed already is cancelled, here as in graphql-core, perhaps before waiting began.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.usefixtures("nothing_left")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=operations(CORE))
def test_compiled_operations_answer_as_graphql_core_does(drawn: Drawn) -> None:
    note(drawn.text)
    assert validate(CORE, parse(drawn.text)) == []

    async def both() -> None:
        question = Question.of(SCHEMA, drawn, oddities.Context)
        operation = question.compiled()
        try:
            expected = await question.by_graphql_core()
            assert await question.by_compiling(operation) == expected
            assert await question.by_compiling(operation) == expected  # and again, now that everything is compiled
        finally:
            await everything_settled()

    asyncio.run(both())
