"""What do the compiled operation and graphql-core's executor answer to the same question?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

from graphql import DocumentNode, ExecutionResult, OperationDefinitionNode, parse
from graphql.execution import Executor

from transport.blueprints import Blueprint
from transport.coercions import Coercions
from transport.compiling.operations import CompiledOperation, LeftToTheExecutor, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
        blueprint, context = Blueprint.of(executor), executor.context_value
        again = blueprint.executor(self.variables, coercions_of(self.schema), context, None)
        if again is not None:
            assert said(again) == said(executor)
            executor = blueprint.begin(self.root, context, again.variable_values, None)
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
    """Are they equal, but for which fields are told of below a place that one of them left null?

    Those are waited for together: of whatever fails first the specification asks for (section 6.4.4), and of others
    only as far as they failed before that.
    """
    if one == other or one.keys() != other.keys() or one.get("data") != other.get("data"):
        return one == other
    told, told_by_other = (_by_place(each["data"], each["errors"]) for each in (one, other))
    return told.keys() == told_by_other.keys() and all(
        errors == told_by_other[place] or all(_is_below(place, error) for error in (*errors, *told_by_other[place]))
        for place, errors in told.items()
    )


def _by_place(data: Any, errors: Sequence[Mapping[str, Any]]) -> dict[tuple[str | int, ...], list[Mapping[str, Any]]]:
    """The errors by where the data is null on their paths, from the root on."""
    found: dict[tuple[str | int, ...], list[Mapping[str, Any]]] = {}
    for error in errors:
        at, place = data, list[str | int]()
        for step in error["path"]:
            if at is None:
                break
            at = at[step]
            place.append(step)
        found.setdefault(tuple(place), []).append(error)
    return found


def _is_below(place: tuple[str | int, ...], error: Mapping[str, Any]) -> bool:
    return len(error["path"]) > len(place)


async def _known(result: Any) -> dict[str, Any]:
    return dict(cast("ExecutionResult", await result if isawaitable(result) else result).formatted)


async def everything_settled() -> None:
    """Wait for what runs on although its field's answer is lost already."""
    while others := asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}:
        await asyncio.gather(*others, return_exceptions=True)
