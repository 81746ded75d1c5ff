"""Were users divided as logged, where the chance of a variation was not the same for everybody?

A bandit changes the allocation as it goes. What it then logs with each user, the probability p of what they got, says
how many were to be expected all the same: the inverse probabilities of the users of any variation sum to the number of
all users, on average (Horvitz and Thompson, 1952).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import ndtr

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_USERS = 30
"""Of a variation with fewer users the sum is far from normal: it says nothing here. The others tell of its loss."""


@dataclass(frozen=True, slots=True)
class LoggedDraw:
    """Of everybody who got one thing: how many, and the sums of 1 / p and of 1 / p^2."""

    users: int
    inverses: float
    inverse_squares: float


def logged_split_p_value(draws: Sequence[LoggedDraw]) -> float:
    """The chance of a split at least this far from what was logged, if looked at once; 1 where nothing can be said.

    `draws` are all that chance could give, those held out included. For each draw the sum of 1 / p minus the number of
    all users is about normal, with the variance that the sum of (1 - p) / p^2 over its users estimates; the smallest
    p-value counts as many times as there are draws (Bonferroni). With one allocation for everybody this is the
    binomial test of each draw.
    """
    everybody = sum(draw.users for draw in draws)
    p_values = [_p_value(draw, everybody) for draw in draws if draw.users >= LEAST_USERS]
    return min(1.0, len(p_values) * min(p_values)) if p_values else 1.0


def _p_value(draw: LoggedDraw, everybody: int) -> float:
    variance = draw.inverse_squares - draw.inverses
    distance = abs(draw.inverses - everybody)
    if variance <= 0:  # everybody was certain to get it
        return 1.0 if distance == 0 else 0.0
    return 2 * float(ndtr(-distance / math.sqrt(variance)))
