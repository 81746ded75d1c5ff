"""How many of each thing happened lately, over all processes."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Counter(StrEnum):
    CONFIGS_DECIDED = "configs_decided"
    CONFIGS_CACHED = "configs_cached"
    CONFIGS_DEGRADED = "configs_degraded"
    CONFIGS_PUSHED = "configs_pushed"
    INTERACTIONS_ACCEPTED = "interactions_accepted"
    PROFILES_FOLDED = "profiles_folded"
    EXPOSURES_RECORDED = "exposures_recorded"
    APPLICATIONS_LOST = "applications_lost"
    USERS_LINKED = "users_linked"
    LINKS_IN_RUNS = "links_in_runs"
    LINK_CONFLICTS = "link_conflicts"


class Counters(Protocol):
    """Live figures, not facts: losing some is allowed."""

    def add(self, counter: Counter, amount: int = 1) -> None:
        """Count in memory; written in the background."""
        ...

    async def last_hour(self) -> Mapping[Counter, int]:
        """Sums over the last 60 minutes and all processes; empty when the store does not answer."""
        ...
