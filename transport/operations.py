"""What does the schema answer to a request? By compiled operations or graphql-core, with Strawberry's resolvers.

Strawberry's own pipeline is not used: its views, schema extensions and caches stay out of the way (resolvers,
permissions and field extensions are part of the schema, and run).
"""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Hashable
from contextlib import asynccontextmanager
from functools import partial
from inspect import isawaitable
from typing import Any, TypeVar, cast

import orjson
import strawberry
from graphql import DocumentNode, ExecutionResult, GraphQLError, OperationType
from graphql.execution import Executor, create_source_event_stream

from transport.blueprints import Blueprint
from transport.coercions import Coercions, large_lists
from transport.compiling.operations import CompiledOperation, LeftToTheExecutor, execute
from transport.documents import Documents, Prepared
from transport.errors import (
    INTROSPECTION_REFUSED,
    PERSISTED_QUERY_NOT_FOUND,
    TIMEOUT,
    UNTRUSTED_DOCUMENT,
    NotAnswered,
    Presented,
)
from transport.gate import Gate, Principal
from transport.keeping import KeptAnswers, Source
from transport.limits import Limits
from transport.manifests import Manifest
from transport.requests import GraphQLRequest
from transport.sharing import Answer, SharedAnswers
from transport.waiting import in_time

T = TypeVar("T")

BAD_USER_INPUT = "BAD_USER_INPUT"
TOO_DEEP = "The variables are nested too deeply."
UNTRUSTED = "Only the application's own operations are answered here, and this is none of them."
DEFERRING_DIRECTIVES = ("defer", "stream")


