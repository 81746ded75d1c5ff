"""Operations are executed by graphql-core without the leaks of its subscriptions."""

import gc
import sys
import tracemalloc
from contextlib import aclosing
from inspect import isawaitable
from typing import Any

import pytest
import strawberry
from graphql import parse, subscribe
from strawberry.schema.config import StrawberryConfig

from tests.transport import example
from transport import operations as operations_module
from transport.limits import Limits
from transport.operations import Operations
from transport.requests import GraphQLRequest

EVENTS = 2_000
QUERY = f"subscription {{ nodes(to: {EVENTS + 200}) {{ name child {{ name child {{ name }} }} }} }}"
# Garbage of the interpreter's own, such as free lists; the leak adds several objects with every event.
NOISE = EVENTS // 10


def live_objects() -> int:
    gc.collect()
    return len(gc.get_objects())


async def growth(events: Any) -> int:
    """Return by how many objects the process grows over 2,000 events."""
    async with aclosing(events):
        for _ in range(100):
            await anext(events)
        before = live_objects()
        for _ in range(EVENTS):
            await anext(events)
        return live_objects() - before


class _Forgetful(list[example.Context]):
    """The world's list of contexts, which must not itself grow here."""

    def append(self, _context: example.Context) -> None:
        pass


async def test_the_events_of_a_subscription_leave_no_objects_behind() -> None:
    world = example.World(contexts=_Forgetful())
    operations = Operations(example.schema, example.gate(world), Limits())
    operation = operations.begin(GraphQLRequest(QUERY, None, None, None), example.Caller("ada"), "id")
    assert await growth(operation.events()) < NOISE


async def test_the_leak_is_still_there_in_graphql_core_so_that_the_fresh_executors_are_still_needed() -> None:
    context = example.Context(example.Caller("ada"), "id", example.World())
    awaitable = subscribe(
        example.schema._schema,
        parse(QUERY),
        context_value=context,
        executor_class=example.schema.execution_context_class,
    )
    assert isawaitable(awaitable)
    events = await awaitable
    assert await growth(events) > EVENTS


def test_a_schema_that_answers_in_several_parts_is_refused() -> None:
    schema = strawberry.Schema(example.Query, config=StrawberryConfig(enable_experimental_incremental_execution=True))
    with pytest.raises(ValueError, match="@defer"):
        Operations(schema, example.gate(example.World()), Limits())


async def test_an_answer_that_is_kept_takes_no_more_memory_than_it_needs() -> None:
    """What makes JSON reserves kilobytes for every text, and does not give them back."""
    count, world = 200, example.World()
    operations = Operations(example.schema, example.gate(world), Limits())

    async def answer() -> bytes:
        request = GraphQLRequest("{ hello }", None, None, None)
        return await operations.begin(request, example.Caller("ada"), "id").answer()

    size_bytes = sys.getsizeof(await answer())
    tracemalloc.start()
    try:
        answers = [await answer() for _ in range(count)]
        held = tracemalloc.take_snapshot().filter_traces(
            [tracemalloc.Filter(inclusive=True, filename_pattern=operations_module.__file__)]
        )
    finally:
        tracemalloc.stop()
    assert len(answers) == count
    assert sum(trace.size for trace in held.traces) < 2 * count * size_bytes
