"""From an application's sources, or a client tool's manifest, to what the engine is started with."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from app.doctor import Finding, State, examine
from app.settings import load_settings
from tests.unit.cli.shells import Ran, attune, refusal

CONFIG = 'query Config { viewer { ...Who config(context: {place: "x"}) { revision } } }'
WHO = "fragment Who on User { id }"
# What the client preset of graphql-codegen 6.2 writes for the same sources, with `hashAlgorithm: 'sha256'`.
OF_CODEGEN = {
    "sha256:04c7118c823862f98fda0d550777a57ac1dc5dba25dacc1136275f75a4c66e86": (
        "fragment P on User { profile { revision } } fragment Who on User { id ...P } query Config($context:"
        " ContextInput!) { viewer { config(context: $context) { revision theme { mode } } ...Who } }"
    ),
    "sha256:fccb04ca2163c21ffa398c57bd517a695dbf033135b899a00023ad3a2d3f0651": (
        'subscription Follow { configUpdated(context: {place: "dashboard"}) { cause } }'
    ),
}
# And @apollo/generate-persisted-query-manifest 1.4.
OF_APOLLO: dict[str, Any] = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [
        {
            "id": "3d66bc5057cafa03d3d0cf2b3bfd305857533edcbaef9e7531e629e2332604c5",
            "name": "Follow",
            "type": "subscription",
            "body": (
                'subscription Follow {\n  configUpdated(context: {place: "dashboard"}) {\n    cause\n'
                "    __typename\n  }\n}"
            ),
        }
    ],
}


@pytest.fixture
def sources() -> Path:
    folder = Path("src")
    for name, text in {
        "a/config.graphql": CONFIG,
        "b/who.gql": WHO,
        "b/ignored.txt": "{",
        ".hidden/broken.graphql": "{",
        "node_modules/theirs/broken.graphql": "{",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def documents_in(ran: Ran) -> dict[str, str]:
    assert (ran.code, ran.errors) == (0, "")
    manifest: dict[str, str] = json.loads(ran.output)
    return manifest


def test_a_folder_becomes_a_manifest_of_hashes_and_texts(sources: Path) -> None:
    ((name, text),) = documents_in(attune("documents", sources)).items()
    assert name == "sha256:" + sha256(text.encode()).hexdigest()
    assert text.startswith("query Config {\n  viewer {\n    ...Who\n")
    assert text.endswith("fragment Who on User {\n  id\n}")


def test_the_same_sources_make_the_same_bytes(sources: Path) -> None:
    assert attune("documents", sources, "--output", "one.json").output == "1 documents: one.json\n"
    assert attune("documents", sources / "b", sources / "a", "-o", "two.json").code == 0
    assert Path("one.json").read_bytes() == Path("two.json").read_bytes()


def test_what_the_client_preset_of_codegen_writes_is_taken_as_it_is(sources: Path) -> None:
    Path("persisted-documents.json").write_text(json.dumps(OF_CODEGEN))
    together = documents_in(attune("documents", "persisted-documents.json", sources))
    assert OF_CODEGEN.items() < together.items()
    assert len(together) == 3


def test_what_apollos_tool_writes_is_taken_too() -> None:
    Path("apollo.json").write_text(json.dumps(OF_APOLLO))
    ((name, text),) = documents_in(attune("documents", "apollo.json")).items()
    assert {"id": name.removeprefix("sha256:"), "body": text}.items() < OF_APOLLO["operations"][0].items()


def test_every_problem_is_one_line_with_its_place_and_nothing_is_written(sources: Path) -> None:
    (sources / "a" / "bad.graphql").write_text("query Bad {\n  viewer { idd }\n}\n")
    (sources / "b" / "bytes.graphql").write_bytes(b"\xff")
    Path("other.json").write_text('{"a": "{ viewer { id } }"}')
    ran = attune("documents", sources / "a", "other.json", sources / "b", "-o", "out.json")
    assert (ran.code, ran.output) == (1, "")
    assert ran.errors.splitlines() == [
        "attune: other.json: a: this is not the SHA-256 of its text; let client tools hash with sha256, edit nothing",
        "attune: src/b/bytes.graphql is no UTF-8: invalid start byte at byte 0",
        "attune: src/a/bad.graphql:2:12: Cannot query field 'idd' on type 'User'. Did you mean 'id'?",
        "attune: src/a/config.graphql:1:28: Unknown fragment 'Who'.",
    ]
    assert not Path("out.json").exists()


def test_where_nothing_is_found_or_written_it_is_said() -> None:
    Path("empty").mkdir()
    assert "there are no operations" in refusal("documents", "empty")
    assert "missing.graphql cannot be read: No such file" in refusal("documents", "missing.graphql")
    assert "missing.json cannot be read: No such file" in refusal("documents", "missing.json")
    Path("good.json").write_text(json.dumps(OF_CODEGEN))
    assert "cannot be written: Is a directory" in refusal("documents", "good.json", "-o", "empty")
    assert "Missing argument" in refusal("documents", code=2)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "documents.json cannot be read: No such file or directory"),
        ("{", "documents.json: it is no JSON in UTF-8"),
        ('{"sha256:00": "{ viewer { id } }"}', "documents.json: sha256:00: this is not the SHA-256 of its text"),
        (
            json.dumps({sha256(text.encode()).hexdigest(): text for text in ("{ gone }", "{ lost }")}),
            ":1:3: Cannot query field 'gone' on type 'Query'. (and 1 more: see `attune documents`)",
        ),
    ],
)
def test_with_a_broken_manifest_the_engine_does_not_start_and_the_doctor_says_so(
    content: str | None, reason: str
) -> None:
    if content is not None:
        Path("documents.json").write_text(content)
    setting = {"ATTUNE_TRUSTED_DOCUMENTS": "documents.json"}
    told = refusal("serve", environment=setting)
    assert "ATTUNE_TRUSTED_DOCUMENTS: " in told
    assert reason in told
    finding = documents_finding(trusted_documents=Path("documents.json"))
    assert (finding.state, reason in finding.text) == (State.WRONG, True)


def test_the_doctor_counts_documents_that_fit_and_notes_in_production_that_there_are_none() -> None:
    Path("documents.json").write_text(json.dumps(OF_CODEGEN))
    finding = documents_finding(trusted_documents=Path("documents.json"))
    assert (finding.state, finding.text) == (State.FINE, "2 in documents.json, all fit this release")
    secret = "d41d8cd98f00b204e9800998ecf8427e0123"
    assert documents_finding(environment="production", token_secret=secret).state is State.NOTE


def documents_finding(**settings: object) -> Finding:
    nowhere = {"database_url": "postgres://a:b@127.0.0.1:1/x", "redis_url": "redis://127.0.0.1:1"}
    found = examine(load_settings(**nowhere, **settings))
    return next(finding for finding in found if finding.subject == "trusted documents")
