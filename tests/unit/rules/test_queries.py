"""Do queries mean what GrowthBook's operators mean?"""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules.queries import OPERATORS, compile_query
from tests.unit.rules.specifications import cases, growthbook_cases


@pytest.mark.parametrize("case", cases("queries"), ids=lambda case: case["name"])
def test_a_query_answers_as_specified(case: dict[str, Any]) -> None:
    assert compile_query(case["query"], case.get("groups", {}))(case["value"]) is case["expected"]


def test_every_case_of_growthbook_is_answered_as_its_sdks_answer_it() -> None:
    wrong = [
        name
        for name, query, value, expected, *groups in growthbook_cases("evalCondition")
        if compile_query(query, groups[0] if groups else {})(value) is not expected
    ]

    assert wrong == []


def test_every_operator_has_a_case() -> None:
    written = " ".join(str(case["query"]) for case in cases("queries"))

    assert [operator for operator in OPERATORS if f"'{operator}'" not in written] == []
