"""Content negotiation as GraphQL over HTTP describes it."""

import pytest

from transport.media_types import (
    EVENT_STREAM,
    GRAPHQL_RESPONSE,
    JSON,
    Streaming,
    is_json_in_utf_8,
    response_type,
    streaming,
)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL_RESPONSE}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL_RESPONSE),
        (f"text/html, {JSON};q=0.1", JSON),
        ("Application/JSON; Charset=UTF-8", JSON),
        (f"{JSON};q=0, {GRAPHQL_RESPONSE};q=0", None),
        (f"{JSON};q=high", None),
        (f"{JSON}; charset=utf-16", None),
        ("application/json-patch+json", None),
        ("text/*", None),
        (",;=", None),
    ],
)
def test_the_media_type_of_an_answer_is_negotiated(accept: str, expected: str | None) -> None:
    assert response_type(accept) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (EVENT_STREAM, Streaming.ALL),
        ("Text/Event-Stream; charset=utf-8", Streaming.ALL),
        (f"{EVENT_STREAM}, {JSON};q=0.9", Streaming.ALL),
        (f"{EVENT_STREAM}, multipart/mixed", Streaming.ALL),
        (f"{EVENT_STREAM}, {JSON}", Streaming.SUBSCRIPTIONS),
        (f"{EVENT_STREAM};q=0.1, {GRAPHQL_RESPONSE}", Streaming.SUBSCRIPTIONS),
        (f"{EVENT_STREAM}, */*", Streaming.SUBSCRIPTIONS),
        (f"{EVENT_STREAM};q=0", Streaming.NONE),
        (f"{EVENT_STREAM};q=high", Streaming.NONE),
        ("text/*, */*", Streaming.NONE),
        ("text/event-streams", Streaming.NONE),
        ("", Streaming.NONE),
    ],
)
def test_what_is_streamed_is_negotiated(accept: str, expected: Streaming) -> None:
    assert streaming(accept) is expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (JSON, True),
        ("Application/Json;charset=UTF-8", True),
        ('application/json; charset="utf-8"', True),
        ("application/json; charset=latin-1", False),
        ("application/json5", False),
        ("text/json", False),
        (GRAPHQL_RESPONSE, False),
        ("", False),
    ],
)
def test_only_json_in_utf_8_is_read(content_type: str, *, expected: bool) -> None:
    assert is_json_in_utf_8(content_type) is expected
