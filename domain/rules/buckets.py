"""Where does a user fall in [0, 1) under a salt, and what does that assign them to?

GrowthBook's bucketing (SDK specification 0.8.0), so that its SDKs and this engine assign alike. Hash version 2 is
used throughout; version 1 only where the specification demands it (namespaces).
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OFFSET_BASIS = 0x811C9DC5
PRIME = 0x01000193
MASK = 0xFFFFFFFF
_VERSION_1_BUCKETS = 1_000
VERSION_2_BUCKETS = 10_000
_WEIGHTS_TOLERANCE = 0.01


class BucketRange(NamedTuple):
    """Half-open: `start` inclusive, `end` exclusive."""

    start: float
    end: float

    def contains(self, bucket: float) -> bool:
        return self.start <= bucket < self.end


class Namespace(NamedTuple):
    """A share of all users that experiments of one name divide among themselves."""

    name: str
    start: float
    end: float


def code_units(text: str) -> Iterable[int]:
    """The UTF-16 code units of a text, which is what the hash reads."""
    if text.isascii():
        return text.encode("ascii")
    return memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")


def fnv1a32(units: Iterable[int], state: int = OFFSET_BASIS) -> int:
    """FNV-1a, 32 bits, going on from `state` (http://www.isthe.com/chongo/tech/comp/fnv)."""
    for unit in units:
        state = ((state ^ unit) * PRIME) & MASK
    return state


def bucket(salt: str, user_id: str) -> float:
    """A number in [0, 1) in steps of 1/10,000: the same everywhere and for ever."""
    return bucket_after(salted(salt), code_units(user_id))


def salted(salt: str) -> int:
    """Where a salt leads the hash: to be worked out once, whoever the user is."""
    return fnv1a32(code_units(salt))


def bucket_after(state: int, units: Iterable[int]) -> float:
    """`bucket` of the user whose id has these code units, going on from where a salt has led."""
    return (fnv1a32(b"%d" % fnv1a32(units, state)) % VERSION_2_BUCKETS) / VERSION_2_BUCKETS


def bucket_version_1(salt: str, user_id: str) -> float:
    """GrowthBook's first hash, slightly biased, in steps of 1/1,000."""
    return (fnv1a32(code_units(user_id + salt)) % _VERSION_1_BUCKETS) / _VERSION_1_BUCKETS


def is_covered(salt: str, user_id: str, coverage: float) -> bool:
    """Is the user among the share `coverage` of users? Raising the coverage never removes anybody.

    Like GrowthBook's rollouts: the bucket that equals the coverage is in, and a coverage of 0 is nobody.
    """
    return coverage > 0 and bucket(salt, user_id) <= coverage


def is_in_namespace(user_id: str, namespace: Namespace) -> bool:
    return namespace.start <= bucket_version_1(f"__{namespace.name}", user_id) < namespace.end


def equal_weights(variations: int) -> tuple[float, ...]:
    return (1 / variations,) * variations if variations > 0 else ()


def bucket_ranges(
    variations: int, coverage: float = 1.0, weights: Sequence[float] | None = None
) -> tuple[BucketRange, ...]:
    """Each variation's range; weights that do not fit the variations or do not sum to 1 count as equal.

    Less coverage shortens every range from its end, so that nobody moves to another variation.
    """
    share = min(max(coverage, 0.0), 1.0)
    if weights is None or len(weights) != variations or abs(sum(weights) - 1) > _WEIGHTS_TOLERANCE:
        weights = equal_weights(variations)
    starts = accumulate(weights, initial=0.0)
    return tuple(BucketRange(start, start + share * weight) for start, weight in zip(starts, weights, strict=False))


def chosen_variation(number: float, ranges: Iterable[BucketRange]) -> int | None:
    """The index of the first range that holds the number; `None`: the user is in no variation."""
    return next((index for index, held in enumerate(ranges) if held.contains(number)), None)
