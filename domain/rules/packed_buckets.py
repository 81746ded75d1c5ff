"""Where does a user fall under many salts, found for all of them at once?

The hash is the same few operations on 32 bits for every salt. So the states of all salts lie side by side in one large
integer, each in a lane of 64 bits, and an operation on that integer is one on every state. Multiplied by 32 bits, a
state still fits its lane; masks cut off what a shift brings over from the next one.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING

from domain.rules.buckets import MASK, OFFSET_BASIS, PRIME, VERSION_2_BUCKETS, bucket_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_LANES = 64
"""The more lanes, the less each costs, but from here on hardly."""

_FEW = 4
"""Fewer cost less one by one."""

_DIGITS = 10
"""At most, of 32 bits."""

_ZERO = ord("0")

# Dividing a number of 32 bits is multiplying and shifting (Warren, Hacker's Delight, 2nd edition, 10-9).
_TENTH, _TENTH_SHIFT = 0xCCCCCCCD, 35
_TEN_THOUSANDTH, _TEN_THOUSANDTH_SHIFT = 0xD1B71759, 45

# Numbers are hashed without leading zeros. In their place stands what leaves the state as it is at the beginning.
_NOTHING = OFFSET_BASIS ^ (OFFSET_BASIS * pow(PRIME, -1, MASK + 1) & MASK)


def buckets_after(states: Sequence[int], units: Iterable[int]) -> list[float]:
    """`bucket_after` for each of the states."""
    if len(states) < _FEW:
        return [bucket_after(state, units) for state in states]
    parts = (states[start : start + MAX_LANES] for start in range(0, len(states), MAX_LANES))
    return [bucket for part in parts for bucket in _lanes(len(part)).buckets_after(part, units)]


class _Lanes:
    """So many lanes. A number times `ones` is that number in each of them."""

    def __init__(self, count: int) -> None:
        self._layout = Struct(f"<{count}Q")
        self._ones = int.from_bytes(self._layout.pack(*[1] * count), "little")
        self._mask = self._ones * MASK
        self._nothing = self._ones * _NOTHING
        self._basis = self._ones * OFFSET_BASIS
        self._tenths_mask = self._ones * (MASK >> _TENTH_SHIFT - 32)
        self._ten_thousandths_mask = self._ones * (MASK >> _TEN_THOUSANDTH_SHIFT - 32)

    def buckets_after(self, states: Sequence[int], units: Iterable[int]) -> list[float]:
        ones = self._ones
        salted = int.from_bytes(self._layout.pack(*states), "little")
        first = self._hashed(salted, [unit * ones for unit in units])
        second = self._hashed(self._basis, self._digits(first))
        numbers = second - self._ten_thousandths(second) * VERSION_2_BUCKETS
        found = self._layout.unpack(numbers.to_bytes(self._layout.size, "little"))
        return [number / VERSION_2_BUCKETS for number in found]

    def _hashed(self, states: int, units: Iterable[int]) -> int:
        mask = self._mask
        for unit in units:
            states = (states ^ unit) * PRIME & mask
        return states

    def _digits(self, numbers: int) -> list[int]:
        """As characters, the first one first."""
        ones, mask, nothing = self._ones, self._mask, self._nothing
        rest = self._tenths(numbers)
        digits = [numbers - rest * 10 ^ ones * _ZERO]
        for _ in range(_DIGITS - 1):
            numbers, rest = rest, self._tenths(rest)
            begun = numbers + mask >> 32 & ones  # what is not zero carries
            digits.append(numbers - rest * 10 ^ nothing ^ begun * (_NOTHING ^ _ZERO))
        digits.reverse()
        return digits

    def _tenths(self, numbers: int) -> int:
        return numbers * _TENTH >> _TENTH_SHIFT & self._tenths_mask

    def _ten_thousandths(self, numbers: int) -> int:
        return numbers * _TEN_THOUSANDTH >> _TEN_THOUSANDTH_SHIFT & self._ten_thousandths_mask


_lanes = lru_cache(maxsize=MAX_LANES)(_Lanes)
