"""Documents are prepared once, within limits, in time that grows with their length and nothing else."""

import sys
from collections.abc import Callable
from math import prod
from types import FrameType

import pytest
from graphql import build_schema, get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from tests.transport.example import schema
from transport.documents import Documents
from transport.extents import Pages, excesses
from transport.limits import Limits

CHAIN = 20


def documents(**limits: int) -> Documents:
    return Documents(schema._schema, Limits(**limits))


def messages(text: str, **limits: int) -> list[str]:
    return [error.message for error in documents(**limits).prepared(text).errors]


def doubling(links: int) -> str:
    """Return a document whose answer doubles with every fragment."""
    fragments = " ".join(
        f"fragment F{i} on Node {{ a: child {{ ...F{i + 1} }} b: child {{ ...F{i + 1} }} }}" for i in range(links)
    )
    return f"{{ node {{ ...F0 }} }} {fragments} fragment F{links} on Node {{ name }}"


def linear(links: int) -> str:
    """Return a document whose fragments are chained, and the answer is as long as the chain."""
    fragments = " ".join(f"fragment F{i} on Node {{ name ...F{i + 1} }}" for i in range(links))
    return f"{{ node {{ ...F0 }} }} {fragments} fragment F{links} on Node {{ name }}"


def python_calls(text: str) -> int:
    """Count the calls of Python functions that preparing the document takes, in whatever module."""
    return calls_of(documents().prepared, text)


def calls_of(function: Callable[..., object], *arguments: object) -> int:
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    previous = sys.getprofile()
    sys.setprofile(count)
    try:
        function(*arguments)
    finally:
        sys.setprofile(previous)
    return calls


def test_the_introspection_query_of_graphiql_is_within_the_defaults() -> None:
    text = get_introspection_query(
        descriptions=True, specified_by_url=True, directive_is_repeatable=True, schema_description=True,
        input_value_deprecation=True,
    )  # fmt: skip
    assert messages(text) == []


@pytest.mark.parametrize("document", [doubling, linear])
def test_chained_fragments_take_work_linear_in_their_number(document: object) -> None:
    assert callable(document)
    python_calls(document(1))  # whatever is computed once
    ten, twenty = python_calls(document(CHAIN // 2)), python_calls(document(CHAIN))
    assert twenty < 3 * ten


@pytest.mark.parametrize("document", [doubling, linear])
def test_measuring_eighteen_chained_fragments_or_two_hundred_is_linear_too(document: Callable[[int], str]) -> None:
    def work(links: int) -> int:
        return calls_of(excesses, parse(document(links)), Limits(), Pages())

    assert work(18) < 2.5 * work(9)
    # Less than in proportion: it is measured until it is nested too deeply.
    assert work(200) < 200 / 18 * work(18)


def test_fragments_in_circles_that_double_are_measured_in_linear_time() -> None:
    def circles(size: int) -> str:
        names = range(size)
        return "{ ...F0 } " + " ".join(
            f"fragment F{i} on Query {{ ...F{(i + 1) % size} a: hello ...F{(i + 2) % size} ...F{i} }}" for i in names
        )

    ten, forty = (calls_of(excesses, parse(circles(size)), Limits(), Pages()) for size in (10, 40))
    assert forty < 5 * ten


def test_fragments_that_are_deep_only_together_are_too_deep_wherever_they_were_measured_first() -> None:
    def deep(name: str, inner: str) -> str:
        return f"fragment {name} on Query {{ {'... { ' * 60} {inner} {'}' * 60} }}"

    parts = [deep("F0", "hello"), *(deep(f"F{i}", f"...F{i - 1}") for i in (1, 2))]
    for spreads in ("...F0 ...F1 ...F2", "...F2 ...F1 ...F0"):
        assert messages(f"{{ {spreads} }} {' '.join(parts)}") == ["The operation's depth exceeds the limit of 16."]
    assert messages(f"{{ ...F0 ...F1 }} {' '.join(parts[:2])}") == []


def test_fragments_that_double_the_answer_are_refused_and_long_chains_are_not() -> None:
    assert "The operation's number of fields exceeds the limit of 1000." in messages(doubling(18))
    assert messages(linear(18)) == []


@pytest.mark.parametrize(
    ("text", "limits", "what"),
    [
        ("{ node { child { name } } }", {"max_depth": 2}, "depth"),
        ("{ node { ... on Node { ...F } } } fragment F on Node { child { name } }", {"max_depth": 2}, "depth"),
        ("{ hello ...F } fragment F on Query { who }", {"max_root_fields": 1}, "number of root fields"),
        ("{ node { ...F ...F } } fragment F on Node { name }", {"max_fields": 2}, "number of fields"),
        ("{ a: hello b: hello }", {"max_aliases": 1}, "number of aliases"),
        ("{ node { children(first: 100) { name } } }", {"max_cost": 101}, "cost"),
        ("query ($n: Int) { node { children(first: $n) { name } } }", {"max_cost": 101}, "cost"),
        ("{ hello } query Other { node { name } }", {"max_fields": 1}, "number of fields"),
    ],
)
def test_each_limit_is_named_when_it_is_exceeded_and_allows_what_it_says(
    text: str, limits: dict[str, int], what: str
) -> None:
    (name, limit), *_ = limits.items()
    assert messages(text, **limits)[0] == f"The operation's {what} exceeds the limit of {limit}."
    assert not any(what in message for message in messages(text, **{name: limit + 1}))


PAGED = build_schema(
    """
    type Query { items(first: Int = 20): [Item!]! few(last: Int! = 3): [Item!]! }
    type Item { name: String items(first: Int): [Item!]! }
    """
)


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ items(first: 7) { name } }", 7 + 1),
        ("{ items(first: 0) { name } }", 1 + 1),
        # What the schema says of a field of this name, where the document says nothing.
        ("{ items { name } }", 20 + 1),
        ("{ items(first: null) { name } few { name } }", 20 + 1 + 3 + 1),
        ("{ items(first: 2) { items { name } } }", 2 * (20 + 1) + 1),
        ("query ($n: Int) { items(first: $n) { name } }", 100 + 1),
        ("query ($n: Int = 5) { items(first: $n) { name } }", 100 + 1),
        ("query ($n: Int = 300) { items(first: $n) { name } }", 300 + 1),
        ("{ few(last: 4) { ...F } } fragment F on Item { items(first: 5) { name } }", 4 * (5 + 1) + 1),
    ],
)
def test_the_cost_counts_every_field_once_for_each_element_of_the_pages_around_it(text: str, cost: int) -> None:
    assert not Documents(PAGED, Limits(max_cost=cost)).prepared(text).errors
    assert Documents(PAGED, Limits(max_cost=cost - 1)).prepared(text).errors


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_the_cost_of_pages_in_pages_is_that_of_walking_through_them(sizes: list[int]) -> None:
    text = "{ " + "".join(f"items(first: {size}) {{ " for size in sizes) + "name" + " }" * (len(sizes) + 1)
    # One for each list, and one for each name in the innermost.
    walked = sum(prod(sizes[:level]) for level in range(len(sizes) + 1))
    assert not Documents(PAGED, Limits(max_cost=walked)).prepared(text).errors
    assert Documents(PAGED, Limits(max_cost=walked - 1)).prepared(text).errors


