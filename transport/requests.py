"""What does a client ask, once its JSON is read?"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson


class MalformedRequest(Exception):
    """Not a GraphQL request; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of a GraphQL-over-HTTP request, which are also those of `subscribe`.

    `query` is empty where only `document_id` says which document is meant.
    """

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None
    document_id: str | None = None


def json_object(text: bytes | str) -> dict[str, Any]:
    """Return the object that a JSON text holds; raises MalformedRequest for any other JSON, bad UTF-8 or no JSON."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MalformedRequest("The text is not JSON in UTF-8.") from error
    if not isinstance(value, dict):
        raise MalformedRequest("The JSON must be an object.")
    return value


def graphql_request(parameters: Mapping[str, Any]) -> GraphQLRequest:
    """Read the parameters of a request; unknown ones are ignored, as the specification asks.

    A text decides: an identifier beside it only says that the client would rather have sent no text.
    """
    extensions = _object_or_none(parameters, "extensions")
    query, document_id = parameters.get("query"), None
    if not query:
        document_id = _document_id(parameters, extensions)
        query = query if document_id is None else ""
    if not isinstance(query, str):
        raise MalformedRequest("The parameter 'query' must be a string.")
    operation_name = _string_or_none(parameters, "operationName")
    # Live operations keep their text: equal ones are to keep the same.
    return GraphQLRequest(
        sys.intern(query), operation_name, _object_or_none(parameters, "variables"), extensions, document_id
    )


def _document_id(parameters: Mapping[str, Any], extensions: Mapping[str, Any] | None) -> str | None:
    """Return `documentId`, or what Apollo's and urql's clients send instead of it."""
    document_id = _string_or_none(parameters, "documentId")
    if document_id is None and extensions:
        persisted = extensions.get("persistedQuery")
        found = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        return found if isinstance(found, str) else None
    return document_id


def _string_or_none(parameters: Mapping[str, Any], name: str) -> str | None:
    value = parameters.get(name)
    if not isinstance(value, str | None):
        raise MalformedRequest(f"The parameter '{name}' must be a string or null.")
    return value


def _object_or_none(parameters: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = parameters.get(name)
    if not isinstance(value, dict | None):
        raise MalformedRequest(f"The parameter '{name}' must be an object or null.")
    return value
