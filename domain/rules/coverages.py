"""Whom is a rule for, of all who meet its condition?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.rules.buckets import BucketRange, salted
from domain.rules.exclusion_groups import BUCKETS, buckets_of, first_of, group_salt, size
from domain.rules.experiments import kept_variation, running
from domain.rules.predicates import Predicate, constant

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.model.rules import Rule
    from domain.rules.predicates import Holds
    from domain.rules.situations import Situation


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """A part of the users: those with a bucket under the salt that it `contains`. `state` is where the salt leads.

    While an experiment runs, also those whom the rule `keeps`: they were assigned to something in it before.
    """

    salt: str
    state: int
    contains: Callable[[float], bool]
    holds: Holds
    keeps: Holds | None = None


def coverage_of(rule: Rule) -> Coverage | bool:
    """Whom the rule is for; `True`: everybody, `False`: nobody."""
    coverage, group = rule.content.coverage, rule.content.exclusion_group
    if group is not None:
        planned = _held(group_salt(group), rule)
    else:
        planned = _share(rule.salt, coverage) if 0 < coverage < 1 else coverage >= 1
    if planned is True or running(rule) is None:
        return planned
    return _keeping(_nobody(rule.salt) if planned is False else planned, rule)


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
    """Those whom the rule has to itself in its exclusion group: of what it holds, only its share if it shrank."""
    spans = first_of(rule.held, buckets_of(rule.content.coverage))
    if size(spans) in {0, BUCKETS}:
        return bool(spans)
    state = salted(salt)
    held = tuple(BucketRange(span.start / BUCKETS, span.end / BUCKETS) for span in spans)

    def contains(bucket: float) -> bool:
        return any(start <= bucket < end for start, end in held)

    def holds(situation: Situation) -> bool:
        bucket = situation.buckets.get(salt)
        return contains(situation.hashed(salt, state) if bucket is None else bucket)

    return Coverage(salt, state, contains, holds)


def _nobody(salt: str) -> Coverage:
    return Coverage(salt, salted(salt), lambda _: False, lambda _: False)


def _keeping(planned: Coverage, rule: Rule) -> Coverage:
    """Besides those whom it is planned for, those who are assigned in the run that goes on."""
    covers = planned.holds

    def keeps(situation: Situation) -> bool:
        return kept_variation(rule, situation.profile) is not None

    def holds(situation: Situation) -> bool:
        return keeps(situation) or covers(situation)

    return Coverage(planned.salt, planned.state, planned.contains, holds, keeps)
