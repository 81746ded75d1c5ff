"""Which shares of users, in whole buckets, come nearest to given ones, keep a floor and sum to 1 exactly?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BUCKETS = 10_000
"""Users fall into this many buckets, and none of them can be divided: a finer share would not be the true one."""


def equal_allocation(variations: int) -> tuple[float, ...]:
    return in_whole_buckets((1 / variations,) * variations) if variations > 0 else ()


def is_allocation(shares: Sequence[float]) -> bool:
    """Are these shares in [0, 1] that sum to 1?"""
    return all(0 <= share <= 1 for share in shares) and math.isclose(math.fsum(shares), 1, abs_tol=1e-9)


def with_floor(chances: Sequence[float], floor: float) -> tuple[float, ...]:
    """Every variation gets the floor (an equal share, where floors are more than there is), chances share the rest."""
    lowest = min(max(floor, 0.0), 1 / len(chances))
    return in_whole_buckets([lowest + (1 - lowest * len(chances)) * chance for chance in chances], lowest)


def in_whole_buckets(shares: Sequence[float], floor: float = 0.0) -> tuple[float, ...]:
    """Largest remainders (Hare quota), the first of equal ones first; none falls under the floor's whole buckets."""
    exact = [share * BUCKETS for share in shares]
    whole = [max(math.floor(number + 1e-9), math.floor(floor * BUCKETS + 1e-9)) for number in exact]
    missing = BUCKETS - sum(whole)
    by_remainder = sorted(range(len(exact)), key=lambda index: (whole[index] - exact[index], index))
    for index in by_remainder[:missing]:
        whole[index] += 1
    return _summing_to_one([number / BUCKETS for number in whole])


def _summing_to_one(shares: list[float]) -> tuple[float, ...]:
    """The same shares, the largest moved by its last digit where rounding had them sum to not quite 1."""
    if math.fsum(shares) == 1:
        return tuple(shares)
    largest = max(range(len(shares)), key=shares.__getitem__)
    shares[largest] = math.fsum((1.0, *(-share for index, share in enumerate(shares) if index != largest)))
    return tuple(shares)