class Operations:
    """Begins operations on one schema."""

    def __init__(
        self, schema: strawberry.Schema, gate: Gate[Any], limits: Limits, manifest: Manifest | None = None
    ) -> None:
        self._strawberry_schema = schema
        self.schema = schema._schema  # noqa: SLF001 - Strawberry has no public name for the graphql-core schema
        if any(self.schema.get_directive(name) for name in DEFERRING_DIRECTIVES):
            raise ValueError("One operation has one answer here: the schema may not have @defer or @stream.")
        # Strawberry's executor: its resolvers find what they need in the `info` that only this one builds.
        self.executor_class: type[Executor[Any]] = schema.execution_context_class
        self.gate = gate
        self.limits = limits
        self.documents = Documents(self.schema, limits, manifest, declared=gate.is_determined)
        self.coercions = Coercions(self.schema)
        self.shared = SharedAnswers(limits.shared_answers)
        self.kept = KeptAnswers(limits)
        self.left_to_the_executor: Counter[LeftToTheExecutor] = Counter()

    def begin(self, request: GraphQLRequest, principal: Principal, request_id: str) -> "Operation":
        """Prepare the document and coerce the variables; raises NotAnswered when the request is in error."""
        if request.document_id is not None:
            request = self._with_text(request, principal, request_id)
        prepared = self._prepared(request.query, principal, request_id)
        if prepared.page_variables:
            excesses = self.documents.excesses_with(prepared, request.variables or {})
            if excesses:
                raise NotAnswered([self.gate.present(error, request_id) for error in excesses])
        return Operation(self, prepared, request, principal=principal, request_id=request_id)

    def _prepared(self, text: str, principal: Principal, request_id: str) -> Prepared:
        """The document, if this principal may send it; what is not trusted is not even read."""
        prepared = self.documents.trusted(text)
        if prepared is None:
            if self.documents.only_trusted and not self.gate.may_send_any(principal):
                raise self._refusal(UNTRUSTED_DOCUMENT, UNTRUSTED, request_id)
            prepared = self.documents.prepared(text)
        if prepared.errors:
            may_be_told = self.gate.may_introspect(principal)
            errors = self.documents.with_suggestions(text) if may_be_told else prepared.errors
            raise NotAnswered([self.gate.present(error, request_id) for error in errors])
        if prepared.introspects and not self.gate.may_introspect(principal):
            raise self._refusal(INTROSPECTION_REFUSED, "You may not ask for the schema itself.", request_id)
        return prepared

    def _with_text(self, request: GraphQLRequest, principal: Principal, request_id: str) -> GraphQLRequest:
        text = self.documents.text_of(request.document_id or "")
        if text is not None:
            return GraphQLRequest(text, request.operation_name, request.variables, request.extensions)
        if self.documents.only_trusted and not self.gate.may_send_any(principal):
            raise self._refusal(UNTRUSTED_DOCUMENT, UNTRUSTED, request_id)
        raise self._refusal(PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound", request_id)

    def _refusal(self, code: str, message: str, request_id: str) -> NotAnswered:
        return NotAnswered([self.gate.present(GraphQLError(message, extensions={"code": code}), request_id)])

    def execute(self, prepared: Prepared, executor: Executor[Any]) -> Awaitable[ExecutionResult] | ExecutionResult:
        """Run what the executor was built for: compiled if it can be, which is counted where it cannot."""
        name = executor.operation.name.value if executor.operation.name else ""
        compiled = prepared.compiled.get(name)
        if compiled is None:
            document = cast("DocumentNode", prepared.document)
            compiled = CompiledOperation(self._strawberry_schema, document, executor.operation)
            prepared.compiled[name] = compiled
        selection = compiled.selection(executor)
        if isinstance(selection, LeftToTheExecutor):
            self.left_to_the_executor[selection] += 1
            return cast("ExecutionResult", executor.execute_operation())
        return execute(selection, executor)


class Operation:
    """One operation that fits the schema, to be run once; answers are the JSON of `{"data": ..., "errors": [...]}`."""

    __slots__ = ("_executor", "_operations", "_prepared", "_principal", "_request", "_request_id")

    def __init__(
        self,
        operations: Operations,
        prepared: Prepared,
        request: GraphQLRequest,
        *,
        principal: Principal,
        request_id: str,
    ) -> None:
        self._operations = operations
        self._prepared = prepared
        self._request = request
        self._principal = principal
        self._request_id = request_id
        try:
            self._executor = self._build()
        except NotAnswered:
            raise
        except Exception as fault:
            raise self._unanswered(fault) from fault

    @property
    def kind(self) -> OperationType:
        return self._executor.operation.operation

    async def answer(self) -> bytes:
        """Run a query or mutation; raises NotAnswered when its time runs out or the answer is no JSON."""
        return (await self._answered()).body

    async def answer_to_keep(self) -> tuple[bytes, Source | None]:
        """Like `answer`, with what it was made from, if it can be kept."""
        answer = await self._answered()
        if not (self._prepared.is_determined and answer.flawless and self.kind is OperationType.QUERY):
            return answer.body, None
        self._operations.kept.made += 1
        return answer.body, self._operations.gate.made_from(self._executor.context_value)

    def answers(self) -> AsyncGenerator[bytes, None]:
        """Run the operation, whatever its kind: one answer, or those of `events`."""
        return self.events() if self.kind is OperationType.SUBSCRIPTION else self._only()

    async def _only(self) -> AsyncGenerator[bytes, None]:
        yield await self.answer()

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Run a subscription: one answer for every event of its source, which is closed with this generator.

        Raises NotAnswered when the source cannot be opened, or fails.
        """
        try:
            question = self._question()
            async with _closing(await self._source()) as source:
                async for payload in source:
                    yield (await self._event(question, payload)).body
        except NotAnswered:
            raise
        except Exception as fault:
            raise self._unanswered(fault) from fault

    async def _answered(self) -> Answer:
        try:
            return await self._run(self._executor)
        except NotAnswered:
            raise
        except Exception as fault:
            raise self._unanswered(fault) from fault

    async def _event(self, question: Hashable, payload: object) -> Answer:
        key = None
        if self._prepared.is_determined:
            key = self._operations.gate.shared_by(payload, self._executor.context_value, self._prepared.fields)
        if key is None:
            return await self._told(payload)
        return await self._operations.shared.answer((question, key), partial(self._told, payload))

    async def _told(self, payload: object) -> Answer:
        # A fresh executor and context for every event: graphql-core's own copies for events share a cache that grows
        # with each, and data loaders must not remember across events.
        return await self._run(self._rebuilt(payload, self._context()))

    def _question(self) -> Hashable:
        request = self._request
        try:
            # As text: of the bytes that orjson makes, each would hold some kilobytes as long as the subscription lasts.
            variables = orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS).decode()
        except TypeError:  # orjson reads more levels than it writes
            raise NotAnswered([self._present(GraphQLError(TOO_DEEP, extensions={"code": BAD_USER_INPUT}))]) from None
        return request.query, request.operation_name, variables

    def _context(self) -> object:
        return self._operations.gate.context_for(self._principal, self._request_id)

    def _build(self) -> Executor[Any]:
        raw = self._request.variables or {}
        context = self._context()
        blueprints, name = self._prepared.blueprints, self._request.operation_name
        blueprint = blueprints.get(name)
        if blueprint is not None:
            again = blueprint.executor(raw, self._operations.coercions, context, self._request.extensions)
            if again is not None:
                return again
        executor = self._built_first(raw, context)
        if blueprint is None:
            blueprints[name] = Blueprint.of(executor)
        return executor

    def _built_first(self, raw: dict[str, Any], context: object) -> Executor[Any]:
        large = large_lists(raw)
        if large:
            # Any list type takes an empty list; where all is not well, graphql-core is to see what was really sent.
            executor = self._built({**raw, **{name: [] for name in large}}, context)
            if isinstance(executor, Executor) and self._operations.coercions.fill(executor.variable_values, large):
                return executor
        executor = self._built(raw, context)
        if not isinstance(executor, Executor) and self._operations.gate.may_introspect(self._principal):
            executor = self._built(raw, context, hide_suggestions=False)
        if isinstance(executor, Executor):
            return executor
        # They say what is wrong with the variables, also where a scalar's parser raised them: nothing to mask.
        raise NotAnswered([self._present(_stated(error)) for error in executor])

    def _built(
        self, variables: dict[str, Any], context: object, *, hide_suggestions: bool = True
    ) -> Executor[Any] | list[GraphQLError]:
        return self._operations.executor_class.build(
            self._operations.schema,
            cast("DocumentNode", self._prepared.document),  # there without errors
            None,
            context,
            variables,
            self._request.operation_name,
            hide_suggestions=hide_suggestions,
            operation_extensions=self._request.extensions,
        )

    def _rebuilt(self, root_value: object, context: object) -> Executor[Any]:
        """Return an executor like the operation's, with its variables as they are coerced but nothing of its runs."""
        blueprint = self._prepared.blueprints[self._request.operation_name]
        return blueprint.begin(root_value, context, self._executor.variable_values, self._request.extensions)

    async def _source(self) -> AsyncIterable[object]:
        stream = create_source_event_stream(self._executor)
        if isawaitable(stream):
            stream = await self._in_time(stream)
        if isinstance(stream, AsyncIterable):
            return stream
        raise NotAnswered([self._present(error) for error in stream.errors or ()])

    async def _run(self, executor: Executor[Any]) -> Answer:
        result = self._operations.execute(self._prepared, executor)
        if not isinstance(result, ExecutionResult):
            result = await self._in_time(result)
        if result.errors is None:
            return Answer(_exactly(orjson.dumps({"data": result.data})), flawless=True)
        errors = [self._present(error) for error in result.errors]
        return Answer(orjson.dumps({"data": result.data, "errors": errors}), flawless=False)

    async def _in_time(self, value: Awaitable[T]) -> T:
        try:
            return await in_time(value, self._operations.limits.operation_timeout_seconds)
        except TimeoutError:
            error = GraphQLError("The operation took too long.", extensions={"code": TIMEOUT})
            raise NotAnswered([self._present(error)], status=503) from None

    def _present(self, error: GraphQLError) -> dict[str, Any]:
        return self._operations.gate.present(error, self._request_id)

    def _unanswered(self, fault: Exception) -> NotAnswered:
        error = fault if isinstance(fault, GraphQLError) else GraphQLError(str(fault), original_error=fault)
        return NotAnswered([self._present(error)], status=500)


@asynccontextmanager
async def _closing(source: AsyncIterable[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Close the source's iterator at the end, where it can be closed (generators can)."""
    iterator = aiter(source)
    try:
        yield iterator
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


def error_answer(errors: list[Presented]) -> bytes:
    """Return the answer of an operation that has none."""
    return orjson.dumps({"errors": errors}, default=str)


def _stated(error: GraphQLError) -> GraphQLError:
    """Return what the error says, without what caused it."""
    return GraphQLError(error.message, error.nodes, extensions={"code": BAD_USER_INPUT})


def _exactly(made: bytes) -> bytes:
    """The same bytes in no more memory than they need: what orjson 3.13 makes keeps up to kilobytes in reserve."""
    return bytes(memoryview(made))
