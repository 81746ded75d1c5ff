"""Are documents of rules checked without an engine, and refusals of one passed on in a line?"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.unit.cli.shells import attune, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path("rules.json")
RULE = {"key": "dark", "name": "Dark", "condition": {"always": True}, "adaptations": [{"setTheme": {"mode": "DARK"}}]}


CATALOGUE_FIELDS = "features, navigation, tags, places, parameters, defaults or holdout"


def written(document: object) -> Path:
    FILE.write_text(json.dumps(document))
    return FILE


def rule_set(**parts: Any) -> dict[str, Any]:
    return {"format": "attune.rules", "version": 1, **parts}


@contextmanager
def answering(status: int, payload: object) -> Iterator[str]:
    """The URL of a server that has one answer to everything."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            body = json.dumps(payload).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/graphql"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("command", ["export", "import", "check"])
def test_every_command_has_help(command: str) -> None:
    ran = attune("rules", command, "--help")
    assert (ran.code, ran.errors) == (0, "")
    assert f"attune rules {command}" in ran.output


def test_a_good_document_is_told_by_what_it_speaks_of() -> None:
    segment = {"key": "vip", "name": "VIPs", "condition": {"traits": {"plan": "pro"}}}
    document = rule_set(rules=[RULE, {**RULE, "key": "night"}], segments=[segment], catalogue={})
    assert attune("rules", "check", written(document)).output == "good: 2 rules, 1 segments, a catalogue\n"
    assert attune("rules", "check", written(rule_set())).output == "good: nothing\n"


def test_what_static_analysis_finds_is_told_and_fails_only_strictly() -> None:
    impossible = {"all": [{"device": ["MOBILE"]}, {"device": ["DESKTOP"]}]}
    active = {**RULE, "status": "ACTIVE", "priority": 1}
    loser = {**active, "key": "light", "priority": 0, "adaptations": [{"setTheme": {"mode": "LIGHT"}}]}
    file = written(rule_set(rules=[{**RULE, "key": "never", "condition": impossible}, active, loser], segments=[]))
    ran = attune("rules", "check", file)
    *found, last = ran.output.splitlines()
    assert (ran.code, last) == (0, "good: 3 rules, 0 segments")
    assert [line.rpartition(" ")[2] for line in found] == ["(SHADOWED)", "(NEVER_TRUE)"]
    assert [line.split(":")[1] for line in found] == [" rule light", " rule never"]
    strict = attune("rules", "check", file, "--strict")
    assert (strict.code, strict.output.splitlines()) == (1, found)
    assert strict.errors == "attune: 2 findings: mend the rules, or check without --strict\n"
    assert attune("rules", "check", written(rule_set(rules=[active])), "--strict").code == 0


def test_what_is_written_twice_is_refused_because_one_of_both_would_be_lost() -> None:
    FILE.write_text('{"format": "attune.rules", "version": 1, "rules": [{"key": "a", "key": "b"}]}')
    assert "says “key” twice" in refusal("rules", "check", FILE)


def test_rules_on_segments_that_the_document_does_not_speak_of_are_not_analysed() -> None:
    rule = {**RULE, "condition": {"any": [{"segment": {"in": ["vip", "new_user"]}}, {"always": False}]}}
    told = attune("rules", "check", written(rule_set(rules=[rule]))).output
    assert "note: rules are not analysed: the document does not say what vip are" in told
    assert "UNKNOWN_TARGET" in attune("rules", "check", written(rule_set(rules=[rule], segments=[]))).output


def test_rules_that_no_engine_could_hold_are_refused() -> None:
    rules = [{**RULE, "key": key, "exclusionGroup": "welcome", "coverage": 0.6} for key in ("a", "b")]
    assert "rules.1.coverage" in refusal("rules", "check", written(rule_set(rules=rules)))


def test_every_problem_of_a_document_is_a_line_with_its_place() -> None:
    document = rule_set(rules=[RULE, {**RULE, "coverage": 2}, {**RULE, "status": "ON"}], catalogue={"feature": []})
    ran = attune("rules", "check", written(document))
    assert (ran.code, ran.output) == (1, "")
    assert ran.errors.splitlines() == [
        "attune: rules.1.coverage: give a number from 0 to 1",
        "attune: rules.2.status: use DRAFT, ACTIVE, PAUSED or ARCHIVED",
        f"attune: catalogue.feature: no such field here; use {CATALOGUE_FIELDS}",
    ]


def test_what_of_growthbook_cannot_be_translated_is_a_note() -> None:
    features = {
        "dark": {"defaultValue": False, "rules": [{"id": "fr_1", "variations": [True, False]}, {"force": True}]}
    }
    ran = attune("rules", "check", written({"features": features}), "--from", "growthbook")
    assert ran.code == 0
    assert ran.output.splitlines() == [
        "note: feature dark: rule 1 (fr_1) is left out: it is an experiment (2 variations), and rules here are none",
        "note: feature dark: what is below rule 1 is imported as drafts: they would decide where that one does",
        "good: 1 rules, a catalogue",
    ]


def test_how_growthbook_is_to_be_understood_can_be_said() -> None:
    definition = {"defaultValue": 1, "rules": [{"force": 2, "condition": {"plan": "pro"}}]}
    environments = {name: {"enabled": True, "definition": json.dumps(definition)} for name in ("dev", "live")}
    written({"features": [{"id": "dark", "environments": environments}]})
    assert "of which environment: dev, live" in refusal("rules", "check", FILE, "--from", "growthbook")
    options = ("--from", "growthbook", "--environment", "dev", "--attributes-are", "traits")
    assert "note: declare as traits" in attune("rules", "check", FILE, *options).output


