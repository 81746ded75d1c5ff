"""What does a client ask, once its JSON is read?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson


class MalformedRequest(Exception):
    """Not a GraphQL request; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of a GraphQL-over-HTTP request, which are also those of `subscribe`."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None


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
    """Read the parameters of a request; unknown ones are ignored, as the specification asks."""
    query = parameters.get("query")
    if not isinstance(query, str):
        raise MalformedRequest("The parameter 'query' must be a string.")
    operation_name = parameters.get("operationName")
    if not isinstance(operation_name, str | None):
        raise MalformedRequest("The parameter 'operationName' must be a string or null.")
    return GraphQLRequest(
        query, operation_name, _object_or_none(parameters, "variables"), _object_or_none(parameters, "extensions")
    )


def _object_or_none(parameters: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = parameters.get(name)
    if not isinstance(value, dict | None):
        raise MalformedRequest(f"The parameter '{name}' must be an object or null.")
    return value
