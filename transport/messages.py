"""What does a client say on a socket (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md)?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from transport.errors import Presented
from transport.requests import GraphQLRequest, MalformedRequest, graphql_request, json_object

SUBPROTOCOL = "graphql-transport-ws"
ID_MAX_CHARACTERS = 256


@dataclass(frozen=True, slots=True)
class Init:
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ping:
    payload: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Pong:
    pass


@dataclass(frozen=True, slots=True)
class Subscribe:
    id: str
    request: GraphQLRequest


@dataclass(frozen=True, slots=True)
class Complete:
    id: str


ClientMessage: TypeAlias = Init | Ping | Pong | Subscribe | Complete


def client_message(text: str) -> ClientMessage:
    """Read one frame; raises MalformedRequest when it is no message of the protocol."""
    message = json_object(text)
    match message.get("type"):
        case "connection_init":
            return Init(_payload(message) or {})
        case "ping":
            return Ping(_payload(message))
        case "pong":
            return Pong()
        case "subscribe":
            return Subscribe(_id(message), graphql_request(_payload(message) or {}))
        case "complete":
            return Complete(_id(message))
        case _:
            raise MalformedRequest("Invalid message: its type is none of the protocol.")


def ack() -> str:
    return _frame({"type": "connection_ack"})


def pong(payload: Mapping[str, object] | None) -> str:
    """Raises MalformedRequest for a payload that can be read but, so deep are its levels, not be written."""
    try:
        return _frame({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
    except TypeError:
        raise MalformedRequest("Invalid message: its payload is nested too deeply.") from None


def next_(operation_id: str, answer: bytes) -> str:
    """Return the frame of an answer that already is JSON."""
    return _frame({"id": operation_id, "type": "next", "payload": orjson.Fragment(answer)})


def error(operation_id: str, errors: list[Presented]) -> str:
    return _frame({"id": operation_id, "type": "error", "payload": errors})


def complete(operation_id: str) -> str:
    return _frame({"id": operation_id, "type": "complete"})


def _frame(message: dict[str, Any]) -> str:
    # Text, not the bytes that orjson makes: clients of this protocol refuse binary frames.
    return orjson.dumps(message, default=str).decode()


def _payload(message: dict[str, Any]) -> dict[str, Any] | None:
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise MalformedRequest("Invalid message: its payload must be an object or null.")
    return payload


def _id(message: dict[str, Any]) -> str:
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not 0 < len(operation_id) <= ID_MAX_CHARACTERS:
        raise MalformedRequest(f"Invalid message: its id must be a string of 1 to {ID_MAX_CHARACTERS} characters.")
    return operation_id
