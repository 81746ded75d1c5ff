"""How is a number of an analysis written, with no more digits than it deserves?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.statistics.questions import Outcome

SMALLEST_TOLD = 0.0001
_MOST_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Amounts:
    """Rates are told in percent, and their differences in points; anything else as it is."""

    is_rate: bool

    def level(self, value: float | None) -> str:
        if value is None:
            return "nothing"
        return f"{value * 100:.2f} %" if self.is_rate else f"{value:,.4g}"

    def difference(self, value: float, low: float, high: float) -> str:
        return _ranged(value * 100, low * 100, high * 100, " points") if self.is_rate else _ranged(value, low, high, "")


def amounts(outcome: Outcome) -> Amounts:
    return Amounts(outcome is Outcome.RATE)


def range_told(value: float, low: float, high: float) -> str:
    """Write a share with its interval in percent."""
    return _ranged(value * 100, low * 100, high * 100, " %")


def p_value_told(p_value: float) -> str:
    return f"p < {SMALLEST_TOLD}" if p_value < SMALLEST_TOLD else f"p = {p_value:.3g}"


def chance(share: float) -> str:
    """Write a probability, which is never told as certain."""
    if share < SMALLEST_TOLD:
        return f"below {SMALLEST_TOLD}"
    return f"above {1 - SMALLEST_TOLD}" if share > 1 - SMALLEST_TOLD else f"{share:.4f}"


def _ranged(value: float, low: float, high: float, unit: str) -> str:
    """As many decimals as the interval's width leaves to say, but two where there is room."""
    width = high - low
    decimals = min(_MOST_DECIMALS, max(0, 2 - math.floor(math.log10(width)))) if width > 0 else 2
    return f"{value:+,.{decimals}f}{unit} [{low:+,.{decimals}f}, {high:+,.{decimals}f}]"
