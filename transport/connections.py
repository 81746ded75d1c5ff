"""What happens on one socket, from its handshake to its end?"""

import asyncio
import contextlib
from contextlib import aclosing
from enum import Enum, auto
from typing import NoReturn

import structlog
from starlette.types import Message, Receive, Send
from structlog.contextvars import bound_contextvars

from transport import closings, messages
from transport.closings import Closed
from transport.errors import NotAnswered, Presented, Refused
from transport.gate import Principal
from transport.messages import ClientMessage, Complete, Init, Ping, Pong, Subscribe
from transport.operations import Operations
from transport.outboxes import Outbox
from transport.registries import Registry
from transport.requests import MalformedRequest
from transport.waiting import in_time

TOO_MANY_OPERATIONS = "TOO_MANY_OPERATIONS"

log = structlog.get_logger(__name__)


class _Phase(Enum):
    CONNECTED = auto()
    AUTHENTICATING = auto()
    ACKNOWLEDGED = auto()


class Connection:
    """One socket that speaks graphql-transport-ws.

    Its tasks are one reader (whoever awaits `run`) and one per operation, which sends its own answers. Whatever ends
    the socket raises Closed in one of them, which cancels the others and so closes the sources of all subscriptions;
    then the close frame is sent.
    """

    def __init__(self, operations: Operations, registry: Registry, receive: Receive, send: Send) -> None:
        self._operations = operations
        self._registry = registry
        self._gate = operations.gate
        self._limits = operations.limits
        self._receive = receive
        self._send = send
        self._outbox = Outbox(send, operations.limits)
        self._phase = _Phase.CONNECTED
        self._principal: Principal | None = None
        self._live: dict[str, asyncio.Task[None]] = {}
        self._tasks = asyncio.TaskGroup()
        self._operation_tasks: set[asyncio.Task[None]] = set()
        self._deadline = asyncio.timeout(operations.limits.connection_init_timeout_seconds)
        self._told: Closed | None = None

    async def run(self) -> None:
        """Accept and serve the socket until either side ends it, then say so to a client that still listens.

        A client that does not read would keep whatever is sent to it, and this task, waiting.
        """
        with contextlib.suppress(TimeoutError, OSError):
            await self._put({"type": "websocket.accept", "subprotocol": messages.SUBPROTOCOL})
            closed = await self._ended()
            if closed.code is not None:
                await self._put({"type": "websocket.close", "code": closed.code, "reason": closed.reason})

    def end(self, closed: Closed) -> None:
        """End the socket from outside."""
        self._told = closed
        self._reschedule(asyncio.get_running_loop().time())

    async def _ended(self) -> Closed:
        try:
            async with self._deadline, self._tasks:
                if self._told is not None:  # while the handshake was on its way
                    return self._told
                await self._read()
        except TimeoutError:
            return self._told or Closed(closings.CONNECTION_INITIALISATION_TIMEOUT, "Connection initialisation timeout")
        except ExceptionGroup as group:
            ends, faults = group.split(Closed)
            if ends is not None:
                return next(end for end in ends.exceptions if isinstance(end, Closed))
            log.exception("socket_failed", exc_info=faults)
            return Closed(closings.TRY_AGAIN_LATER, "Internal error")

    async def _put(self, message: Message) -> None:
        await in_time(self._send(message), self._limits.send_timeout_seconds)

    def _reschedule(self, when: float | None) -> None:
        with contextlib.suppress(RuntimeError):  # the socket has not begun, or is ending already
            self._deadline.reschedule(when)

    async def _read(self) -> NoReturn:
        while True:
            try:
                await self._handle(self._message(await self._receive()))
            except MalformedRequest as malformed:
                raise Closed(closings.BAD_REQUEST, str(malformed)) from malformed

    def _message(self, event: Message) -> ClientMessage:
        if event["type"] == "websocket.disconnect":
            raise Closed(None)
        text = event.get("text")
        if text is None:
            raise Closed(closings.BAD_REQUEST, "Invalid message: binary frames are not part of the protocol")
        if len(text.encode()) > self._limits.message_max_bytes:
            raise Closed(closings.MESSAGE_TOO_BIG, f"Messages have at most {self._limits.message_max_bytes} bytes")
        return messages.client_message(text)

    async def _handle(self, message: ClientMessage) -> None:
        match message:
            case Init():
                self._initialise(message)
            case Ping():
                await self._outbox.put(messages.pong(message.payload))
            case Pong():
                pass
            case Subscribe():
                await self._subscribe(message)
            case Complete():
                if task := self._live.pop(message.id, None):
                    task.cancel()

    def _initialise(self, message: Init) -> None:
        if self._phase is not _Phase.CONNECTED:
            raise Closed(closings.TOO_MANY_INITIALISATION_REQUESTS, "Too many initialisation requests")
        self._phase = _Phase.AUTHENTICATING
        self._tasks.create_task(self._authenticate(message))

    async def _authenticate(self, message: Init) -> None:
        """Acknowledge the connection, which ends when its principal expires."""
        try:
            principal: Principal = await self._gate.authenticate(self._gate.token_of(message.payload))
        except Refused as refusal:
            raise Closed(closings.FORBIDDEN, refusal.message) from refusal
        self._principal = principal
        self._phase = _Phase.ACKNOWLEDGED
        if self._told is None:  # or else it would never end
            self._reschedule(None)
        self._registry.attribute(self, principal)
        await self._outbox.put(messages.ack())

    async def _subscribe(self, message: Subscribe) -> None:
        if self._principal is None:
            raise Closed(closings.UNAUTHORIZED, "Unauthorized")
        if message.id in self._live:
            raise Closed(closings.SUBSCRIBER_ALREADY_EXISTS, f"Subscriber for {message.id} already exists")
        if len(self._operation_tasks) >= self._limits.max_operations_per_connection:
            await self._outbox.put(messages.error(message.id, [self._too_many()]))
            return
        task = self._tasks.create_task(self._operate(message, self._principal))
        self._live[message.id] = task
        # Operations that are cancelled but still closing their source count too.
        self._operation_tasks.add(task)
        task.add_done_callback(self._operation_tasks.discard)

    def _too_many(self) -> Presented:
        message = f"One connection runs at most {self._limits.max_operations_per_connection} operations at once."
        return {"message": message, "extensions": {"code": TOO_MANY_OPERATIONS}}

    async def _operate(self, message: Subscribe, principal: Principal) -> None:
        request_id, task = self._gate.new_request_id(), asyncio.current_task()
        with bound_contextvars(request_id=request_id):
            try:
                operation = self._operations.begin(message.request, principal, request_id)
                async with aclosing(operation.answers()) as answers:
                    async for answer in answers:
                        # The client may have completed it, and even begun another one of this id.
                        if self._live.get(message.id) is task:
                            await self._outbox.put(messages.next_(message.id, answer))
            except NotAnswered as refusal:
                last = messages.error(message.id, refusal.errors)
            else:
                last = messages.complete(message.id)
            if self._live.get(message.id) is task:
                await self._outbox.put(last)
        # Not awaiting anything between the last frame and this, so that the id is free once the client reads it.
        if self._live.get(message.id) is task:
            del self._live[message.id]
