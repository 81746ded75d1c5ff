"""An operation that is begun again answers as if it were begun first, and leaves nothing behind."""

from __future__ import annotations

import gc
from typing import Any

import orjson
import pytest

from tests.transport import example
from transport.errors import NotAnswered
from transport.limits import Limits
from transport.operations import Operations
from transport.requests import GraphQLRequest

NOOP = "mutation Noop($x: Int = 5) { noop(x: $x) } query Hello { hello }"
WHEN = "query($at: DateTime!) { when(at: $at) }"
NODES = "query($n: Int) { node { name child { name children(first: $n) { name } } } who }"
OFTEN = 2_000
NOISE = OFTEN // 10


class _Forgetful(list[example.Context]):
    """The world's list of contexts, which must not itself grow here."""

    def append(self, _context: example.Context) -> None:
        pass


@pytest.fixture
def operations() -> Operations:
    return Operations(example.schema, example.gate(example.World(contexts=_Forgetful())), Limits())


async def answer(operations: Operations, query: str, name: str | None = None, **variables: Any) -> Any:
    request = GraphQLRequest(query, name, variables, None)
    try:
        return orjson.loads(await operations.begin(request, example.Caller("ada"), "id").answer())["data"]
    except NotAnswered as refusal:
        return [error["message"] for error in refusal.errors]


async def test_what_a_variable_is_by_default_is_so_every_time(operations: Operations) -> None:
    answers = [await answer(operations, NOOP, "Noop", **given) for given in ({}, {"x": 7}, {}, {"x": 8})]

    assert answers == [{"noop": 5}, {"noop": 7}, {"noop": 5}, {"noop": 8}]


async def test_each_operation_of_a_document_is_begun_again_as_itself(operations: Operations) -> None:
    answers = [await answer(operations, NOOP, name) for name in ("Hello", "Noop", "Hello", "Noop", "Nobody", None)]

    assert answers[:4] == [{"hello": "world"}, {"noop": 5}] * 2
    assert answers[4:] == [
        ["Unknown operation named 'Nobody'."],
        ["Must provide operation name if query contains multiple operations."],
    ]


@pytest.mark.parametrize("variables", [{}, {"at": None}, {"at": 7}, {"at": "yesterday"}, {"at": ["2026-01-01"]}])
async def test_bad_variables_are_refused_in_the_same_words_every_time(
    operations: Operations, variables: dict[str, Any]
) -> None:
    first = await answer(operations, WHEN, **variables)
    assert await answer(operations, WHEN, at="2026-01-01T00:00:00") == {"when": "2026-01-01T00:00:00"}

    assert await answer(operations, WHEN, **variables) == first
    assert "$at" in first[0]


async def test_queries_leave_no_objects_behind(operations: Operations) -> None:
    for _ in range(100):
        await answer(operations, NODES, n=3)
    before = live_objects()
    for _ in range(OFTEN):
        await answer(operations, NODES, n=3)

    assert live_objects() - before < NOISE


def live_objects() -> int:
    gc.collect()
    return len(gc.get_objects())
