"""How much is one line of a log worth, if several columns say it together?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from app.replay.elements import parse_value

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMES = "*"
MAX_FACTORS = 4


class ValueRefused(ValueError):
    """The text does not say how to compute a value; one line that says why."""


def parse_factors(text: str) -> tuple[str, ...]:
    """Read `quantity*unit_price`: the columns to multiply.

    Raises:
        ValueRefused: a factor is empty, or there are more than four.

    """
    factors = tuple(factor.strip() for factor in text.split(TIMES))
    if not all(factors) or len(factors) > MAX_FACTORS:
        raise ValueRefused(f"{text!r} is not a column, or up to {MAX_FACTORS} columns with {TIMES} between them")
    return factors


def factors_in(cells: Sequence[object]) -> tuple[float, ...] | None:
    """The numbers in some cells, `None` if one is empty; raises LineRefused where one is no finite number."""
    if any(cell is None or cell == "" for cell in cells):
        return None
    return tuple(map(parse_value, cells))


def product(factors: Sequence[float]) -> float:
    return math.prod(factors)
