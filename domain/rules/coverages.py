"""Whom is a rule for, of all who meet its condition?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.rules.buckets import BucketRange, salted
from domain.rules.exclusion_groups import BUCKETS, group_salt, size
from domain.rules.predicates import Predicate, constant

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.model.rules import Rule
    from domain.rules.predicates import Holds
    from domain.rules.situations import Situation


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """A part of the users: those with a bucket under the salt that it `contains`. `state` is where the salt leads."""

    salt: str
    state: int
    contains: Callable[[float], bool]
    holds: Holds


def coverage_of(rule: Rule) -> Coverage | bool:
    """Whom the rule is for; `True`: everybody, `False`: nobody."""
    coverage, group = rule.content.coverage, rule.content.exclusion_group
    if group is not None:
        return _held(group_salt(group), rule)
    return _share(rule.salt, coverage) if 0 < coverage < 1 else coverage >= 1


def covered(rule: Rule) -> Predicate:
    """Is the user among those the rule is for? Asked last: hashing costs more than nearly every condition."""
    coverage = coverage_of(rule)
    return constant(coverage) if isinstance(coverage, bool) else Predicate(coverage.holds)


def _share(salt: str, share: float) -> Coverage:
    state = salted(salt)

    def holds(situation: Situation) -> bool:
        bucket = situation.buckets.get(salt)
        return (situation.hashed(salt, state) if bucket is None else bucket) <= share

    return Coverage(salt, state, lambda bucket: bucket <= share, holds)


def _held(salt: str, rule: Rule) -> Coverage | bool:
    """Those whom the rule has to itself in its exclusion group."""
    if size(rule.held) in {0, BUCKETS}:
        return bool(rule.held)
    state = salted(salt)
    held = tuple(BucketRange(span.start / BUCKETS, span.end / BUCKETS) for span in rule.held)

    def contains(bucket: float) -> bool:
        return any(start <= bucket < end for start, end in held)

    def holds(situation: Situation) -> bool:
        bucket = situation.buckets.get(salt)
        return contains(situation.hashed(salt, state) if bucket is None else bucket)

    return Coverage(salt, state, contains, holds)
