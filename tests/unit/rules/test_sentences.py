"""Do conditions read like sentences?"""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules.documents import parse_condition
from domain.rules.sentences import condition_text
from tests.unit.rules.specifications import cases


@pytest.mark.parametrize("case", cases("sentences"), ids=lambda case: case["text"][:60])
def test_a_condition_reads_as_specified(case: dict[str, Any]) -> None:
    assert condition_text(parse_condition(case["condition"])) == case["text"]
