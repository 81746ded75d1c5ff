"""Are figures of the wire put together, and answers recognised, as the table claims?"""

from __future__ import annotations

import pytest

from benchmarks.wire.agreement import shown_content, shown_rules
from benchmarks.wire.clients import is_whole
from benchmarks.wire.pages import TEXT, frames
from benchmarks.wire.rows import HEAD, Row, Spread, ratios
from benchmarks.wire.workloads import (
    Workload,
    growthbook_payload,
    handwritten,
    priority,
    rule_document,
    unleash_export,
)
from domain.rules.documents.rule_sets import parse_rule_set

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def test_a_row_says_in_its_last_column_whether_the_bar_is_met() -> None:
    lines = [Row("what", "1 µs", "2 µs", "0.5 x", "<= 1 x", met=met).line for met in (True, False)]

    assert lines == [
        "| what | 1 µs | 2 µs | 0.5 x | <= 1 x | met |",
        "| what | 1 µs | 2 µs | 0.5 x | <= 1 x | **missed** |",
    ]
    assert all(line.count("|") == HEAD.partition("\n")[0].count("|") for line in lines)


def test_a_spread_shows_the_median_and_the_extremes() -> None:
    spread = Spread.of([3.0, 1.0, 1200.0])

    assert spread.shown(1, " ms") == "3.0 ms (1.0 to 1,200.0)"
    assert Spread.of([2.0]).shown() == "2"


def test_ratios_are_taken_within_a_round() -> None:
    assert ratios([1.0, 20.0, 3.0], [2.0, 40.0, 3.0]).rounds == (0.5, 0.5, 1.0)


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Le", False),
        (HEADERS + b"1234", False),
        (HEADERS + b"12345", True),
        (CHUNKED + b"2\r\nab\r\n", False),
        (CHUNKED + b"2\r\nab\r\n0\r\n\r\n", True),
    ],
)
def test_an_answer_is_whole_when_all_of_it_has_arrived(answer: bytes, whole: bool) -> None:  # noqa: FBT001 - a case
    assert is_whole(answer) is whole


def test_a_graphql_error_is_no_answer() -> None:
    body = b'{"data":null,"errors":[{"message":"no"}]}'

    with pytest.raises(RuntimeError, match="no"):
        is_whole(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_frames_are_read_once_they_are_whole(size: int) -> None:
    payload = b"x" * size
    head = bytes([0x81, size]) if size < 126 else b"\x81\x7e" + size.to_bytes(2) if size < 65_536 else b""
    sent = (head or b"\x81\x7f" + size.to_bytes(8)) + payload

    assert list(frames(sent + sent[:-1])) == [(TEXT, payload, sent[:-1])]
    assert list(frames(sent[:1])) == []


def test_what_a_server_shows_is_read_of_its_own_kind_of_answer() -> None:
    decided = {"viewer": {"id": "u", "config": {"revision": "r", "decisions": [{"rule": {"key": "rule-1"}}]}}}
    graphql = shown_content({"data": decided})

    assert graphql == {"id": "u", "config": {"decisions": [{"rule": {"key": "rule-1"}}]}}
    assert shown_rules(graphql) == {"rule-1"}
    assert shown_rules({"toggles": [{"name": "rule-2"}]}) == {"rule-2"}
    assert shown_rules({"features": {"a": {"defaultValue": True}, "b": {"defaultValue": False}}}) == {"a"}


def test_all_servers_are_given_the_same_fifty_rules() -> None:
    workload = Workload.of_fifty_rules()
    defined = {rule.content.key for rule in parse_rule_set(rule_document(workload)).rules or ()}

    assert len(defined) == 50
    assert {rule["key"] for rule in handwritten(workload)["rules"]} == defined
    assert set(growthbook_payload(workload)["features"]) == defined
    assert {flag["name"] for flag in unleash_export(workload)["features"]} == defined


def test_no_two_rules_have_one_priority() -> None:
    assert len({priority(number) for number in range(50)}) == 50
