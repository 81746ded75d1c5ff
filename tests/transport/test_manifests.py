"""A manifest is what client tools write, and says no more than its texts."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transport.example import schema
from transport.documents import Documents
from transport.limits import Limits
from transport.manifests import Manifest, ManifestRefused, hash_of

HELLO, WHO = "query Hello { hello }", "query Who { who }"


def problems(content: object) -> tuple[str, ...]:
    with pytest.raises(ManifestRefused) as refused:
        Manifest.read(content if isinstance(content, bytes) else json.dumps(content))
    return refused.value.problems


def test_the_hash_is_the_one_that_the_specification_gives_as_an_example() -> None:
    # GraphQL over HTTP, appendix A.
    assert hash_of("query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}") == (
        "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"
    )
    assert hash_of("query($id:ID!){user(id:$id){name}}") == (
        "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b"
    )


@pytest.mark.parametrize("prefix", ["sha256:", ""])
def test_the_objects_of_the_client_preset_and_of_relay_are_read(prefix: str) -> None:
    # The client preset hashes texts that it prints on one line, fragments first.
    text = "fragment N on Node { name } query Config { node { ...N } }"
    name = sha256(text.encode()).hexdigest()
    assert Manifest.read(json.dumps({f"{prefix}{name}": text})) == Manifest.of([text])


def test_apollos_manifest_is_read() -> None:
    operations = [{"id": hash_of(text), "name": "x", "type": "query", "body": text} for text in (HELLO, WHO)]
    written = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
    assert Manifest.read(json.dumps(written)) == Manifest.of([HELLO, WHO])


@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_what_is_written_is_read_again_and_the_order_makes_no_difference(texts: list[str]) -> None:
    manifest = Manifest.of(texts)
    assert Manifest.read(manifest.as_json()) == manifest
    assert Manifest.of(reversed(texts)).as_json() == manifest.as_json()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "it is no JSON in UTF-8"),
        (b'{"a": "\xff"}', "it is no JSON in UTF-8"),
        ([], "it is not a JSON object"),
        ({"format": "other", "operations": []}, "its format is none that is read here: other"),
        ({"a": 7}, "a: a document has an id and a text"),
        ({f"sha256:{hash_of(HELLO)}": WHO}, f"sha256:{hash_of(HELLO)}: this is not the SHA-256 of its text"),
        ({f"sha256:{hash_of(HELLO).upper()}": HELLO}, "this is not the SHA-256 of its text"),
        # The client preset's default algorithm.
        ({"a6b5b7a5d5d1c1e4ab1b3a0b1c0f2e4d5a6b7c8d": HELLO}, "this is not the SHA-256 of its text"),
        ({"format": "apollo-persisted-query-manifest", "operations": [7]}, "a document has an id and a text"),
    ],
)
def test_a_broken_manifest_is_refused_with_the_reason(content: object, problem: str) -> None:
    (only,) = problems(content)
    assert problem in only


def test_every_problem_is_told_at_once() -> None:
    assert len(problems({"a": HELLO, "b": WHO, f"sha256:{hash_of(HELLO)}": HELLO})) == 2


def test_documents_that_do_not_fit_the_schema_are_refused_with_their_places() -> None:
    texts = ["query Good { hello }", "query Gone {\n  helo\n}", "query {"]
    with pytest.raises(ManifestRefused) as refused:
        Documents(schema._schema, Limits(), Manifest.of(texts))
    assert set(refused.value.problems) == {
        f"sha256:{hash_of(texts[1])}:2:3: Cannot query field 'helo' on type 'Query'. Did you mean 'hello'?",
        f"sha256:{hash_of(texts[2])}:1:8: Syntax Error: Expected Name, found <EOF>.",
    }


def test_documents_that_cost_too_much_are_refused() -> None:
    with pytest.raises(ManifestRefused, match="cost exceeds the limit of 5"):
        Documents(schema._schema, Limits(max_cost=5), Manifest.of(["{ node { children(first: 9) { name } } }"]))


def test_trusted_documents_are_not_forgotten_however_many_others_come() -> None:
    documents = Documents(schema._schema, Limits(cached_documents=2), Manifest.of([HELLO]))
    kept = documents.trusted(HELLO)
    for number in range(10):
        documents.prepared(f"{{ hello }} # {number}")
    assert documents.trusted(HELLO) is kept is not None
    assert documents.text_of(f"sha256:{hash_of(HELLO)}") == documents.text_of(hash_of(HELLO)) == HELLO
    assert len(documents) == 2
