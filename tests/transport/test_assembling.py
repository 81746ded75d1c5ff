"""Source files become documents, one for each operation, and what is wrong is told where it is written."""

from graphql import Source
from hypothesis import given
from hypothesis import strategies as st

from tests.transport.example import schema
from transport.assembling import Assembly, assembled
from transport.limits import Limits

CONFIG = "query Config {\n  node { ...Names }\n}\n"
FRAGMENTS = "fragment Names on Node { name ...More }\nfragment More on Node { child { name } }\n"
ALL = {"config.graphql": CONFIG, "fragments.graphql": FRAGMENTS, "hello.graphql": "query Hello { hello }\n"}


def of(files: dict[str, str], **limits: int) -> Assembly:
    return assembled([Source(text, name) for name, text in files.items()], schema._schema, Limits(**limits))


def problems(text: str, **limits: int) -> list[str]:
    return [str(problem) for problem in of({"a.graphql": text}, **limits).problems]


def test_an_operation_takes_the_fragments_along_that_it_uses_from_whichever_file() -> None:
    assembly = of(ALL)
    assert assembly.problems == ()
    assert "".join(assembly.texts) == (
        "query Config {\n  node {\n    ...Names\n  }\n}\n\n"
        "fragment More on Node {\n  child {\n    name\n  }\n}\n\n"
        "fragment Names on Node {\n  name\n  ...More\n}"
        "query Hello {\n  hello\n}"
    )


@given(st.permutations(list(ALL)), st.integers(0, 3), st.integers(0, 1))
def test_the_documents_do_not_depend_on_the_order_of_files_nor_on_white_space_and_comments(
    names: list[str], blank_lines: int, comments: int
) -> None:
    moved = {name: "\n" * blank_lines + "# a comment\n" * comments + ALL[name] for name in names}
    assert set(of(moved).texts) == set(of(ALL).texts)


def test_one_file_may_hold_several_operations() -> None:
    assembly = of({"a.graphql": "query A { hello } mutation B { noop } subscription C { count }"})
    assert (len(assembly.texts), assembly.problems) == (3, ())


def test_what_does_not_fit_the_schema_is_told_with_its_place() -> None:
    assert problems("query A {\n  helo\n}") == [
        "a.graphql:2:3: Cannot query field 'helo' on type 'Query'. Did you mean 'hello'?"
    ]


def test_a_fragments_problem_is_told_once_in_its_own_file_however_many_use_it() -> None:
    uses = "query A { node { ...F } } query B { node { ...F } }"
    told = [str(problem) for problem in of({"uses.graphql": uses, "f.gql": "fragment F on Node { nam }"}).problems]
    assert told == ["f.gql:1:22: Cannot query field 'nam' on type 'Node'. Did you mean 'name'?"]


def test_a_fragment_that_nothing_uses_is_checked_too_but_makes_no_document() -> None:
    assembly = of({"a.graphql": "fragment F on Node { name } fragment G on Node { nam ...F }"})
    assert (assembly.texts, len(assembly.problems)) == ((), 1)


def test_names_are_needed_and_taken_once() -> None:
    assert problems("query A { hello }\n{ who }\nmutation A { noop }\nfragment A on Node { name }") == [
        "a.graphql:2:1: Operations need a name here, by which they are told apart.",
        "a.graphql:3:1: The name A is taken by a.graphql:1.",
    ]


def test_what_is_missing_misspelt_or_no_document_is_told() -> None:
    assert problems("query A { node { ...F } }") == ["a.graphql:1:21: Unknown fragment 'F'."]
    assert problems("query A {") == ["a.graphql:1:10: Syntax Error: Expected Name, found <EOF>."]
    assert problems("type A { a: Int }\ntype B { b: Int }") == [
        "a.graphql:1:1: Only operations and fragments belong here; this is a schema."
    ]


def test_fragments_in_a_circle_are_told() -> None:
    text = "query A { node { ...F } } fragment F on Node { name ...G } fragment G on Node { ...F }"
    assert [problem.split(": ")[1] for problem in problems(text)] == [
        "Cannot spread fragment 'F' within itself via 'G'."
    ]


def test_operations_that_cost_too_much_or_are_too_long_are_told() -> None:
    assert problems("query A { node { children(first: 9) { name } } }", max_cost=5) == [
        "a.graphql:1:1: The operation's cost exceeds the limit of 5."
    ]
    assert "a.graphql:1:1: " in problems("query A { hello }", document_max_tokens=3)[0]
