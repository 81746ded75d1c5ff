"""What do a user's habits become when interactions are added to them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.habits import Habits
from domain.rules.folding.days import fold_days
from domain.rules.folding.trails import fold_trail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.interactions import Interaction


def fold_habits(habits: Habits, interactions: Sequence[Interaction]) -> Habits | None:
    """The habits with further interactions of the same user added, in order of receipt.

    `None` when one lies so far in the past that the habits can no longer place it: then `habits_from_scratch` of all
    of the user's interactions.
    """
    days = fold_days(habits.days, interactions)
    return None if days is None else Habits(days, fold_trail(habits.trail, interactions))


def habits_from_scratch(interactions: Sequence[Interaction]) -> Habits:
    """The habits of a user of whom `interactions`, in order of receipt, are all that was ever received."""
    # Nothing is too old to be placed where nothing is only summed up.
    return fold_habits(Habits(), interactions) or Habits()
