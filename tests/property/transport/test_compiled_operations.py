"""A compiled operation answers exactly as graphql-core's executor does: the same data, errors, paths and order."""

from __future__ import annotations

import asyncio
import gc
import os
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

import pytest
from graphql import ExecutionResult, OperationDefinitionNode, parse, validate
from graphql.execution import Executor
from hypothesis import HealthCheck, given, note, settings

from tests.builders.operations import Drawn, operations
from tests.transport import oddities
from transport.compiling.operations import CompiledOperation, LeftToTheExecutor, execute

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = int(os.environ.get("ATTUNE_TEST_DIFFERENTIAL_EXAMPLES", "300"))
SCHEMA = oddities.schema
CORE = SCHEMA._schema


def built(drawn: Drawn) -> Executor[Any]:
    executor = SCHEMA.execution_context_class.build(
        CORE, parse(drawn.text), None, oddities.Context(), drawn.variables, None, operation_extensions=None
    )
    assert isinstance(executor, Executor), executor
    return executor


def compiled(drawn: Drawn) -> CompiledOperation:
    document = parse(drawn.text)
    (operation,) = (part for part in document.definitions if isinstance(part, OperationDefinitionNode))
    return CompiledOperation(SCHEMA, document, operation)


async def once_known(result: Any) -> dict[str, Any]:
    known = cast("ExecutionResult", await result if isawaitable(result) else result)
    return dict(known.formatted)


async def by_graphql_core(drawn: Drawn) -> dict[str, Any]:
    return await once_known(built(drawn).execute_operation())


async def by_compiling(operation: CompiledOperation, drawn: Drawn) -> dict[str, Any]:
    executor = built(drawn)
    selection = operation.selection(executor)
    assert not isinstance(selection, LeftToTheExecutor)
    return await once_known(execute(selection, executor))


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Garbage is collected within the test that made it."""
    yield
    gc.collect()


async def everything_settled() -> None:
    """Wait for what runs on although its field's answer is lost already."""
    while others := asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}:
        await asyncio.gather(*others, return_exceptions=True)


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
        operation = compiled(drawn)
        try:
            expected = await by_graphql_core(drawn)
            assert await by_compiling(operation, drawn) == expected
            assert await by_compiling(operation, drawn) == expected  # and again, now that everything is compiled
        finally:
            await everything_settled()

    asyncio.run(both())
