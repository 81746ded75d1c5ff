"""How could a situation be otherwise?

A change is a value: what it is about, how far it goes, how it is said, and what it makes of a world. Whether it helps
is never assumed but asked, of the situation that the changed world is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

from domain.rules.explanations.deeds import NOTHING_DONE, Deeds, with_deeds
from domain.rules.instants import microseconds
from domain.rules.situations import Situation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from domain.model.contexts import Context
    from domain.model.profiles import Profile

Variable: TypeAlias = tuple[str, ...]
"""What can be otherwise: `("device",)`, `("trait", "plan")`."""


@dataclass(frozen=True, slots=True)
class World:
    """A user in a context at an instant, what else they would have done by then, and until when they would wait."""

    profile: Profile
    context: Context
    now: datetime
    deeds: Deeds = NOTHING_DONE
    later: datetime | None = None

    def situation(self) -> Situation:
        history = with_deeds(self.profile.history, self.deeds, microseconds(self.now))
        return Situation(replace(self.profile, history=history), self.context, self.later or self.now)


@dataclass(frozen=True, slots=True)
class Change:
    """`text` is for those who may read rules; `discreet` tells a user nothing about whom else the rule is for."""

    variable: Variable
    distance: float
    text: str
    discreet: str
    apply: Callable[[World], World]


def changed(world: World, changes: Iterable[Change]) -> World:
    """The world after all changes; their order does not matter when each is about something else."""
    return reduce(lambda before, change: change.apply(before), changes, world)