@pytest.mark.parametrize(
    ("variables", "fits"),
    [({}, True), ({"n": 100}, True), ({"n": 200}, True), ({"n": 201}, False), ({"n": 10**12}, False)]
    + [({"n": value}, True) for value in (None, "201", [201], -201, 201.0)],
)
def test_a_variable_larger_than_was_assumed_is_measured_as_it_is(variables: dict[str, object], fits: bool) -> None:  # noqa: FBT001 - a case
    cache = Documents(PAGED, Limits(max_cost=201))
    prepared = cache.prepared("query ($n: Int) { items(first: $n) { ...F } } fragment F on Item { name }")
    assert not prepared.errors
    assert (cache.excesses_with(prepared, variables) == []) is fits


@pytest.mark.parametrize(
    "text",
    [
        "{ hello " * 300,
        "{ node " + "{ child " * 190 + "{ name }" + "}" * 191,
        "{ node { " + "... { " * 170 + "name" + " }" * 170 + " } }",
        linear(180),
        "{ node { children(first: " + "9" * 5_000 + ") { name } } }",
        "{ node { name " + "# comment\n" * 201 + "} }",
        "{ " + "hello " * 2_000 + "}",
        "{ hello } " + " " * 70_000,
        "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A ...A }",
        "{ ...Unknown }",
        "",
        "\x00",
        "fragment F on Query { hello }",
    ],
)
def test_whatever_is_absurd_is_refused_with_a_code(text: str) -> None:
    errors = documents().prepared(text).errors
    codes = {(error.extensions or {}).get("code") for error in errors}
    expected = {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "DOCUMENT_TOO_COMPLEX"}
    assert errors
    assert codes <= expected


def test_validation_stops_after_some_errors() -> None:
    text = "{ node { " + " ".join(f"unknown{i}" for i in range(500)) + " } }"
    assert len(messages(text)) <= 21


def test_a_document_and_its_errors_are_prepared_once() -> None:
    cache = documents()
    for text in ("{ hello }", "{ nope }", "{"):
        assert cache.prepared(text) is cache.prepared(text)


def test_errors_that_are_remembered_keep_no_frames_and_no_nodes_alive() -> None:
    cache = documents()
    for error in cache.prepared("{").errors + cache.prepared("{ nope }").errors:
        assert (error.__traceback__, error.__context__, error.__cause__, error.nodes) == (None, None, None, None)
        assert error.locations


def test_the_documents_that_were_not_used_for_longest_are_forgotten() -> None:
    cache = documents(cached_documents=2)
    first = cache.prepared("{ hello }")
    cache.prepared("{ who }")
    assert cache.prepared("{ hello }") is first
    cache.prepared("{ node { name } }")
    assert cache.prepared("{ hello }") is first
    assert len(cache) == 2


def test_the_characters_of_all_remembered_documents_are_limited() -> None:
    cache = documents(cached_document_characters=100)
    for number in range(50):
        cache.prepared(f"{{ hello }} # {number:>20}")
    assert len(cache) == 100 // len(f"{{ hello }} # {0:>20}")


def test_a_document_longer_than_the_limit_is_not_remembered() -> None:
    cache = documents(document_max_characters=10)
    assert cache.prepared("{ hello } # long").errors
    assert len(cache) == 0
