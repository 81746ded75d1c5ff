"""What does static analysis find about rules that are in no engine yet?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.catalogues import Catalogue
from domain.model.conditions import InSegment
from domain.model.definitions import StoredDefinitions
from domain.rules.findings import Surroundings, findings_of
from domain.rules.imports import plan_import
from domain.rules.rule_sets import RuleSet
from domain.rules.segment_checks import leaves
from domain.rules.segments import BUILT_IN_SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.definitions import Definitions
    from domain.model.findings import Finding
    from domain.model.rules import Rule
    from domain.model.segments import SegmentKey
    from domain.rules.imported_rules import Authorship

_EMPTY_ENGINE = StoredDefinitions(0, (), (), Catalogue())
_BUILT_IN_KEYS = frozenset(segment.key for segment in BUILT_IN_SEGMENTS)


def findings_in(definitions: Definitions, by: Authorship) -> Iterator[tuple[Rule, Finding]]:
    """Everything found in an engine that had these definitions and no others, rule by rule.

    Raises `Refused` when no engine could hold them.
    """
    rules = [step.after for step in plan_import(definitions, _EMPTY_ENGINE, by).rules]
    rule_set = RuleSet.compile(0, rules, definitions.catalogue or Catalogue())
    surroundings = Surroundings.of(rule_set, definitions.segments or ())
    return ((rule, finding) for rule in rules for finding in findings_of(rule, surroundings))


def unspoken_segments(definitions: Definitions) -> frozenset[SegmentKey]:
    """The segments that rules build on while the definitions do not speak of segments: what they hold is not known."""
    if definitions.segments is not None:
        return frozenset()
    conditions = (rule.content.condition for rule in definitions.rules or ())
    asked = (leaf for condition in conditions for leaf in leaves(condition) if isinstance(leaf, InSegment))
    return frozenset(key for leaf in asked for key in leaf.segments) - _BUILT_IN_KEYS
