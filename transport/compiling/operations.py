"""Operations, each compiled once, that answer as graphql-core's executor would - or say why they are left to it."""

from collections.abc import Awaitable, Iterable
from enum import StrEnum
from typing import Any

import strawberry
from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution import Executor
from graphql.execution.values import VariableValues
from graphql.type.directives import GraphQLDisableErrorPropagationDirective

from transport.compiling.completions import is_coroutine
from transport.compiling.runs import errors_of
from transport.compiling.selections import STRAIGHT_AFTER, Selection, Source

MAX_VARIANTS = 16
"""One operation is compiled anew for other values of the variables that include or skip fields, so many times."""

CONDITIONAL = frozenset({GraphQLIncludeDirective.name, GraphQLSkipDirective.name})


class LeftToTheExecutor(StrEnum):
    """Why an operation is not compiled."""

    ERROR_PROPAGATION = "error_propagation"
    EXCEPTION_HANDLERS = "exception_handlers"
    FRAGMENT_ARGUMENTS = "fragment_arguments"
    TOO_MANY_VARIANTS = "too_many_variants"


class CompiledOperation:
    """One operation of a document. `execute` answers like `executor.execute_operation()`."""

    __slots__ = ("_conditions", "_converter", "_obstacle", "_straight_after", "_variants")

    def __init__(
        self,
        schema: strawberry.Schema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        straight_after: int = STRAIGHT_AFTER,
    ) -> None:
        """`straight_after`: a selection is written in straight lines once it has answered so many objects."""
        self._straight_after = straight_after
        self._converter = schema.schema_converter
        self._conditions = conditions(document)
        self._obstacle = _obstacle(schema, document, operation)
        self._variants: dict[tuple[Any, ...], Selection] = {}

    def selection(self, executor: Executor[Any]) -> Selection | LeftToTheExecutor:
        """What the operation asks, with the values that the executor's variables have."""
        if self._obstacle is not None:
            return self._obstacle
        coerced = executor.variable_values.coerced
        values = tuple([coerced.get(name) for name in self._conditions])
        known = self._variants.get(values)
        if known is not None:
            return known
        if len(self._variants) >= MAX_VARIANTS:
            return LeftToTheExecutor.TOO_MANY_VARIANTS
        selection = self._variants[values] = self._compiled(executor)
        return selection

    def _compiled(self, executor: Executor[Any]) -> Selection:
        """The executor is not kept, nor is any variable that makes no difference to which fields are asked for."""
        values = executor.variable_values
        relevant = VariableValues(*({name: part[name] for name in self._conditions if name in part} for part in values))
        root_type = executor.schema.get_root_type(executor.operation.operation)
        if root_type is None:  # documents that do not fit the schema are not run
            raise TypeError(f"The schema has no {executor.operation.operation.value} type.")
        source = Source(
            executor.schema, executor.operation, executor.fragments, relevant, self._converter, self._straight_after
        )
        return source.root(root_type)


def execute(selection: Selection, executor: Executor[Any]) -> ExecutionResult | Awaitable[ExecutionResult]:
    """Answer a compiled operation, with the root value, variables and context that the executor was made with."""
    try:
        if executor.operation.operation is OperationType.MUTATION:
            data: Any = selection.one_after_another(executor, executor.root_value)
        else:
            data = selection.answer(executor, executor.root_value, None)
    except GraphQLError as error:
        return _unanswered(executor, error)
    return _once_known(executor, data) if is_coroutine(data) else _result(executor, data)


async def _once_known(executor: Executor[Any], data: Awaitable[Any]) -> ExecutionResult:
    try:
        return _result(executor, await data)
    except GraphQLError as error:
        return _unanswered(executor, error)


def _unanswered(executor: Executor[Any], error: GraphQLError) -> ExecutionResult:
    executor.collected_errors.add(error, None)
    return _result(executor, None)


def _result(executor: Executor[Any], data: Any) -> ExecutionResult:
    return ExecutionResult(data, errors_of(executor))


def conditions(document: DocumentNode) -> tuple[str, ...]:
    """The names of the variables that decide which fields are asked for, sorted."""
    found: set[str] = set()

    class Conditions(Visitor):
        @staticmethod
        def enter_directive(node: DirectiveNode, *_: object) -> None:
            if node.name.value in CONDITIONAL:
                found.update(_variables_of(node))

    visit(document, Conditions())
    return tuple(sorted(found))


def _variables_of(node: DirectiveNode) -> Iterable[str]:
    return (argument.value.name.value for argument in node.arguments or () if isinstance(argument.value, VariableNode))


def _obstacle(
    schema: strawberry.Schema, document: DocumentNode, operation: OperationDefinitionNode
) -> LeftToTheExecutor | None:
    if schema.schema_converter.exception_handlers:
        return LeftToTheExecutor.EXCEPTION_HANDLERS
    if any(d.name.value == GraphQLDisableErrorPropagationDirective.name for d in operation.directives or ()):
        return LeftToTheExecutor.ERROR_PROPAGATION
    if any(isinstance(part, FragmentDefinitionNode) and part.variable_definitions for part in document.definitions):
        return LeftToTheExecutor.FRAGMENT_ARGUMENTS
    return None
