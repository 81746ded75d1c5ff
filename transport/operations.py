"""What does the schema answer to a request? Executed by graphql-core, with Strawberry's resolvers.

Strawberry's own pipeline is not used: its views, schema extensions and caches stay out of the way (resolvers,
permissions and field extensions are part of the schema, and run).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from inspect import isawaitable
from typing import Any, TypeVar, cast

import orjson
import strawberry
from graphql import DocumentNode, ExecutionResult, GraphQLError, OperationType
from graphql.execution import Executor, create_source_event_stream

from transport.documents import Documents
from transport.errors import TIMEOUT, NotAnswered
from transport.gate import Gate, Principal
from transport.limits import Limits
from transport.requests import GraphQLRequest

T = TypeVar("T")

BAD_USER_INPUT = "BAD_USER_INPUT"
DEFERRING_DIRECTIVES = ("defer", "stream")


class Operations:
    """Begins operations on one schema."""

    def __init__(self, schema: strawberry.Schema, gate: Gate[Any], limits: Limits) -> None:
        self.schema = schema._schema  # noqa: SLF001 - Strawberry has no public name for the graphql-core schema
        if any(self.schema.get_directive(name) for name in DEFERRING_DIRECTIVES):
            raise ValueError("One operation has one answer here: the schema may not have @defer or @stream.")
        # Strawberry's executor: its resolvers find what they need in the `info` that only this one builds.
        self.executor_class: type[Executor[Any]] = schema.execution_context_class
        self.gate = gate
        self.limits = limits
        self.documents = Documents(self.schema, limits)

    def begin(self, request: GraphQLRequest, principal: Principal, request_id: str) -> "Operation":
        """Prepare the document and coerce the variables; raises NotAnswered when the request is in error."""
        prepared = self.documents.prepared(request.query)
        if prepared.document is None or prepared.errors:
            raise NotAnswered([self.gate.present(error, request_id) for error in prepared.errors])
        return Operation(self, prepared.document, request, principal=principal, request_id=request_id)


class Operation:
    """One operation that fits the schema, to be run once; answers are the JSON of `{"data": ..., "errors": [...]}`."""

    __slots__ = ("_document", "_executor", "_operations", "_principal", "_request", "_request_id")

    def __init__(
        self,
        operations: Operations,
        document: DocumentNode,
        request: GraphQLRequest,
        *,
        principal: Principal,
        request_id: str,
    ) -> None:
        self._operations = operations
        self._document = document
        self._request = request
        self._principal = principal
        self._request_id = request_id
        with self._faults_presented():
            self._executor = self._build(None)

    @property
    def kind(self) -> OperationType:
        return self._executor.operation.operation

    async def answer(self) -> bytes:
        """Run a query or mutation; raises NotAnswered when its time runs out or the answer is no JSON."""
        with self._faults_presented():
            return await self._run(self._executor)

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Run a subscription: one answer for every event of its source, which is closed with this generator.

        Raises NotAnswered when the source cannot be opened, or fails.
        """
        with self._faults_presented():
            async with _closing(await self._source()) as source:
                async for payload in source:
                    # A fresh executor and context for every event: graphql-core's own copies for events share a
                    # cache that grows with each, and data loaders must not remember across events.
                    yield await self._run(self._build(payload))

    def _build(self, root_value: object) -> Executor[Any]:
        executor = self._operations.executor_class.build(
            self._operations.schema,
            self._document,
            root_value,
            self._operations.gate.context_for(self._principal, self._request_id),
            self._request.variables,
            self._request.operation_name,
            operation_extensions=self._request.extensions,
        )
        if isinstance(executor, Executor):
            return executor
        # They say what is wrong with the variables, also where a scalar's parser raised them: nothing to mask.
        raise NotAnswered([self._present(_stated(error)) for error in executor])

    async def _source(self) -> AsyncIterable[object]:
        stream = await self._in_time(create_source_event_stream(self._executor))
        if isinstance(stream, AsyncIterable):
            return stream
        raise NotAnswered([self._present(error) for error in cast("ExecutionResult", stream).errors or ()])

    async def _run(self, executor: Executor[Any]) -> bytes:
        result = cast("ExecutionResult", await self._in_time(executor.execute_operation()))
        if result.errors is None:
            return orjson.dumps({"data": result.data})
        return orjson.dumps({"data": result.data, "errors": [self._present(error) for error in result.errors]})

    async def _in_time(self, value: Awaitable[T] | T) -> T:
        if not isawaitable(value):
            return value
        try:
            async with asyncio.timeout(self._operations.limits.operation_timeout_seconds):
                return await value
        except TimeoutError:
            error = GraphQLError("The operation took too long.", extensions={"code": TIMEOUT})
            raise NotAnswered([self._present(error)], status=503) from None

    def _present(self, error: GraphQLError) -> dict[str, Any]:
        return self._operations.gate.present(error, self._request_id)

    @contextmanager
    def _faults_presented(self) -> Iterator[None]:
        try:
            yield
        except NotAnswered:
            raise
        except Exception as fault:
            error = fault if isinstance(fault, GraphQLError) else GraphQLError(str(fault), original_error=fault)
            raise NotAnswered([self._present(error)], status=500) from fault


@asynccontextmanager
async def _closing(source: AsyncIterable[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Close the source's iterator at the end, where it can be closed (generators can)."""
    iterator = aiter(source)
    try:
        yield iterator
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


def _stated(error: GraphQLError) -> GraphQLError:
    """Return what the error says, without what caused it."""
    return GraphQLError(error.message, error.nodes, extensions={"code": BAD_USER_INPUT})
