"""Which share of users does a rule of GrowthBook's cover, and would the same users be covered here?

There: a user whose attribute `hashAttribute` hashes, under `seed` (the feature's key unless given), to at most
`coverage`, or into `range` where there is one (`isIncludedInRollout`). Here: a user whose id hashes, under the rule's
salt and always by version 2 of the hash, to at most `coverage`.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.rules.coercions import number_of, text_of
from domain.rules.documents.rule_sets import MAX_SALT_CHARACTERS
from domain.rules.exclusion_groups import BUCKETS
from domain.rules.growthbook.conditions import NotTranslated

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_ATTRIBUTE_CHARACTERS = 100
_VERSIONS = (1, 2)
# Nobody is covered at 0, so the first bucket alone needs something between it and the second.
_HALF_A_BUCKET = 0.5 / BUCKETS


@dataclass(frozen=True, slots=True)
class Rollout:
    """`doubt`: why not the very same users are covered; `None` when they are."""

    coverage: float
    salt: str
    doubt: str | None = None


def read_rollout(rule: Mapping[str, Any], feature: str, user_attribute: str) -> Rollout:
    """Raises `NotTranslated`."""
    seed = rule.get("seed") or feature
    salt = text_of(seed) if isinstance(seed, str | int | float) else ""
    if not salt.isprintable() or not salt.strip() or len(salt) > MAX_SALT_CHARACTERS:
        raise NotTranslated(f"its seed is not 1 to {MAX_SALT_CHARACTERS} printable characters")
    coverage = _coverage(rule)
    if coverage is None:
        return Rollout(1.0, salt)
    version, attribute = rule.get("hashVersion") or 1, rule.get("hashAttribute") or "id"
    if not isinstance(attribute, str) or not attribute.isprintable() or len(attribute) > MAX_ATTRIBUTE_CHARACTERS:
        raise NotTranslated("it draws users by something that is no name of an attribute")
    if coverage <= 0 or version not in _VERSIONS:
        return Rollout(0.0, salt)  # GrowthBook covers nobody under a version that it does not know
    if attribute != user_attribute:
        doubt = f"GrowthBook draws its users by “{attribute}”, Attune by the user's id: others are covered"
        return Rollout(coverage, salt, doubt)
    if version == 1 and coverage < 1:
        return Rollout(
            coverage, salt, "GrowthBook draws its users by version 1 of the hash: as many others are covered"
        )
    return Rollout(coverage, salt)


def _coverage(rule: Mapping[str, Any]) -> float | None:
    """The coverage that means the same here; `None` for everybody, whoever they are."""
    if rule.get("range"):
        return _of_range(rule["range"])
    if "coverage" not in rule:
        return None
    coverage = rule["coverage"]
    if isinstance(coverage, bool) or not isinstance(coverage, int | float):
        raise NotTranslated("its coverage is no number")
    return min(max(number_of(coverage), 0.0), 1.0)


def _of_range(span: object) -> float:
    """Ranges exclude their end, coverages include it: the last bucket inside is the coverage."""
    match span:
        case [int() | float() as start, int() | float() as end]:
            pass
        case _:
            raise NotTranslated("its range is not two numbers")
    if start > 0:
        raise NotTranslated(f"it covers a range of users from {number_of(start):g} on, and here coverage begins at 0")
    if end >= 1:
        return 1.0
    inside = bisect_left(range(BUCKETS), end, key=lambda bucket: bucket / BUCKETS)
    return _HALF_A_BUCKET if inside == 1 else max(inside - 1, 0) / BUCKETS
