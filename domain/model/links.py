"""What it means that an anonymous user turned out to be a known one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Linked:
    """What a link did. `interactions` became the known user's; of `runs` of experiments the anonymous user was in, the
    known one had got something else in `conflicts`.
    """

    interactions: int = 0
    runs: int = 0
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class Drift:
    """Of one run: how many of its users were in it before they were linked, and for how many that changed something."""

    linked: int = 0
    conflicted: int = 0

    @property
    def share(self) -> float | None:
        """In [0, 1]; `None` where nobody was linked."""
        return self.conflicted / self.linked if self.linked else None
