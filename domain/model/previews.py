"""What saving a rule would do, found out without saving it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.model.configs import Slot
    from domain.model.rules import Rule
    from domain.model.users import UserId


@dataclass(frozen=True, slots=True)
class SlotChange:
    """How many users would see something else in the slot."""

    slot: Slot
    users: int


@dataclass(frozen=True, slots=True)
class RulePreview:
    """Numbers of users. Only `sampled_users` were looked at; where these are not the whole population, the others are
    scaled up. `sample`: some of the audience, chosen by chance, but the same ones for the same audience. `rule`: the
    rule as it would be saved; `None` when it could not be.
    """

    audience: int = 0
    population: int = 0
    sampled_users: int = 0
    changed_configs: int = 0
    changed_slots: tuple[SlotChange, ...] = ()
    sample: tuple[UserId, ...] = ()
    rule: Rule | None = None

    @property
    def exact(self) -> bool:
        return self.sampled_users == self.population
