"""What could be changed about rules, because of what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from domain.model.experiments import VariationKey
    from domain.model.json_values import JsonObject
    from domain.model.rules import Rule
    from domain.model.segments import SegmentKey


class SuggestionKind(StrEnum):
    ROLL_OUT = "ROLL_OUT"
    PAUSE = "PAUSE"
    REPRIORITISE = "REPRIORITISE"
    REALLOCATE = "REALLOCATE"
    CONCLUDE = "CONCLUDE"
    FIX_CONFLICT = "FIX_CONFLICT"
    TARGET_SEGMENT = "TARGET_SEGMENT"


@dataclass(frozen=True, slots=True)
class Conclude:
    """End the experiment: everybody the rule is for gets the winner."""

    winner: VariationKey


@dataclass(frozen=True, slots=True)
class Pause:
    """Let the rule decide nothing, until somebody looks at it."""


@dataclass(frozen=True, slots=True)
class Prioritise:
    priority: int


@dataclass(frozen=True, slots=True)
class Reallocate:
    """Put a bandit's allocation in force, in the order of the variations."""

    allocation: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """End the experiment with a winner, and let the rule apply in this segment only."""

    segment: SegmentKey
    winner: VariationKey


RuleStep: TypeAlias = Conclude | Pause | Prioritise | Reallocate | Target


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`id` is the same as long as it is the same suggestion about the same revision. `evidence` is what was measured:
    estimate and interval, users, days. `step` is what carrying it out does; a suggestion that is not `applicable` may
    have one, too: then somebody has to decide what the figures do not.
    """

    id: str
    kind: SuggestionKind
    rule: Rule
    text: str
    evidence: JsonObject
    step: RuleStep | None = None
    applicable: bool = False
    segment: SegmentKey | None = None


@dataclass(frozen=True, slots=True)
class Optimised:
    """All that was suggested, and what of it was carried out, with the rules as they are since."""

    suggestions: tuple[Suggestion, ...] = ()
    applied: tuple[Suggestion, ...] = ()
