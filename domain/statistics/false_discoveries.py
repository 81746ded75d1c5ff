"""How surprising is each of many answers, given that so many questions were asked?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def adjusted_p_values(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p-values, in their order, so that at most alpha of what is below alpha is false, on average.

    Benjamini and Hochberg (1995), "Controlling the False Discovery Rate", as adjusted p-values: for each, the smallest
    level at which its step-up procedure would reject it. One value alone stays as it is.
    """
    number = len(p_values)
    smallest = 1.0
    adjusted = [1.0] * number
    for rank, place in reversed(list(enumerate(sorted(range(number), key=p_values.__getitem__), 1))):
        smallest = min(smallest, p_values[place] * max(1.0, number / rank))
        adjusted[place] = smallest
    return tuple(adjusted)
