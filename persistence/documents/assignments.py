"""How is what users were assigned written down as JSON?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.model.assignments import Applied, StickyVariation
from domain.model.experiments import VariationKey
from domain.model.rules import RuleId

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def assignments_document(assignments: Mapping[RuleId, StickyVariation]) -> list[Sequence[Any]]:
    """Each a list of its rule, run, variation, probability and whether it was overridden."""
    return [[rule, one.run, one.variation, one.probability, one.overridden] for rule, one in assignments.items()]


def parse_assignments(document: Iterable[Sequence[Any]]) -> dict[RuleId, StickyVariation]:
    """What `assignments_document` wrote."""
    return {
        RuleId(rule): StickyVariation(run, _variation(variation), float(probability), overridden=overridden)
        for rule, run, variation, probability, overridden in document
    }


def parse_applied(fields: Mapping[str, Any]) -> Applied:
    """From an object with its fields."""
    return Applied(**{**fields, "rule_id": RuleId(fields["rule_id"]), "variation": _variation(fields["variation"])})


def _variation(key: str | None) -> VariationKey | None:
    return None if key is None else VariationKey(key)
