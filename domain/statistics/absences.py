"""How does a computation say that what was asked does not exist?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Absence:
    """There is no such number. `reason` is a sentence for whoever reads the result."""

    reason: str
