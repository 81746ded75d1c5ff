"""Which media types does a request speak, by GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/)?"""

from enum import Enum, auto
from functools import lru_cache

EVENT_STREAM = "text/event-stream"
JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON_RANGES = frozenset({JSON, "application/*", "*/*"})
UTF_8 = frozenset({"utf-8", "utf8"})


class Streaming(Enum):
    """Which operations are answered by an event stream."""

    NONE = auto()
    SUBSCRIPTIONS = auto()
    ALL = auto()


@lru_cache(maxsize=256)
def streaming(accept: str) -> Streaming:
    """Return what an Accept header wants streamed.

    Clients that understand everything name `text/event-stream` beside JSON in every request: one answer then comes as
    JSON, and only what has many is streamed. Wildcards do not mean it, as whoever sends them expects one answer.
    """
    stream, json = 0.0, 0.0
    for media_range in accept.split(","):
        name, parameters = _parsed(media_range)
        if name == EVENT_STREAM:
            stream = max(stream, _quality(parameters))
        elif name == GRAPHQL_RESPONSE or name in JSON_RANGES:
            json = max(json, _quality(parameters))
    if not stream:
        return Streaming.NONE
    return Streaming.ALL if stream > json else Streaming.SUBSCRIPTIONS


@lru_cache(maxsize=256)
def response_type(accept: str) -> str | None:
    """Return the media type to answer with under an Accept header, None when it allows neither of ours.

    A header that names both equally gets the newer one, wildcards get `application/json`, as the specification says.
    """
    qualities: dict[str, float] = {}
    for media_range in accept.split(","):
        name, parameters = _parsed(media_range)
        if parameters.get("charset", "utf-8") in UTF_8:
            ours = GRAPHQL_RESPONSE if name == GRAPHQL_RESPONSE else JSON if name in JSON_RANGES else None
            if ours:
                qualities[ours] = max(qualities.get(ours, 0.0), _quality(parameters))
    best = max((GRAPHQL_RESPONSE, JSON), key=lambda media_type: qualities.get(media_type, 0.0))
    return best if qualities.get(best) else None


@lru_cache(maxsize=256)
def is_json_in_utf_8(content_type: str) -> bool:
    """Return whether a Content-Type is exactly `application/json`, in UTF-8 or with no charset named."""
    name, parameters = _parsed(content_type)
    return name == JSON and parameters.get("charset", "utf-8") in UTF_8


def _parsed(media_type: str) -> tuple[str, dict[str, str]]:
    name, *parameters = (part.strip().lower() for part in media_type.split(";"))
    pairs = (parameter.partition("=") for parameter in parameters)
    return name, {key.strip(): value.strip().strip('"') for key, _, value in pairs}


def _quality(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
