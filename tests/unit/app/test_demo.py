"""Are the rules that an engine begins with what a team would want to find in the console?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.demo import CATALOGUE, RULES
from domain.rules.findings import findings_of
from domain.rules.findings.subjects import Surroundings
from domain.rules.rule_sets import RuleSet
from domain.rules.segments import BUILT_IN_SEGMENTS
from tests.builders.rules import build_rule

if TYPE_CHECKING:
    from domain.model.rules import Rule

ACTIVE = tuple(replace(build_rule(content.key), content=content) for content in RULES)
SURROUNDINGS = Surroundings.of(RuleSet.compile(1, ACTIVE, CATALOGUE), BUILT_IN_SEGMENTS)


@pytest.mark.parametrize("rule", ACTIVE, ids=lambda rule: rule.content.key)
def test_static_analysis_finds_nothing_wrong_with_a_rule_of_the_demo(rule: Rule) -> None:
    assert findings_of(rule, SURROUNDINGS) == ()


def test_every_rule_of_the_demo_says_something_and_has_a_priority_of_its_own() -> None:
    assert len({content.key for content in RULES}) == len({content.priority for content in RULES}) == len(RULES)
    assert all(content.name and content.adaptations for content in RULES)
