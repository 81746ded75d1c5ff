"""Do all servers decide the same? Only then are they compared."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.rule_cases import predicates, salt
from benchmarks.wire.clients import END_OF_HEAD, RECEIVED_BYTES, is_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.wire.contestants import Contestant
    from benchmarks.wire.workloads import Workload

# When it was decided, and whether just now: servers may differ in those, and in how they write a revision.
OF_THE_SERVER = ("revision", "source", "decidedAt")


def check(workload: Workload, contestants: Sequence[Contestant]) -> None:
    """Raises AssertionError: a server answers another config than the first, or shows another rule to somebody.

    Unleash covers other users, by a hash of its own: those that it shows are among those whose conditions hold.
    """
    floor = predicates(workload.rules, 1)
    first, *others = ([shown_content(answer) for answer in _answers(contestant)] for contestant in contestants)
    shown = [shown_rules(content) for content in first]
    holding = [{salt(number) for number in floor.applying(person)} for person in workload.people]
    assert any(shown), "no rule applies to anybody"
    for contestant, contents in zip(contestants[1:], others, strict=True):
        if "toggles" in contents[0]:
            assert any(map(shown_rules, contents)), contestant.name
            assert all(shown_rules(content) <= rules for content, rules in zip(contents, holding, strict=True))
        elif "features" in contents[0]:
            assert [shown_rules(content) for content in contents] == shown, contestant.name
        else:
            assert contents == first, contestant.name


def _answers(contestant: Contestant) -> Iterator[dict[str, Any]]:
    with socket.create_connection(("127.0.0.1", contestant.port)) as connection:
        for request in contestant.requests:
            connection.sendall(request)
            answer = b""
            while not is_whole(answer):
                answer += connection.recv(RECEIVED_BYTES)
            yield orjson.loads(answer.partition(END_OF_HEAD)[2])


def shown_content(answer: dict[str, Any]) -> dict[str, Any]:
    """Of a GraphQL answer the viewer, without what servers may differ in; of others all."""
    if "data" not in answer:
        return answer
    viewer: dict[str, Any] = answer["data"]["viewer"]
    config = {name: value for name, value in viewer["config"].items() if name not in OF_THE_SERVER}
    return {**viewer, "config": config}


def shown_rules(content: dict[str, Any]) -> set[str]:
    """The keys of the rules that decided something, or of the flags that are on."""
    if "config" in content:
        return {decision["rule"]["key"] for decision in content["config"]["decisions"]}
    if "toggles" in content:
        return {toggle["name"] for toggle in content["toggles"]}
    return {key for key, feature in content["features"].items() if feature["defaultValue"] is True}
