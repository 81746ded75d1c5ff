"""What do the compiled operation and graphql-core's executor answer to the same question?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

from graphql import DocumentNode, ExecutionResult, OperationDefinitionNode, parse
from graphql.execution import Executor

from transport.blueprints import Blueprint, made_like
from transport.coercions import Coercions
from transport.compiling.operations import CompiledOperation, LeftToTheExecutor, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import strawberry

    from tests.builders.operations import Drawn


@dataclass(frozen=True, slots=True)
class Question:
    """One operation, asked anew for every answer. `context`: makes the context of one; `root`: an event, for events."""

    schema: strawberry.Schema
    document: DocumentNode
    variables: dict[str, Any]
    context: Callable[[], object]
    root: object = None

    @classmethod
    def of(
        cls, schema: strawberry.Schema, drawn: Drawn, context: Callable[[], object], root: object = None
    ) -> Question:
        return cls(schema, parse(drawn.text), drawn.variables, context, root)

    def compiled(self) -> CompiledOperation:
        """Every selection answers field by field at first, then in straight lines."""
        (operation,) = (part for part in self.document.definitions if isinstance(part, OperationDefinitionNode))
        return CompiledOperation(self.schema, self.document, operation, straight_after=1)

    async def by_graphql_core(self) -> dict[str, Any]:
        executor = self._executor()
        return executor if isinstance(executor, dict) else await _known(executor.execute_operation())

    async def by_compiling(self, operation: CompiledOperation) -> dict[str, Any]:
        executor = self._executor()
        if isinstance(executor, dict):
            return executor
        again = Blueprint.of(executor).executor(self.variables, coercions_of(self.schema), executor.context_value, None)
        if again is not None:
            assert said(again) == said(executor)
            executor = made_like(again, self.root, again.context_value, again.variable_values, None)
        selection = operation.selection(executor)
        assert not isinstance(selection, LeftToTheExecutor)
        return await _known(execute(selection, executor))

    def _executor(self) -> Executor[Any] | dict[str, Any]:
        """Ready to run, or what is wrong with the variables."""
        built = self.schema.execution_context_class.build(
            self.schema._schema,
            self.document,
            self.root,
            self.context(),
            self.variables,
            None,
            operation_extensions=None,
        )
        return built if isinstance(built, Executor) else {"errors": [error.formatted for error in built]}


def said(executor: Executor[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Its variables: as they were sent, and as they are understood."""
    sources, coerced = executor.variable_values
    return {name: source.value for name, source in sources.items()}, coerced


@cache
def coercions_of(schema: strawberry.Schema) -> Coercions:
    return Coercions(schema._schema)


def agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Are they equal, but for which of several fields is told of that left the same place null?

    Those are waited for together, and of whatever fails first the specification asks for (section 6.4.4).
    """
    if one == other or one.keys() != other.keys() or one.get("data") != other.get("data"):
        return one == other
    errors, others = one["errors"], other["errors"]
    return len(errors) == len(others) and all(
        error == told or _nulled(one["data"], error) == _nulled(one["data"], told) != NOWHERE
        for error, told in zip(errors, others, strict=True)
    )


NOWHERE: None = None


def _nulled(data: Any, error: Mapping[str, Any]) -> tuple[str | int, ...] | None:
    """Where the data is null because of the error."""
    place: list[str | int] = []
    for step in error.get("path", ()):
        if data is None:
            break
        data = data[step]
        place.append(step)
    return tuple(place) if data is None else NOWHERE


async def _known(result: Any) -> dict[str, Any]:
    return dict(cast("ExecutionResult", await result if isawaitable(result) else result).formatted)


async def everything_settled() -> None:
    """Wait for what runs on although its field's answer is lost already."""
    while others := asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}:
        await asyncio.gather(*others, return_exceptions=True)
