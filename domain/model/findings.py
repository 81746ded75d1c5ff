"""What static analysis tells the author of a rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.model.configs import Slot
    from domain.model.rules import Rule


class FindingKind(StrEnum):
    NEVER_TRUE = "NEVER_TRUE"
    SHADOWED = "SHADOWED"
    SAME_PRIORITY_CONFLICT = "SAME_PRIORITY_CONFLICT"
    UNKNOWN_TARGET = "UNKNOWN_TARGET"
    OVERLAPPING_EXPERIMENTS = "OVERLAPPING_EXPERIMENTS"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at, and what to do about it. `other`: the rule that it is about besides the analysed one."""

    kind: FindingKind
    text: str
    other: Rule | None = None
    slot: Slot | None = None
