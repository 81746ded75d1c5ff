"""When do two answers count as the same in the comparisons beside this module?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.property.transport.answers import agree


def error(*path: str | int, message: str = "failed") -> dict[str, Any]:
    return {"message": message, "path": list(path)}


def answer(data: Any, *errors: dict[str, Any]) -> dict[str, Any]:
    return {"data": data, "errors": list(errors)}


def test_whichever_of_two_failing_fields_is_told_of_that_left_one_place_null() -> None:
    assert agree(answer(None, error("a", "b")), answer(None, error("c")))
    assert agree(answer({"x": [None]}, error("x", 0, "a")), answer({"x": [None]}, error("x", 0, "b")))


def test_below_such_a_place_it_does_not_matter_which_others_failed_before() -> None:
    assert agree(answer(None, error("a"), error("b", "c")), answer(None, error("b", "c")))
    assert agree(answer({"x": None}, error("x", "a")), answer({"x": None}, error("x", "a"), error("x", "b")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (answer({"x": 1}), answer({"x": 2})),
        (answer(None, error("a")), answer({"a": None}, error("a"))),
        (answer({"a": None, "b": None}, error("a")), answer({"a": None, "b": None}, error("b"))),
        (answer({"a": None}, error("a")), answer({"a": None}, error("a", message="other"))),
        (answer({"a": None}, error("a")), answer({"a": None}, error("a"), error("a", "b"))),
        (answer({"a": 1}, error("a", message="one")), answer({"a": 1}, error("a", message="other"))),
        ({"errors": [{"message": "no"}]}, answer(None, error("a"))),
    ],
)
def test_nothing_else_that_differs_is_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not agree(one, other)
    assert agree(one, one)