def test_a_document_of_another_format_is_refused_with_how_to_say_so() -> None:
    assert "--from" in refusal("rules", "check", written({"features": {}}))


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read: No such file"), (b"{", "is no JSON in UTF-8"), (b"\xff", "is no JSON in UTF-8")],
)
@pytest.mark.parametrize("command", ["check", "import"])
def test_a_file_that_holds_no_json_is_refused(command: str, content: bytes | None, reason: str) -> None:
    if content is not None:
        FILE.write_bytes(content)
    assert reason in refusal("rules", command, FILE)


def test_a_file_that_cannot_be_written_is_refused() -> None:
    with answering(200, {"data": {"exportRules": rule_set()}}) as url:
        message = refusal("rules", "export", "--output", "no/such/folder/x.json", "--url", url, "--token", "t")
    assert "cannot be written: No such file or directory" in message


@pytest.mark.parametrize(
    ("status", "payload", "reason"),
    [
        (401, {"errors": [{"message": "expired", "extensions": {"code": "UNAUTHENTICATED"}}]}, "token: expired"),
        (200, {"errors": [{"message": "this needs", "extensions": {"code": "FORBIDDEN"}}]}, "another role: this needs"),
        (200, {"errors": [{"message": "busy", "extensions": {"code": "UNAVAILABLE"}}]}, "try again: busy"),
        (502, "oops", "try again: HTTP status 502"),
        (413, {"errors": [{"message": "at most 1 bytes"}]}, "import it in parts"),
        (400, {"errors": [{"message": "Cannot query field"}]}, "refuses the request: Cannot query field"),
        (404, "nothing", "is the URL right? (HTTP status 404)"),
        (200, [], "is the URL right?"),
    ],
)
@pytest.mark.parametrize("command", ["export", "import"])
def test_what_the_engine_refuses_is_one_line(command: str, status: int, payload: object, reason: str) -> None:
    files = [written(rule_set())] if command == "import" else []
    with answering(status, payload) as url:
        assert reason in refusal("rules", command, *files, "--url", url, "--token", "t")


def test_an_engine_that_is_not_there_is_refused_with_what_to_look_at() -> None:
    assert "is `attune serve` running" in refusal(
        "rules", "export", "--url", "http://127.0.0.1:1/graphql", "--token", "t"
    )


def test_the_engine_of_the_same_environment_is_asked_where_no_other_is_named() -> None:
    with answering(200, {"data": {"exportRules": rule_set()}}) as url:
        port = str(urlsplit(url).port)
        ran = attune("rules", "export", "--token", "t", ATTUNE_PORT=port)
    assert (ran.code, json.loads(ran.output)) == (0, rule_set())


def test_without_a_secret_and_a_token_nobody_is_asked_and_no_secret_made() -> None:
    assert "give --token with the role admin" in refusal("rules", "export")
    assert not Path(".attune").exists()


@pytest.mark.parametrize(
    "wrong", [("--from", "launchdarkly"), ("--url", "localhost:8000"), ("--token", "über"), ("--attributes-are", "x")]
)
def test_wrong_options_are_refused_by_name(wrong: tuple[str, str]) -> None:
    assert wrong[0] in refusal("rules", "import", written(rule_set()), *wrong, code=2)


def test_commands_that_are_none_are_refused() -> None:
    assert "--help" in refusal("rules", "delete", code=2)


def planned(**parts: Any) -> dict[str, Any]:
    """The engine's answer to an import."""
    counts = {"created": 0, "changed": 0, "archived": 0, "deleted": 0, "unchanged": 0}
    payload = {**counts, "revision": 3, "applied": False, "notes": [], "changes": [], "userErrors": [], **parts}
    return {"data": {"importRules": payload}}


def test_every_kind_of_change_is_marked_and_those_that_are_not_listed_are_counted() -> None:
    kinds = {"CREATED": "rule a", "CHANGED": "catalogue", "ARCHIVED": "rule b", "DELETED": "segment c"}
    changes = [{"kind": kind, "subject": subject, "details": [f"{kind.lower()} so"]} for kind, subject in kinds.items()]
    answer = planned(changes=changes, created=1_500, changed=1, archived=1, deleted=1, unchanged=20_000, notes=["mind"])
    with answering(200, answer) as url:
        ran = attune("rules", "import", written(rule_set()), "--dry-run", "--url", url, "--token", "t")
    assert ran.output.splitlines() == [
        "note: mind",
        *("+ rule a", "    created so", "~ catalogue", "    changed so"),
        *("- rule b", "    archived so", "- segment c", "    deleted so"),
        "  and 1,499 more",
        "1,500 created, 1 changed, 1 archived, 1 deleted, 20,000 unchanged",
    ]


def test_what_somebody_else_changed_meanwhile_is_told_in_one_line() -> None:
    refused = planned(userErrors=[{"message": "the rules are at revision 4", "path": ["input", "expectedRevision"]}])
    with answering(200, refused) as url:
        message = refusal("rules", "import", written(rule_set()), "--yes", "--url", url, "--token", "t")
    assert message == "attune: the rules are at revision 4\n"
